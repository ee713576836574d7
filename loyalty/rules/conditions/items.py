"""What was bought: items or categories."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.rules.amounts.bases import listed, matching
from loyalty.rules.base import Condition, Outcome, Settings
from loyalty.rules.events import EventState, LineState, PurchaseState
from loyalty.rules.fields import MoneyField, TextListField
from loyalty.rules.params import decimal_text
from loyalty.rules.phrases import Clause, Telling, money, number
from loyalty.rules.views import CardView


class Enough(forms.Form):
    """How much of some lines is enough; without a minimum any of them."""

    minimum_quantity = forms.DecimalField(
        label=_("at least so many"), required=False, min_value=0, max_digits=12, decimal_places=3
    )
    minimum_amount = MoneyField(label=_("for at least"), required=False)


class ItemsParams(Enough):
    """A line counts when its item or its category is listed."""

    skus = TextListField(label=_("items"), required=False)
    categories = TextListField(label=_("categories"), required=False)
    field_order = ("skus", "categories", "minimum_quantity", "minimum_amount")

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        if not self.errors and not (values.get("skus") or values.get("categories")):
            raise ValidationError(_("Name the items or the categories."), code="items_missing")
        return values


class Items(Condition):
    """Of the listed items or categories enough was bought and not returned."""

    kind = "loyalty.items"
    label = _("Items bought")
    Params = ItemsParams

    def check(self, about: CardView, event: EventState, params: Settings) -> Outcome:
        if event.purchase is None:
            return Outcome.not_applicable("no_purchase")
        return self.recheck(event.purchase, params)

    def recheck(self, purchase: PurchaseState, params: Settings) -> Outcome:
        lines = matching(purchase.lines, skus=params["skus"], categories=params["categories"])
        return enough(lines, params)

    def phrase(self, params: Settings, telling: Telling) -> Clause:
        return Clause(includes(listed(params), params))


def enough(lines: Sequence[LineState], params: Settings) -> Outcome:
    """Whether what was not returned of these lines reaches the minimum of quantity and amount."""
    quantity = sum(line.remaining_quantity for line in lines)
    if not quantity:
        return Outcome.when(False, code="items_missing")
    least = params["minimum_quantity"]
    if least is not None and quantity < least:
        actual = quantity_text(quantity)
        return Outcome.when(False, code="quantity_too_small", expected=decimal_text(least), actual=actual)
    amount, money = sum(line.remaining for line in lines), params["minimum_amount"]
    if money is None:
        return Outcome.when(True, code="items_missing", actual=quantity_text(quantity))
    return Outcome.when(
        amount >= money.minor, code="amount_too_small", expected=str(money), actual=money.like(amount)
    )


def includes(items: str, params: Settings) -> str:
    """A clause that enough of the items (accusative) was bought."""
    quantity, amount = params["minimum_quantity"], params["minimum_amount"]
    named = {
        "items": items,
        "quantity": number(quantity or 0),
        "amount": "" if amount is None else money(amount),
    }
    if quantity and amount is not None:
        text = gettext(
            "the purchase includes %(items)s, at least %(quantity)s of them for at least %(amount)s"
        )
    elif quantity:
        text = gettext("the purchase includes %(items)s, at least %(quantity)s of them")
    elif amount is not None:
        text = gettext("the purchase includes %(items)s for at least %(amount)s")
    else:
        text = gettext("the purchase includes %(items)s")
    return text % named


def quantity_text(quantity: Fraction | int) -> str:
    """A quantity to three decimals, for the trace."""
    return decimal_text(Decimal(round(quantity * 1000)).scaleb(-3))
