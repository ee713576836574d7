"""Points for both: whoever brings a friend, and the friend."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.presets import Preset, PresetCurrency, amount_field, credit, fixed
from loyalty.rules.state import ProgramRules
from referrals.presets.first_purchase import (
    REGISTRATION,
    first_purchase,
    hold_field,
    minimum_field,
    paid_field,
)


class TwoSidedParams(PresetCurrency):
    """500 points for the one, 200 for the other, both on the friend's first purchase."""

    parent_bonus = amount_field(label=_("bonus for each friend"), initial=Decimal(500))
    child_bonus = amount_field(label=_("the friend gets"), initial=Decimal(200))
    child_paid = paid_field(label=_("the friend is paid"))
    minimum_total = minimum_field()
    hold = hold_field()


class TwoSided(Preset):
    """P6, in points: the friend may be given them at once, the referrer's wait for the purchase."""

    key = "referrals.two_sided"
    label = _("Points for both")
    description = _(
        "A friend's first purchase brings points to both. The friend's may come at once, with the registration."
    )
    Params = TwoSidedParams

    def campaigns(self, values: Mapping[str, Any], program: ProgramRules) -> list[dict[str, Any]]:
        currency, dates = values["currency"], {"hold": values["hold"]}
        parent = credit(
            "parent", fixed(values["parent_bonus"]), currency=currency, to="parent_card", params=dates
        )
        bought = {
            "key": "points-for-both",
            "name": gettext("Points for both"),
            "trigger": {"kind": "loyalty.purchase"},
            "conditions": first_purchase(values["minimum_total"]),
        }
        if values["child_paid"] != REGISTRATION:
            child = credit("child", fixed(values["child_bonus"]), currency=currency, params=dates)
            return [{**bought, "actions": [parent, child]}]
        # No purchase stands behind it, so there is nothing to wait for.
        welcome = credit("child", fixed(values["child_bonus"]), currency=currency)
        return [
            {**bought, "actions": [parent]},
            {
                "key": "welcome-for-friends",
                "name": gettext("Welcome for friends"),
                "trigger": {"kind": "referrals.referral_registered"},
                "actions": [welcome],
            },
        ]
