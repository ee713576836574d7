"""So much for every so much spent: 1 point for every 10.00."""

from decimal import Decimal
from fractions import Fraction

from django import forms
from django.utils.translation import gettext_lazy as _

from loyalty.ledger.book import CurrencyRules
from loyalty.rules.amounts.bases import OfPurchase, base_of, chosen, share_of
from loyalty.rules.base import Amount, Quote, Settings
from loyalty.rules.events import EventState, PurchaseState
from loyalty.rules.fields import MoneyField
from loyalty.rules.state import ProgramRules


class PerEveryParams(OfPurchase):
    """`amount` is in the reward's currency, `step` in that of the purchase."""

    amount = forms.DecimalField(label=_("amount"), min_value=0, max_digits=15, decimal_places=6)
    step = MoneyField(label=_("for every"), min_value=Decimal("0.0001"))
    field_order = ("amount", "step", "of", "skus", "categories")


class PerEvery(Amount):
    """`amount` for every full `step` of the base; what is left of the last step gives nothing."""

    kind = "loyalty.per_every"
    label = _("So much for every so much spent")
    computed = True
    Params = PerEveryParams

    def quote(
        self,
        *,
        event: EventState,
        level: int,
        currency: CurrencyRules,
        program: ProgramRules,
        params: Settings,
    ) -> Quote | None:
        if event.purchase is None:
            return None
        base = base_of(event.purchase, **chosen(params))
        steps = base // params["step"].minor
        return Quote(steps * Fraction(params["amount"]) * 10**currency.decimals, base)

    def share(self, purchase: PurchaseState, params: Settings) -> Fraction:
        return share_of(purchase, **chosen(params))
