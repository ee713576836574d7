"""A percentage of a purchase for each level of ancestors."""

from fractions import Fraction

from django.utils.translation import gettext_lazy as _

from loyalty.ledger.book import CurrencyRules
from loyalty.rules.amounts.bases import OfPurchase, base_of, chosen, share_of
from loyalty.rules.base import Amount, Quote, Settings
from loyalty.rules.events import EventState, PurchaseState
from loyalty.rules.fields import DecimalListField, PercentField
from loyalty.rules.state import ProgramRules


class PercentByLevelParams(OfPurchase):
    """The first percentage is the parent card's, the second its parent's, and so on."""

    percents = DecimalListField(label=_("percent by level"), most=8, item=PercentField())
    field_order = ("percents", "of", "skus", "categories")


class PercentByLevel(Amount):
    """The recipient's level chooses the percentage; a level beyond the list gets nothing."""

    kind = "loyalty.percent_by_level"
    label = _("Percent by level")
    computed = True
    Params = PercentByLevelParams

    def quote(
        self,
        *,
        event: EventState,
        level: int,
        currency: CurrencyRules,
        program: ProgramRules,
        params: Settings,
    ) -> Quote | None:
        if event.purchase is None or not 1 <= level <= len(params["percents"]):
            return None
        base = base_of(event.purchase, **chosen(params))
        exact = Fraction(base, 10**program.decimals) * Fraction(params["percents"][level - 1]) / 100
        return Quote(exact * 10**currency.decimals, base)

    def share(self, purchase: PurchaseState, params: Settings) -> Fraction:
        return share_of(purchase, **chosen(params))

    def levels(self, params: Settings) -> int:
        return len(params["percents"])
