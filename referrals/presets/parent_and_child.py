"""The core: a friend comes by a link, and both gain when the friend buys."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.presets import Preset, PresetCurrency, amount_field, credit, fixed, percent
from loyalty.rules.fields import MoneyField, PercentField
from loyalty.rules.params import decimal_text
from loyalty.rules.state import ProgramRules

Definition = dict[str, Any]


class ParentAndChildParams(PresetCurrency):
    """10 % of a friend's first purchase, 50 for the friend, 250 for every third friend."""

    parent_percent = PercentField(label=_("the parent card gets of the first purchase"), initial=Decimal(10))
    minimum_total = MoneyField(
        label=_("of a purchase of at least"),
        round_up=True,
        min_value=Decimal("0.01"),
        initial=Decimal("0.01"),
    )
    child_bonus = amount_field(label=_("the friend gets"), initial=Decimal(50))
    friends = forms.IntegerField(
        label=_("bonus for every so many friends"), min_value=1, max_value=1_000_000, initial=3
    )
    friends_bonus = amount_field(label=_("bonus for them"), initial=Decimal(250))


class ParentAndChild(Preset):
    """P3: paid on the purchase, not on the registration."""

    key = "referrals.parent_and_child"
    label = _("Parent and child cards")
    description = _(
        "A friend who registered by link makes a first purchase: the parent card gets a percentage of it, the friend a "
        "bonus; each further group of friends brings another bonus."
    )
    Params = ParentAndChildParams

    def campaigns(self, values: Mapping[str, Any], program: ProgramRules) -> list[Definition]:
        currency = values["currency"]
        first = {
            "match": "first",
            "since": "link",
            "minimum_total": decimal_text(values["minimum_total"]),
        }
        counted = {"match": "every", "count": values["friends"], "stage": "qualified"}
        both = [
            credit("parent", percent(values["parent_percent"]), currency=currency, to="parent_card"),
            credit("child", fixed(values["child_bonus"]), currency=currency),
        ]
        return [
            {
                "key": "friends-first-purchase",
                "name": gettext("A friend's first purchase"),
                "trigger": {"kind": "loyalty.purchase"},
                "conditions": [
                    [
                        {"kind": "referrals.registered_via_link"},
                        {"kind": "loyalty.purchase_number", "params": first},
                    ]
                ],
                "actions": both,
            },
            {
                "key": "every-nth-friend",
                "name": gettext("Bonus for several friends"),
                "trigger": {"kind": "referrals.referral_qualified"},
                "conditions": [
                    [{"kind": "referrals.referred_clients", "about": "parent_card", "params": counted}]
                ],
                "actions": [
                    credit("friends", fixed(values["friends_bonus"]), currency=currency, to="parent_card")
                ],
            },
        ]
