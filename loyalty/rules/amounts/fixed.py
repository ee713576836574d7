"""A fixed amount, whatever was bought."""

from fractions import Fraction

from django import forms
from django.utils.translation import gettext_lazy as _

from loyalty.rules.base import Amount, Occasion, Quote, Settings
from loyalty.rules.fields import RewardAmountField
from loyalty.rules.phrases import Telling, units


class Fixed(Amount):
    """`value` of the currency."""

    kind = "loyalty.fixed"
    label = _("Fixed amount")

    class Params(forms.Form):
        value = RewardAmountField(label=_("amount"))

    def quote(self, occasion: Occasion, params: Settings) -> Quote:
        return Quote(Fraction(params["value"]) * 10**occasion.currency.decimals)

    def phrase(self, params: Settings, telling: Telling) -> str:
        return units(params["value"], telling)
