"""On what of a purchase an amount is computed, and how much of it is left after refunds; minor units."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from loyalty.rules.base import Amount, Occasion, Settings
from loyalty.rules.events import LineState, PurchaseState
from loyalty.rules.fields import TextListField
from loyalty.rules.phrases import Telling, quoted

TOTAL, NET_OF_TAX, NET_OF_DISCOUNTS, LINES = "total", "net_of_tax", "net_of_discounts", "lines"
GRANTED = "granted"

WHOLE_BASES = (
    (TOTAL, _("total")),
    (NET_OF_TAX, _("total without tax")),
    (NET_OF_DISCOUNTS, _("total without discounts")),
)
BASES = (*WHOLE_BASES, (LINES, _("chosen items")), (GRANTED, _("granted amount")))


def matching(
    lines: Iterable[LineState], *, skus: Collection[str], categories: Collection[str]
) -> list[LineState]:
    """The lines whose item or whose category is listed."""
    return [line for line in lines if line.sku in skus or line.category in categories]


def listed(params: Settings) -> str:
    """The items and categories that settings name, as a noun phrase (accusative)."""
    named = {"skus": quoted(params["skus"]), "categories": quoted(params["categories"])}
    if not params["categories"]:
        return gettext("items %(skus)s") % named
    if not params["skus"]:
        return gettext("items of the category %(categories)s") % named
    return gettext("items %(skus)s or of the category %(categories)s") % named


def base_phrase(params: Settings, telling: Telling) -> str:
    """What an amount is computed on, in the genitive."""
    if params["of"] == GRANTED:
        return pgettext("genitive", "that reward")
    if params["of"] == LINES:
        named = {"items": quoted([*params["skus"], *params["categories"]])}
        return pgettext("genitive", "what was bought of %(items)s") % named
    if params["of"] == NET_OF_TAX:
        return pgettext("genitive", "the purchase without tax")
    if params["of"] == NET_OF_DISCOUNTS:
        return pgettext("genitive", "the purchase without discounts")
    return pgettext("genitive", "it") if telling.is_it else pgettext("genitive", "the purchase")


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
    shown_when = {"skus": ("of", (LINES,)), "categories": ("of", (LINES,))}

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        listed = bool(values.get("skus") or values.get("categories"))
        if values.get("of") == LINES and not listed:
            raise ValidationError(_("Name the items or the categories."), code="items_missing")
        if "of" in values and values["of"] != LINES and listed:
            text = _("Items and categories count only when the amount is of the chosen items (“lines”).")
            raise ValidationError(text, code="items_unused")
        return values


class ComputedAmount(Amount):
    """Base of amounts that are computed on the purchase, or on the reward that triggered the campaign (S15)."""

    computed = True

    def share(self, purchase: PurchaseState, params: Settings) -> Fraction:
        if params["of"] == GRANTED:
            return Fraction(1)  # it is the reward's share that counts
        return share_of(purchase, of=params["of"], skus=params["skus"], categories=params["categories"])

    def stands_on_reward(self, params: Settings) -> bool:
        return bool(params["of"] == GRANTED)


@dataclass(frozen=True, slots=True)
class Base:
    """What an amount is computed on: minor units, and the same in whole units."""

    minor: int
    units: Fraction


def find_base(occasion: Occasion, params: Settings) -> Base | None:
    """The base that the settings name; None when the event has no such thing."""
    event, program = occasion.event, occasion.program
    if params["of"] == GRANTED:
        if event.reward is None or event.reward.currency is None:
            return None
        decimals = program.currencies[event.reward.currency].decimals
        return Base(event.reward.granted, Fraction(event.reward.granted, 10**decimals))
    if event.purchase is None:
        return None
    minor = base_of(event.purchase, of=params["of"], skus=params["skus"], categories=params["categories"])
    return Base(minor, Fraction(minor, 10**program.decimals))
