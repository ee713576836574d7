"""A reward for friends with a smallest purchase, a monthly limit and a budget."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.presets import Preset, PresetCurrency, credit, percent
from loyalty.rules.fields import MoneyField, PercentField
from loyalty.rules.params import decimal_text
from loyalty.rules.state import ProgramRules


class MinimumAndLimitsParams(PresetCurrency):
    """From 500.00 on, ten friends a month, 100,000.00 in all."""

    parent_percent = PercentField(label=_("the parent card gets of the first purchase"), initial=Decimal(10))
    minimum_total = MoneyField(label=_("of a purchase of at least"), initial=Decimal(500))
    friends_a_month = forms.IntegerField(label=_("friends a month at most"), min_value=1, initial=10)
    budget = forms.DecimalField(
        label=_("budget"),
        min_value=1,
        initial=Decimal(100_000),
        help_text=_("In money where the currency says what a unit is worth, else in the currency itself."),
    )


class MinimumAndLimits(Preset):
    """P26: the reward that crosses the budget is cut to what is left."""

    key = "referrals.minimum_and_limits"
    label = _("Friends with a minimum and limits")
    description = _(
        "A percentage of a friend's first large purchase, for a limited number of friends a month and within a budget."
    )
    Params = MinimumAndLimitsParams

    def campaigns(self, values: Mapping[str, Any], program: ProgramRules) -> list[dict[str, Any]]:
        currency, minimum = values["currency"], decimal_text(values["minimum_total"])
        known = program.currencies.get(currency)
        measure = "cost" if known is not None and known.worth is not None else "amount"
        first = {"match": "first", "since": "link", "minimum_total": minimum}
        return [
            {
                "key": "friends-with-limits",
                "name": gettext("Friends with a minimum and limits"),
                "trigger": {"kind": "loyalty.purchase"},
                "conditions": [
                    [
                        {"kind": "referrals.registered_via_link"},
                        {"kind": "loyalty.purchase_number", "params": first},
                    ]
                ],
                "actions": [
                    credit("parent", percent(values["parent_percent"]), currency=currency, to="parent_card")
                ],
                "limits": [
                    {
                        "per": "recipient",
                        "measure": "times",
                        "max": str(values["friends_a_month"]),
                        "period": "month",
                    },
                    {"per": "campaign", "measure": measure, "max": decimal_text(values["budget"])},
                ],
            }
        ]
