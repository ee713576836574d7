"""A percentage of a purchase."""

from fractions import Fraction
from math import ceil, floor
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.rules.amounts.bases import ComputedAmount, OfPurchase, base_phrase, find_base
from loyalty.rules.base import Occasion, Quote, Settings
from loyalty.rules.fields import PercentField, RewardAmountField
from loyalty.rules.phrases import Telling, in_currency, number, percent

ROUNDINGS = (("down", _("down")), ("nearest", _("to the nearest, a half up")), ("up", _("up")))


class PercentParams(OfPurchase):
    """`minimum` and `maximum` are in the reward's currency; a base of zero gives nothing all the same."""

    percent = PercentField(label=_("percent"))
    minimum = RewardAmountField(label=_("at least"), required=False)
    maximum = RewardAmountField(label=_("at most"), required=False)
    rounding = forms.ChoiceField(label=_("rounding"), choices=ROUNDINGS, initial="down")
    field_order = ("percent", "of", "skus", "categories", "minimum", "maximum", "rounding")

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        low, high = values.get("minimum"), values.get("maximum")
        if low is not None and high is not None and low > high:
            raise ValidationError(_("The minimum is above the maximum."), code="minimum_above_maximum")
        return values


class Percent(ComputedAmount):
    """`percent` of a base, bounded while exact, then rounded to the unit; the engine itself rounds down."""

    kind = "loyalty.percent"
    label = _("Percent of the purchase")
    Params = PercentParams

    def quote(self, occasion: Occasion, params: Settings) -> Quote | None:
        base = find_base(occasion, params)
        if base is None:
            return None
        if base.minor == 0:
            return Quote(Fraction(0), 0)
        exact = base.units * Fraction(params["percent"]) / 100
        if params["minimum"] is not None:
            exact = max(exact, Fraction(params["minimum"]))
        if params["maximum"] is not None:
            exact = min(exact, Fraction(params["maximum"]))
        exact *= 10**occasion.currency.decimals
        if params["rounding"] == "nearest":
            exact = Fraction(floor(exact + Fraction(1, 2)))
        elif params["rounding"] == "up":
            exact = Fraction(ceil(exact))
        return Quote(exact, base.minor)

    def phrase(self, params: Settings, telling: Telling) -> str:
        share = {"percent": percent(params["percent"]), "base": base_phrase(params, telling)}
        amount = in_currency(gettext("%(percent)s of %(base)s") % share, telling)
        low, high = params["minimum"], params["maximum"]
        named = {"amount": amount, "low": number(low or 0), "high": number(high or 0)}
        if low is not None and high is not None:
            return gettext("%(amount)s (at least %(low)s, at most %(high)s)") % named
        if low is not None:
            return gettext("%(amount)s (at least %(low)s)") % named
        return gettext("%(amount)s (at most %(high)s)") % named if high is not None else amount
