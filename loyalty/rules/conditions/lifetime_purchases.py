"""How many purchases the card has made in all."""

from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.rules.base import Asking, Condition, Outcome, Settings
from loyalty.rules.conditions.ranges import NumberRange, range_clause, range_query, within
from loyalty.rules.conditions.reaching import purchases_progress
from loyalty.rules.events import EventState
from loyalty.rules.phrases import Clause, Progress, Telling
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

    def phrase(self, params: Settings, telling: Telling) -> Clause:
        # Translators: %(of_card)s is in the genitive.
        text = gettext("the number of all purchases of %(of_card)s is %(range)s")
        return range_clause(text, params, of_card=telling.of_card)

    def progress(self, about: CardView, params: Settings, telling: Telling) -> Progress:
        return purchases_progress(about.purchases_count, params, days=None)
