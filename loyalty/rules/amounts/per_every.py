"""So much for every so much spent: 1 point for every 10.00."""

from decimal import Decimal
from fractions import Fraction

from django import forms
from django.utils.translation import gettext_lazy as _

from loyalty.rules.amounts.bases import ComputedAmount, OfPurchase, find_base
from loyalty.rules.base import Occasion, Quote, Settings
from loyalty.rules.fields import MoneyField


class PerEveryParams(OfPurchase):
    """`amount` is in the reward's currency, `step` in that of the purchase."""

    amount = forms.DecimalField(label=_("amount"), min_value=0, max_digits=15, decimal_places=6)
    step = MoneyField(label=_("for every"), min_value=Decimal("0.0001"))
    field_order = ("amount", "step", "of", "skus", "categories")


class PerEvery(ComputedAmount):
    """`amount` for every full `step` of the base; what is left of the last step gives nothing."""

    kind = "loyalty.per_every"
    label = _("So much for every so much spent")
    Params = PerEveryParams

    def quote(self, occasion: Occasion, params: Settings) -> Quote | None:
        base = find_base(occasion, params)
        if base is None:
            return None
        step = Fraction(params["step"].minor, 10**occasion.program.decimals)
        steps = base.units // step
        return Quote(steps * Fraction(params["amount"]) * 10**occasion.currency.decimals, base.minor)
