"""How much was bought at once."""

from dataclasses import replace

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.rules.base import Condition, Outcome, Settings
from loyalty.rules.conditions.ranges import MoneyRange, range_clause, within
from loyalty.rules.events import EventState, PurchaseState
from loyalty.rules.phrases import Clause, Telling, money
from loyalty.rules.views import CardView


class PurchaseTotal(Condition):
    """What remains of the purchase is between `minimum` and `maximum`."""

    kind = "loyalty.purchase_total"
    label = _("Total of the purchase")
    Params = MoneyRange

    def check(self, about: CardView, event: EventState, params: Settings) -> Outcome:
        if event.purchase is None:
            return Outcome.not_applicable("no_purchase")
        return self.recheck(event.purchase, params)

    def recheck(self, purchase: PurchaseState, params: Settings) -> Outcome:
        return within(
            purchase.remaining, params, too_small="purchase_too_small", too_large="purchase_too_large"
        )

    def phrase(self, params: Settings, telling: Telling) -> Clause:
        low, high = params["minimum"], params["maximum"]
        named = {"low": low and money(low), "high": high and money(high)}
        # Translators: accusative, it replaces "a purchase".
        if low and high:
            what = gettext("a purchase of %(low)s to %(high)s") % named
        elif low:
            what = gettext("a purchase of at least %(low)s") % named
        else:
            what = gettext("a purchase of at most %(high)s") % named
        return replace(range_clause(gettext("the total of the purchase is %(range)s"), params), what=what)
