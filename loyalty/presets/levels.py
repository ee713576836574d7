"""Up to eight levels of ancestors, by what was spent or by what was earned."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.presets.base import Definition, Preset, PresetCurrency, credit, percent
from loyalty.rules.fields import DecimalListField, PercentField
from loyalty.rules.params import decimal_text
from loyalty.rules.state import ProgramRules

PERCENTS = tuple(map(Decimal, ("10", "5", "2.5", "1.25", "1", "0.5", "0.25", "0.1")))


class LevelsParams(PresetCurrency):
    """The first percentage is the parent card's."""

    percents = DecimalListField(
        label=_("percent by level"), most=8, item=PercentField(), initial=list(PERCENTS)
    )
    blocked = forms.ChoiceField(
        label=_("a blocked card"),
        choices=(
            ("keep_level", _("keeps its level and gets nothing")),
            ("compress", _("is skipped, the next moves up")),
            ("stop", _("ends the walk")),
        ),
        initial="keep_level",
    )


class LevelsOfPurchaseParams(LevelsParams):
    """All bonuses of one purchase together are at most the pot."""

    pot = PercentField(label=_("all together at most"), initial=Decimal(15))


def _levels(values: Mapping[str, Any], of: str, **more: Any) -> Definition:
    amount = {
        "kind": "loyalty.percent_by_level",
        "of": of,
        "percents": [decimal_text(value) for value in values["percents"]],
    }
    to = {"role": "ancestors", "blocked": values["blocked"]}
    return credit("levels", amount, currency=values["currency"], to=to, **more)


class LevelsOfPurchase(Preset):
    """P13."""

    key = "loyalty.levels_of_purchase"
    label = _("Levels of what was spent")
    description = _(
        "A falling percentage of each purchase for up to eight levels of parent cards, with a pot."
    )
    Params = LevelsOfPurchaseParams

    def campaigns(self, values: Mapping[str, Any], program: ProgramRules) -> list[Definition]:
        pot = {"percent": decimal_text(values["pot"]), "of": "total", "cut": "proportional"}
        return [
            {
                "key": "levels-of-purchase",
                "name": gettext("Levels of what was spent"),
                "trigger": {"kind": "loyalty.purchase"},
                "actions": [_levels(values, "total", pot=pot)],
            }
        ]


class LevelsOfRewardParams(LevelsParams):
    """What the buyer earns first."""

    own_percent = PercentField(label=_("the buyer earns"), initial=Decimal(5))


class LevelsOfReward(Preset):
    """P13, the variant on what the friend earned."""

    key = "loyalty.levels_of_reward"
    label = _("Levels of what was earned")
    description = _(
        "The buyer earns a percentage; parent cards a falling percentage of what the buyer earned."
    )
    Params = LevelsOfRewardParams

    def campaigns(self, values: Mapping[str, Any], program: ProgramRules) -> list[Definition]:
        own = credit("own", percent(values["own_percent"]), currency=values["currency"])
        told = {"campaigns": ["buyer-earns"]}
        return [
            {
                "key": "buyer-earns",
                "name": gettext("The buyer's own share"),
                "trigger": {"kind": "loyalty.purchase"},
                "actions": [own],
            },
            {
                "key": "levels-of-reward",
                "name": gettext("Levels of what was earned"),
                "trigger": {"kind": "loyalty.reward_granted", "params": told},
                "actions": [_levels(values, "granted")],
            },
        ]
