"""Points for whoever brings a friend."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.presets import Preset, PresetCurrency, amount_field, credit, fixed
from loyalty.rules.state import ProgramRules
from referrals.presets.first_purchase import (
    PURCHASE,
    first_purchase,
    hold_field,
    minimum_field,
    paid_field,
)


class OneSidedParams(PresetCurrency):
    """500 points for each friend, on the first purchase, kept back for 14 days."""

    parent_bonus = amount_field(label=_("bonus for each friend"), initial=Decimal(500))
    paid = paid_field(label=_("paid"))
    minimum_total = minimum_field()
    hold = hold_field()


class OneSided(Preset):
    """P4, its points: what buys the T-shirt is earned here."""

    key = "referrals.one_sided"
    label = _("Points for each friend")
    description = _(
        "Whoever brings a friend gets points when the friend first buys, or already when the friend registers."
    )
    Params = OneSidedParams

    def campaigns(self, values: Mapping[str, Any], program: ProgramRules) -> list[dict[str, Any]]:
        on_purchase = values["paid"] == PURCHASE
        bonus = credit(
            "parent",
            fixed(values["parent_bonus"]),
            currency=values["currency"],
            to="parent_card",
            params={"hold": values["hold"]},
        )
        return [
            {
                "key": "points-for-each-friend",
                "name": gettext("Points for each friend"),
                "trigger": {"kind": "loyalty.purchase" if on_purchase else "referrals.referral_registered"},
                "conditions": first_purchase(values["minimum_total"]) if on_purchase else [],
                "actions": [bonus],
            }
        ]
