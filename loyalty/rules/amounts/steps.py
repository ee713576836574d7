"""A table of steps: from 50.00 on so much, from 100.00 on more."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.rules.amounts.bases import ComputedAmount, OfPurchase, base_of, base_phrase, find_base
from loyalty.rules.base import Occasion, Quote, Settings
from loyalty.rules.events import PurchaseState
from loyalty.rules.phrases import Telling, in_currency, number, percent, units
from loyalty.rules.tables import TableField

MODES = (("amount", _("an amount")), ("percent", _("percent of the base")))


class StepsParams(OfPurchase):
    """`start` is in the currency of the base; each `value` in the reward's currency, or a percentage."""

    gives = forms.ChoiceField(label=_("each step gives"), choices=MODES, initial="amount")
    steps = TableField(
        label=_("steps"),
        columns={
            "start": forms.DecimalField(label=_("from"), min_value=0, max_digits=15, decimal_places=6),
            "value": forms.DecimalField(label=_("gives"), min_value=0, max_digits=15, decimal_places=6),
        },
    )
    field_order = ("gives", "steps", "of", "skus", "categories")

    def clean_steps(self) -> tuple[dict[str, Any], ...]:
        steps: tuple[dict[str, Any], ...] = self.cleaned_data["steps"]
        starts = [step["start"] for step in steps]
        if starts != sorted(set(starts)):
            raise ValidationError(_("Each step starts above the one before it."), code="steps_not_rising")
        return steps

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if values.get("gives") == "percent" and any(step["value"] > 1000 for step in values.get("steps", ())):
            raise ValidationError(_("Give percentages from 0 to 1000."), code="percent_too_large")
        return values


class Steps(ComputedAmount):
    """What the last step that the base reaches gives; below the first step nothing."""

    kind = "loyalty.steps"
    label = _("Table of steps")
    Params = StepsParams

    def quote(self, occasion: Occasion, params: Settings) -> Quote | None:
        base = find_base(occasion, params)
        if base is None:
            return None
        return Quote(_value(base.units, params) * 10**occasion.currency.decimals, base.minor)

    def share(self, purchase: PurchaseState, params: Settings) -> Fraction:
        """By the step that what remains reaches: else a purchase padded and sent back in part would pay (ADR 14)."""
        whole = base_of(purchase, of=params["of"], skus=params["skus"], categories=params["categories"])
        return _share(Fraction(whole, 10**purchase.decimals), super().share(purchase, params), params)

    def share_of_reward(self, granted: Fraction, left: Fraction, params: Settings) -> Fraction:
        return _share(granted, left, params)

    def phrase(self, params: Settings, telling: Telling) -> str:
        def told(step: dict[str, Any]) -> str:
            value = percent(step["value"]) if params["gives"] == "percent" else units(step["value"], telling)
            return gettext("%(value)s from %(start)s") % {"value": value, "start": number(step["start"])}

        steps = "; ".join(told(step) for step in params["steps"])
        named = {"base": base_phrase(params, telling), "steps": steps}
        if params["gives"] == "percent":
            return in_currency(gettext("a percentage that depends on %(base)s (%(steps)s)") % named, telling)
        return gettext("an amount that depends on %(base)s (%(steps)s)") % named


def _share(units: Fraction, left: Fraction, params: Settings) -> Fraction:
    """What the rest of a base gives, of what the whole of it gave."""
    gave = _value(units, params)
    return _value(units * left, params) / gave if gave else left


def _value(units: Fraction, params: Settings) -> Fraction:
    """What so many units of the base give."""
    reached = [step["value"] for step in params["steps"] if step["start"] <= units]
    value = Fraction(reached[-1]) if reached else Fraction(0)
    return value * units / 100 if params["gives"] == "percent" else value
