"""One pot for both: the parent card gets what the buyer left of it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.presets.base import Definition, Preset, PresetCurrency, credit, percent
from loyalty.rules.fields import PercentField
from loyalty.rules.params import decimal_text
from loyalty.rules.state import ProgramRules


class SharedPotParams(PresetCurrency):
    """10 % for both together, of which the buyer earns 3 %."""

    pot = PercentField(label=_("for both together"), initial=Decimal(10))
    own_percent = PercentField(label=_("the buyer earns"), initial=Decimal(3))


class SharedPot(Preset):
    """P24."""

    key = "loyalty.shared_pot"
    label = _("Shared pot")
    description = _("The parent card gets a percentage of each purchase, less what the buyer earned with it.")
    Params = SharedPotParams

    def campaigns(self, values: Mapping[str, Any], program: ProgramRules) -> list[Definition]:
        currency, purchase = values["currency"], {"kind": "loyalty.purchase"}
        rest = {"kind": "loyalty.percent_less_earned", "of": "total", "percent": decimal_text(values["pot"])}
        return [
            {
                "key": "pot-buyer",
                "name": gettext("The buyer's own share"),
                "trigger": purchase,
                "actions": [credit("own", percent(values["own_percent"]), currency=currency)],
            },
            {
                "key": "pot-parent",
                "name": gettext("The rest of the pot"),
                "trigger": purchase,
                "actions": [credit("rest", rest, currency=currency, to="parent_card")],
            },
        ]
