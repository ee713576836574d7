"""Limits: counted by scope and period, cut or skipped at the edge, given back; decided in memory."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.loyalty.rules.definitions import EMIT
from tests.loyalty.rules.engine import START, World, credit, on_purchase

DAY = timedelta(days=1)


def limited(*limits: dict[str, Any], cards: int = 1, **more: Any) -> World:
    return World(on_purchase(credit("100"), limits=list(limits), **more), cards=cards)


def limit(measure: str, most: str, **more: Any) -> dict[str, Any]:
    return {"measure": measure, "max": most, **more}


def granted(world: World) -> list[int]:
    return [reward.granted for reward in world.rewards]


def used(world: World) -> dict[str, int]:
    """Counters by the parts of their keys that tell them apart."""
    return {key.split("|", 2)[2]: counter.used for key, counter in world.state.counters.items()}


@pytest.mark.parametrize(("at_edge", "expected"), [("cut", [600, 400]), ("skip", [600, 300])])
def test_s12_at_the_edge_an_amount_is_cut_or_skipped(at_edge, expected):
    world = limited(limit("amount", "1000", at_edge=at_edge))
    for total in ("600.00", "700.00", "300.00"):
        world.buy(total)
    assert granted(world) == expected


def test_s12_a_skipped_reward_is_traced_with_its_reason():
    world = limited(limit("amount", "1000", at_edge="skip", period="month"))
    world.buy("1000.01")
    world.buy("1001.00")
    (given,) = world.state.evaluations[-1].trace["rewards"]
    assert (given["requested"], given["granted"], given["cut"]) == (
        1001,
        0,
        "limit_amount_per_recipient_month",
    )


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ("day", 4),
        ("week", 3),
        ("month", 2),
        ("quarter", 2),
        ("half_year", 2),
        ("year", 2),
        ("lifetime", 1),
    ],
)
def test_s12_limits_count_in_the_period_of_the_event(period, expected):
    world = limited(limit("times", "1", period=period))
    moments = [(2024, 12, 30), (2024, 12, 31), (2025, 1, 6), (2025, 1, 13)]
    for at in moments:
        world.buy("1.00", at=datetime(*at, tzinfo=UTC))
    assert len(world.rewards) == expected


def test_s12_a_late_event_counts_in_its_own_period():
    world = limited(limit("times", "1", period="day"))
    world.buy("1.00", at=START + DAY)
    world.buy("1.00", at=START)
    world.buy("1.00", at=START)
    assert [reward.occurred_at for reward in world.rewards] == [START + DAY, START]


@pytest.mark.parametrize(("per", "expected"), [("recipient", 2), ("campaign", 1)])
def test_s12_per_recipient_or_for_all_together(per, expected):
    world = limited(limit("times", "1", per=per), cards=2)
    for card in (1, 2, 1, 2):
        world.buy("1.00", card=card)
    assert len(world.rewards) == expected


def test_several_limits_hold_at_once_and_only_what_is_granted_is_counted():
    world = limited(limit("amount", "10", period="day"), limit("times", "2"))
    for total in ("7.00", "7.00", "7.00"):
        world.buy(total)
    assert granted(world) == [7, 3]
    assert used(world) == {"amount|day|card:1|2025-01-01": 10, "times|lifetime|card:1|": 2}


def test_r9_of_two_limits_of_one_scope_the_lower_holds_and_each_grant_counts_once():
    world = limited(limit("times", "3"), limit("times", "2"))
    for _number in range(4):
        world.buy("1.00")
    assert len(world.rewards) == 2
    assert used(world) == {"times|lifetime|card:1|": 2}
    world.refund(world.rewards[0].event)
    assert used(world) == {"times|lifetime|card:1|": 1}


@pytest.mark.usefixtures("host_rules")
def test_what_brings_an_event_about_uses_up_no_amount():
    world = World(on_purchase(credit("100"), EMIT, limits=[limit("amount", "5")]))
    for _number in range(2):
        world.buy("3.00")
    assert [(reward.effect, reward.granted) for reward in world.rewards] == [
        ("credit", 3),
        ("emit_event", 1),
        ("credit", 2),
        ("emit_event", 1),
    ]
    assert used(world) == {"amount|lifetime|card:1|": 5}


def test_s21_times_come_back_when_nothing_is_kept_amounts_always():
    world = limited(limit("times", "1"), limit("amount", "10"))
    bought = world.buy("8.00")
    world.refund(bought, "6.00")
    assert used(world) == {"times|lifetime|card:1|": 1, "amount|lifetime|card:1|": 2}
    world.refund(bought)
    assert used(world) == {"times|lifetime|card:1|": 0, "amount|lifetime|card:1|": 0}


def test_s21_room_comes_back_to_the_period_of_the_grant():
    world = limited(limit("amount", "5", period="day"))
    bought = world.buy("5.00", at=START)
    world.refund(bought, at=START + DAY)
    world.buy("4.00", at=START + DAY)
    world.buy("4.00", at=START)
    assert used(world) == {"amount|day|card:1|2025-01-01": 4, "amount|day|card:1|2025-01-02": 4}


def test_s21_what_an_earlier_cut_withheld_stays_withheld():
    world = limited(limit("amount", "10"))
    first = world.buy("8.00")
    second = world.buy("8.00")
    world.refund(first)
    assert [reward.kept for reward in world.rewards] == [0, 2]
    world.refund(second, "4.00")
    assert [reward.kept for reward in world.rewards] == [0, 1]
    assert used(world) == {"amount|lifetime|card:1|": 1}
