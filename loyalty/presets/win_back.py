"""Who has not bought for a while gets a reason to come back, for a short time."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.presets.base import Definition, Preset, PresetCurrency, amount_field, credit, fixed
from loyalty.rules.conditions.days import MOST_DAYS
from loyalty.rules.fields import DurationField
from loyalty.rules.state import ProgramRules


class WinBackParams(PresetCurrency):
    """100 points that are valid for 14 days, after 60 days without a purchase."""

    days = forms.IntegerField(
        label=_("days without a purchase"), min_value=1, max_value=MOST_DAYS, initial=60
    )
    bonus = amount_field(label=_("bonus"), initial=Decimal(100))
    validity = DurationField(label=_("valid for"), initial="P14D")


class WinBack(Preset):
    """P25, in points."""

    key = "loyalty.win_back"
    label = _("Win back")
    description = _(
        "A bonus, valid for a short time, for those who have not bought for a while; once per half-year."
    )
    Params = WinBackParams

    def campaigns(self, values: Mapping[str, Any], program: ProgramRules) -> list[Definition]:
        dates = {"validity": values["validity"]}
        bonus = credit("bonus", fixed(values["bonus"]), currency=values["currency"], params=dates)
        return [
            {
                "key": "win-back",
                "name": gettext("Win back"),
                "trigger": {"kind": "loyalty.scheduled", "params": {"time": "10:00"}},
                "conditions": [
                    [{"kind": "loyalty.days_since_purchase", "params": {"minimum": values["days"]}}]
                ],
                "actions": [bonus],
                "limits": [{"per": "recipient", "measure": "times", "max": "1", "period": "half_year"}],
            }
        ]
