"""How much the card has spent lately."""

from collections.abc import Iterable

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from loyalty.rules import registry
from loyalty.rules.base import Asking, Condition, Need, Outcome, Settings
from loyalty.rules.conditions.days import days_before
from loyalty.rules.conditions.ranges import plain, within
from loyalty.rules.conditions.windows import FACT, Bought, MoneyWindow, recent
from loyalty.rules.events import EventState
from loyalty.rules.views import CardView


class WindowSpend(Condition):
    """What remains of the purchases of the last `days` calendar days, this event's included, is in the range.

    The window ends with the event and begins right after the same local time so many days before.
    """

    kind = "loyalty.window_spend"
    label = _("Spent in the last days")
    Params = MoneyWindow

    def needs(self, params: Settings) -> Iterable[Need]:
        return (Need(FACT, params["days"]),)

    def check(self, about: CardView, event: EventState, params: Settings) -> Outcome:
        spent = sum(recent(about, params["days"]))
        return within(spent, params, too_small="spent_too_little", too_large="spent_too_much")

    def audience(self, params: Settings, asking: Asking) -> Q:
        since = days_before(asking.at, params["days"], asking.program.zone)
        low, high = plain(params["minimum"]), plain(params["maximum"])
        return registry.facts.get(FACT).query(Bought(since, asking.at, "remaining", low, high), asking)
