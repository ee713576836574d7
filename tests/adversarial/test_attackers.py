"""Refund after reward; own friends; hold-and-cancel; late events: no strategy pays (R7).

Each strategy is played on the shipped campaigns with many seeds. Spent points that a refund took away are a debt, and
the debt counts; where there is a hold for the return window an attacker who walks away from it gains nothing either.
"""

from __future__ import annotations

from pathlib import Path
from random import Random
from statistics import mean
from typing import Any

import pytest
import yaml

from tests.adversarial.attacks import STRATEGIES, Attacker

DATA = Path(__file__).parent.parent / "data"
ROUNDING = {
    "trigger": {"kind": "loyalty.purchase"},
    "actions": [
        {
            "slot": "s",
            "kind": "loyalty.credit",
            "currency": "points",
            "amount": {"kind": "loyalty.per_every", "amount": "1", "step": "10.00"},
        }
    ],
}
DOUBLE = {
    "trigger": {"kind": "loyalty.purchase"},
    "phase": "multiplier",
    "actions": [{"slot": "s", "kind": "loyalty.multiply", "currency": "points", "params": {"factor": "2"}}],
}


def read(name: str) -> list[dict[str, Any]]:
    """The campaigns of a file."""
    campaigns: list[dict[str, Any]] = yaml.safe_load((DATA / name).read_text())["campaigns"]
    return campaigns


PROGRAMMES = {
    "all of the campaign file": read("campaigns.yaml"),
    "first purchase and every third friend": read("first_purchase_and_every_third.yaml"),
    "points, doubled": [ROUNDING, DOUBLE],
}
each_strategy = pytest.mark.parametrize("strategy", STRATEGIES.values(), ids=list(STRATEGIES))
each_programme = pytest.mark.parametrize("programme", PROGRAMMES.values(), ids=list(PROGRAMMES))
each_number = pytest.mark.parametrize("seeds", [15, pytest.param(1_000, marks=pytest.mark.soak)])


def profits(strategy: Any, programme: Any, seeds: int, **settings: Any) -> list[int]:
    """What the strategy is worth, seed by seed."""
    measured = {name: settings.pop(name) for name in ("owes", "twin_spends") if name in settings}
    found = []
    for seed in range(seeds):
        attacker = Attacker(programme, Random(seed), **settings)
        strategy(attacker)
        found.append(attacker.profit(**measured))
    return found


@each_number
@each_programme
@each_strategy
def test_r7_refund_after_reward_does_not_pay(strategy, programme, seeds):
    """On average: a single history may gain or lose by when a month ends or a card is blocked."""
    assert mean(profits(strategy, programme, seeds)) <= 0


@each_number
@each_programme
@each_strategy
def test_r7_refund_after_expiry_does_not_pay(strategy, programme, seeds):
    """Points live for 30 days; what had expired is not taken back a second time, and not given back either."""
    assert mean(profits(strategy, programme, seeds, validity="P30D")) <= 0


@each_number
@pytest.mark.parametrize("strategy", ["hold_and_void", "spend_and_cancel", "late_purchases"])
def test_r7_hold_and_cancel_to_dodge_expiry_does_not_pay(strategy, seeds):
    """Held or cancelled, points live no longer than those of the twin who left them alone."""
    campaigns = PROGRAMMES["all of the campaign file"]
    settings = {"validity": "P30D", "twin_spends": True}

    assert mean(profits(STRATEGIES[strategy], campaigns, seeds, **settings)) <= 0


@each_number
@each_programme
@pytest.mark.parametrize(
    "strategy", ["buy_spend_refund", "refund_in_parts", "refund_then_rebuy", "own_friends_chain"]
)
def test_r7_refund_within_the_hold_leaves_nothing_to_walk_away_with(strategy, programme, seeds):
    """All of it happens within the 30 days of the hold: not even a debt that is never paid would be a gain."""
    settings = {"hold": "P60D", "owes": False}

    assert mean(profits(STRATEGIES[strategy], programme, seeds, **settings)) <= 0
