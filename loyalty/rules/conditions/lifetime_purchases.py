"""How many purchases the card has made in all."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from loyalty.rules.base import Asking, Condition, Outcome, Settings
from loyalty.rules.conditions.ranges import NumberRange, range_query, within
from loyalty.rules.events import EventState
from loyalty.rules.views import CardView


class LifetimePurchases(Condition):
    """Purchases of which something remains, this event's included, are between `minimum` and `maximum`."""

    kind = "loyalty.lifetime_purchases"
    label = _("Purchases in all")
    Params = NumberRange

    def check(self, about: CardView, event: EventState, params: Settings) -> Outcome:
        return within(
            about.purchases_count, params, too_small="too_few_purchases", too_large="too_many_purchases"
        )

    def audience(self, params: Settings, asking: Asking) -> Q:
        return range_query("purchases_count", params)
