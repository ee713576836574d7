"""How often the card has bought lately."""

from collections.abc import Iterable

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from loyalty.rules import registry
from loyalty.rules.base import Asking, Condition, Need, Outcome, Settings
from loyalty.rules.conditions.days import days_before
from loyalty.rules.conditions.ranges import range_clause, within
from loyalty.rules.conditions.reaching import purchases_progress
from loyalty.rules.conditions.windows import FACT, Bought, NumberWindow, recent
from loyalty.rules.events import EventState
from loyalty.rules.phrases import Clause, Progress, Telling, number
from loyalty.rules.views import CardView


class WindowPurchases(Condition):
    """The kept purchases of the last `days` calendar days, this event's included, are in the range.

    The window ends with the event and begins right after the same local time so many days before.
    """

    kind = "loyalty.window_purchases"
    label = _("Purchases in the last days")
    Params = NumberWindow

    def needs(self, params: Settings) -> Iterable[Need]:
        return (Need(FACT, params["days"]),)

    def check(self, about: CardView, event: EventState, params: Settings) -> Outcome:
        number = len(recent(about, params["days"]))
        return within(number, params, too_small="too_few_purchases", too_large="too_many_purchases")

    def audience(self, params: Settings, asking: Asking) -> Q:
        since = days_before(asking.at, params["days"], asking.program.zone)
        bought = Bought(since, asking.at, "purchases", params["minimum"], params["maximum"])
        return registry.facts.get(FACT).query(bought, asking)

    def phrase(self, params: Settings, telling: Telling) -> Clause:
        text = ngettext(
            "the number of purchases of %(of_card)s in the last %(count)s day is %(range)s",
            "the number of purchases of %(of_card)s in the last %(count)s days is %(range)s",
            params["days"],
        )
        return range_clause(text, params, of_card=telling.of_card, count=number(params["days"]))

    def progress(self, about: CardView, params: Settings, telling: Telling) -> Progress:
        return purchases_progress(len(recent(about, params["days"])), params, days=params["days"])
