"""On what of a purchase an amount is computed, and how much of it is left after refunds; minor units."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from fractions import Fraction
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from loyalty.rules.events import LineState, PurchaseState
from loyalty.rules.fields import TextListField

TOTAL, NET_OF_TAX, NET_OF_DISCOUNTS, LINES = "total", "net_of_tax", "net_of_discounts", "lines"

WHOLE_BASES = (
    (TOTAL, _("total")),
    (NET_OF_TAX, _("total without tax")),
    (NET_OF_DISCOUNTS, _("total without discounts")),
)
BASES = (*WHOLE_BASES, (LINES, _("chosen items")))


def matching(
    lines: Iterable[LineState], *, skus: Collection[str], categories: Collection[str]
) -> list[LineState]:
    """The lines whose item or whose category is listed."""
    return [line for line in lines if line.sku in skus or line.category in categories]


def base_of(
    purchase: PurchaseState, *, of: str, skus: Collection[str] = (), categories: Collection[str] = ()
) -> int:
    """What an amount is computed on, before any refund."""
    if of == LINES:
        return sum(line.amount for line in matching(purchase.lines, skus=skus, categories=categories))
    if of == NET_OF_TAX:
        return purchase.total - purchase.tax
    if of == NET_OF_DISCOUNTS:
        return purchase.total - purchase.discount
    return purchase.total


def share_of(
    purchase: PurchaseState, *, of: str, skus: Collection[str] = (), categories: Collection[str] = ()
) -> Fraction:
    """How much of the base is left, 0 to 1 (S17). Tax and discounts go back in proportion to the total."""
    if of != LINES:
        return purchase.share
    lines = matching(purchase.lines, skus=skus, categories=categories)
    amount = sum(line.amount for line in lines)
    return Fraction(sum(line.remaining for line in lines), amount) if amount else Fraction(0)


class OfPurchase(forms.Form):
    """Settings of an amount that is computed on a purchase."""

    of = forms.ChoiceField(label=_("of"), choices=BASES, initial=TOTAL)
    skus = TextListField(label=_("items"), required=False)
    categories = TextListField(label=_("categories"), required=False)

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        listed = bool(values.get("skus") or values.get("categories"))
        if values.get("of") == LINES and not listed:
            raise ValidationError(_("Name the items or the categories."), code="items_missing")
        if "of" in values and values["of"] != LINES and listed:
            text = _("Items and categories count only when the amount is of the chosen items (“lines”).")
            raise ValidationError(text, code="items_unused")
        return values


def chosen(params: Any) -> dict[str, Any]:
    """The part of cleaned settings that says which base is meant, for `base_of` and `share_of`."""
    return {"of": params["of"], "skus": params["skus"], "categories": params["categories"]}
