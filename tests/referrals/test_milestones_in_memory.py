"""Rewards that stand on a count of friends (S20), and those of the same campaigns that do not; decided in memory."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from loyalty.rules.decide import decide
from tests.loyalty.rules.engine import START, World, credit, on_purchase

DAY = timedelta(days=1)
BONUS = {"kind": "loyalty.fixed", "value": "250"}
REFERRER, A, B, C, D = 1, 2, 3, 4, 5


def friends(match: str, count: int, stage: str = "qualified", **more: Any) -> dict[str, Any]:
    params = {"match": match, "count": count, "stage": stage}
    return {"kind": "referrals.referred_clients", "about": "parent_card", "params": params, **more}


def on_friend(*groups: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    action = credit(BONUS, "parent_card", **more)
    trigger = {"kind": "referrals.referral_qualified"}
    return {"trigger": trigger, "conditions": list(groups), "actions": [action]}


def referred(*definitions: dict[str, Any]) -> World:
    """Cards 2 to 5 were brought by card 1."""
    world = World(*definitions, cards=5)
    for friend in (A, B, C, D):
        link = {"code": "X", "method": "code", "link": None}
        world.send("loyalty.parent_changed", {"parent": REFERRER, "link": link}, card=friend)
        decide(world.state, world.state.new_events[-1], world.campaigns, facts=world.facts)
    return world


def kept(world: World) -> list[int]:
    return [reward.kept for reward in world.rewards]


def test_s20_worked_example_5_in_memory():
    world = referred(on_friend([friends("every", 3)]))
    _a, b, c = [world.buy("10.00", card=friend) for friend in (A, B, C)]
    assert kept(world) == [250]
    world.refund(b)
    assert kept(world) == [0]
    world.buy("10.00", card=D)
    assert kept(world) == [0, 250]
    world.refund(c)
    assert kept(world) == [0, 0]
    assert [reward.purchase.external_id for reward in world.rewards] == [
        c.key,
        world.state.new_purchases[-1].external_id,
    ]


def test_s20_never_keeps_and_is_not_granted_again():
    world = referred(on_friend([friends("at", 2)], on_refund="never"))
    _a, b = [world.buy("10.00", card=friend) for friend in (A, B)]
    world.refund(b)
    world.buy("10.00", card=C)
    assert kept(world) == [250]


def test_s20_a_refund_of_the_purchase_that_triggered_it_leaves_it_while_the_count_stands():
    world = referred(on_friend([friends("at", 2)]))
    world.buy("10.00", card=A)
    b = world.buy("10.00", card=B)
    world.buy("10.00", card=C)
    world.refund(b)
    assert kept(world) == [250]


def test_s20_a_milestone_stands_on_the_count_that_was_reached():
    world = referred(on_friend([friends("at", 1, "registered")], [friends("at", 2)]))
    world.buy("10.00", card=A)
    b = world.buy("10.00", card=B)
    assert [(reward.threshold, reward.kept) for reward in world.rewards] == [(2, 250)]
    world.refund(b)
    assert kept(world) == [0]


@pytest.mark.parametrize(
    ("amount", "after_half"),
    [(BONUS, 250), ({"kind": "loyalty.percent", "percent": "10"}, 5)],
    ids=["fixed", "computed"],
)
def test_s16_without_a_milestone_the_reward_stands_on_its_purchase(amount, after_half):
    large = {"kind": "loyalty.purchase_total", "params": {"minimum": "20.00"}}
    world = referred(on_purchase(credit(amount), conditions=[[friends("every", 3)], [large]]))
    bought = world.buy("100.00", card=A)
    world.refund(bought, "50.00")
    assert kept(world) == [after_half]
    world.refund(bought)
    assert kept(world) == [0]


def test_s16_a_count_that_is_not_reached_is_no_milestone():
    not_third = friends("every", 3, negate=True)
    world = referred(on_purchase(credit("10", on_refund="proportional"), conditions=[[not_third]]))
    bought = world.buy("100.00", card=A)
    world.refund(bought, "50.00")
    assert kept(world) == [5]


def test_s13_a_blocked_referrer_misses_the_milestone_for_good():
    world = referred(on_friend([friends("at", 2)]))
    world.buy("10.00", card=A)
    world.send("loyalty.card_blocked", {}, card=REFERRER, at=START)
    world.buy("10.00", card=B)
    world.send("loyalty.card_unblocked", {}, card=REFERRER, at=START + DAY)
    world.buy("10.00", card=C, at=START + 2 * DAY)
    assert world.rewards == []
