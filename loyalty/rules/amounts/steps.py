"""A table of steps: from 50.00 on so much, from 100.00 on more."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from loyalty.rules.amounts.bases import ComputedAmount, OfPurchase, find_base
from loyalty.rules.base import Occasion, Quote, Settings
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
        reached = [step["value"] for step in params["steps"] if step["start"] <= base.units]
        value = Fraction(reached[-1]) if reached else Fraction(0)
        if params["gives"] == "percent":
            value *= base.units / 100
        return Quote(value * 10**occasion.currency.decimals, base.minor)
