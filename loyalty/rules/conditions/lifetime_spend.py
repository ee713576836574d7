"""How much the card has spent in all."""

from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.rules.base import Asking, Condition, Outcome, Settings
from loyalty.rules.conditions.ranges import MoneyRange, range_clause, range_query, within
from loyalty.rules.conditions.reaching import spent_progress
from loyalty.rules.events import EventState
from loyalty.rules.phrases import Clause, Progress, Telling
from loyalty.rules.views import CardView


class LifetimeSpend(Condition):
    """What was spent less refunds, this event included, is between `minimum` and `maximum`."""

    kind = "loyalty.lifetime_spend"
    label = _("Spent in all")
    Params = MoneyRange

    def check(self, about: CardView, event: EventState, params: Settings) -> Outcome:
        return within(about.spent_total, params, too_small="spent_too_little", too_large="spent_too_much")

    def audience(self, params: Settings, asking: Asking) -> Q:
        return range_query("spent_total", params)

    def phrase(self, params: Settings, telling: Telling) -> Clause:
        return range_clause(gettext("%(card)s has spent %(range)s in all"), params, card=telling.card)

    def progress(self, about: CardView, params: Settings, telling: Telling) -> Progress:
        return spent_progress(about.spent_total, params, days=None)
