"""How much was bought at once."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.rules.base import Condition, Outcome, Settings
from loyalty.rules.conditions.ranges import MoneyRange, range_phrase, within
from loyalty.rules.events import EventState, PurchaseState
from loyalty.rules.phrases import Clause, Telling
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
        named = {"range": range_phrase(params)}
        return Clause(
            gettext("the total of the purchase is %(range)s") % named,
            # Translators: accusative, it replaces "a purchase".
            what=gettext("a purchase for %(range)s") % named
            if params["minimum"] is None
            else gettext("a purchase of %(range)s") % named,
        )
