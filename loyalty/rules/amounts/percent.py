"""A percentage of a purchase."""

from fractions import Fraction
from math import ceil, floor
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from loyalty.ledger.book import CurrencyRules
from loyalty.rules.amounts.bases import OfPurchase, base_of, chosen, share_of
from loyalty.rules.base import Amount, Quote, Settings
from loyalty.rules.events import EventState, PurchaseState
from loyalty.rules.fields import PercentField
from loyalty.rules.state import ProgramRules

ROUNDINGS = (("down", _("down")), ("nearest", _("to the nearest, a half up")), ("up", _("up")))


class PercentParams(OfPurchase):
    """`minimum` and `maximum` are in the reward's currency; a base of zero gives nothing all the same."""

    percent = PercentField(label=_("percent"))
    minimum = forms.DecimalField(
        label=_("at least"), required=False, min_value=0, max_digits=15, decimal_places=6
    )
    maximum = forms.DecimalField(
        label=_("at most"), required=False, min_value=0, max_digits=15, decimal_places=6
    )
    rounding = forms.ChoiceField(label=_("rounding"), choices=ROUNDINGS, initial="down")
    field_order = ("percent", "of", "skus", "categories", "minimum", "maximum", "rounding")

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        low, high = values.get("minimum"), values.get("maximum")
        if low is not None and high is not None and low > high:
            raise ValidationError(_("The minimum is above the maximum."), code="minimum_above_maximum")
        return values


class Percent(Amount):
    """`percent` of a base, bounded while exact, then rounded to the unit; the engine itself rounds down."""

    kind = "loyalty.percent"
    label = _("Percent of the purchase")
    computed = True
    Params = PercentParams

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
        if base == 0:
            return Quote(Fraction(0), 0)
        exact = Fraction(base, 10**program.decimals) * Fraction(params["percent"]) / 100
        if params["minimum"] is not None:
            exact = max(exact, Fraction(params["minimum"]))
        if params["maximum"] is not None:
            exact = min(exact, Fraction(params["maximum"]))
        exact *= 10**currency.decimals
        if params["rounding"] == "nearest":
            exact = Fraction(floor(exact + Fraction(1, 2)))
        elif params["rounding"] == "up":
            exact = Fraction(ceil(exact))
        return Quote(exact, base)

    def share(self, purchase: PurchaseState, params: Settings) -> Fraction:
        return share_of(purchase, **chosen(params))
