"""Points on purchases, with better days, a bonus for loyalty and one for the birthday."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.presets.base import (
    Definition,
    Preset,
    PresetCurrency,
    amount_field,
    credit,
    factor_field,
    fixed,
    multiply,
)
from loyalty.rules.fields import MoneyField, WeekdaysField
from loyalty.rules.params import decimal_text
from loyalty.rules.state import ProgramRules


class PointsOnPurchasesParams(PresetCurrency):
    """1 point for every 10.00, double on Tuesdays, half as much again at weekends."""

    amount = amount_field(label=_("points"), min_value=Decimal("0.000001"), initial=Decimal(1))
    step = MoneyField(label=_("for every"), min_value=Decimal("0.0001"), initial=Decimal(10))
    better_days = WeekdaysField(label=_("better days"), initial=["tue"])
    better_factor = factor_field(label=_("multiply on these days by"), initial=Decimal(2))
    weekend_factor = factor_field(label=_("multiply at weekends by"), initial=Decimal("1.5"))
    nth_purchase = forms.IntegerField(label=_("bonus on purchase number"), min_value=1, initial=5)
    nth_bonus = amount_field(label=_("bonus for it"), initial=Decimal(50))
    birthday_bonus = amount_field(label=_("birthday bonus"), initial=Decimal(100))


class PointsOnPurchases(Preset):
    """P1 of the programmes that every marketer knows."""

    key = "loyalty.points_on_purchases"
    label = _("Points on purchases")
    description = _(
        "Points for every so much spent, more on some days and at weekends, and bonuses for a certain purchase and "
        "the birthday."
    )
    Params = PointsOnPurchasesParams

    def campaigns(self, values: Mapping[str, Any], program: ProgramRules) -> list[Definition]:
        currency, purchase = values["currency"], {"kind": "loyalty.purchase"}
        points = {
            "kind": "loyalty.per_every",
            "amount": decimal_text(values["amount"]),
            "step": decimal_text(values["step"]),
        }

        def on_days(days: list[str], factor: Decimal) -> Definition:
            return {
                "trigger": purchase,
                "phase": "multiplier",
                "conditions": [[{"kind": "loyalty.weekday", "params": {"days": days}}]],
                "actions": [multiply("times", factor, currency=currency)],
            }

        nth = {"match": "at", "count": values["nth_purchase"]}
        return [
            {
                "key": "points-on-purchases",
                "name": gettext("Points on purchases"),
                "trigger": purchase,
                "actions": [credit("points", points, currency=currency)],
            },
            {
                "key": "better-days",
                "name": gettext("More points on some days"),
                **on_days(list(values["better_days"]), values["better_factor"]),
            },
            {
                "key": "better-weekends",
                "name": gettext("More points at weekends"),
                **on_days(["sat", "sun"], values["weekend_factor"]),
            },
            {
                "key": "nth-purchase",
                "name": gettext("Bonus for a purchase by its number"),
                "trigger": purchase,
                # Not multiplied: a group of its own.
                "stacking": {"group": "bonus", "mode": "all"},
                "conditions": [[{"kind": "loyalty.purchase_number", "params": nth}]],
                "actions": [credit("bonus", fixed(values["nth_bonus"]), currency=currency)],
                # Once: else whoever sends a small one back and buys again stands at the same number again.
                "limits": [{"per": "recipient", "measure": "times", "max": "1"}],
            },
            {
                "key": "birthday",
                "name": gettext("Birthday bonus"),
                "trigger": {"kind": "loyalty.scheduled", "params": {"time": "09:00"}},
                "conditions": [[{"kind": "loyalty.birthday"}]],
                "actions": [credit("bonus", fixed(values["birthday_bonus"]), currency=currency)],
                "limits": [{"per": "recipient", "measure": "times", "max": "1", "period": "year"}],
            },
        ]
