"""How much the card has spent lately."""

from collections.abc import Iterable

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from loyalty.rules import registry
from loyalty.rules.base import Asking, Condition, Need, Outcome, Settings
from loyalty.rules.conditions.days import days_before
from loyalty.rules.conditions.ranges import plain, range_clause, within
from loyalty.rules.conditions.reaching import spent_progress
from loyalty.rules.conditions.windows import FACT, Bought, MoneyWindow, recent
from loyalty.rules.events import EventState
from loyalty.rules.phrases import Clause, Progress, Telling, number
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

    def phrase(self, params: Settings, telling: Telling) -> Clause:
        text = ngettext(
            "%(card)s has spent %(range)s in the last %(count)s day",
            "%(card)s has spent %(range)s in the last %(count)s days",
            params["days"],
        )
        return range_clause(text, params, card=telling.card, count=number(params["days"]))

    def progress(self, about: CardView, params: Settings, telling: Telling) -> Progress:
        return spent_progress(sum(recent(about, params["days"])), params, days=params["days"])
