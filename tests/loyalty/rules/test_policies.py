"""What each policy leaves, refund by refund, and what it means for limits and for balances; decided in memory.

33 % of 100.00 is 33 points; the campaign asks for 60.00 where a test says that its condition breaks.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.loyalty.rules.engine import World, credit, on_purchase

POLICIES = ["proportional", "while_met", "full_only", "never"]
AT_LEAST_60 = [[{"kind": "loyalty.purchase_total", "params": {"minimum": "60.00"}}]]


def world_of(policy: str, *, clawback: str = "debt", cards: int = 1, **more: Any) -> World:
    """One campaign: 33 % to the buyer under this policy."""
    return World(on_purchase(credit("33", on_refund=policy), **more), clawback=clawback, cards=cards)


def kept(world: World) -> list[int]:
    return [reward.kept for reward in world.rewards]


def forgiven(world: World) -> list[int]:
    return [reward.forgiven for reward in world.rewards]


def used(world: World) -> int:
    """The one counter there is."""
    (counter,) = world.state.counters.values()
    return counter.used


@pytest.mark.parametrize(
    ("policy", "refunds", "expected"),
    [
        ("proportional", ["30.00"], [23]),
        ("proportional", ["30.00", "30.00", "30.00"], [23, 13, 3]),
        ("proportional", ["30.00", None], [23, 0]),
        ("proportional", [None], [0]),
        ("proportional", ["99.99"], [0]),
        ("while_met", ["30.00"], [33]),
        ("while_met", ["30.00", "30.00", "30.00"], [33, 33, 33]),
        ("while_met", ["99.99", "0.01"], [33, 0]),
        ("while_met", [None], [0]),
        ("full_only", ["30.00", "30.00", "30.00"], [33, 33, 33]),
        ("full_only", ["99.99", "0.01"], [33, 0]),
        ("full_only", [None], [0]),
        ("never", ["30.00", "30.00", "30.00"], [33, 33, 33]),
        ("never", ["99.99", "0.01"], [33, 33]),
        ("never", [None], [33]),
    ],
)
def test_s17_s18_what_each_refund_leaves(policy, refunds, expected):
    world = world_of(policy)
    bought = world.buy("100.00")

    found = []
    for amount in refunds:
        world.refund(bought, amount)
        found.append(kept(world)[0])

    assert found == expected
    assert world.buckets() == (expected[-1], 0, 0, 0)


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("proportional", [23, 0, 0]),
        ("while_met", [33, 0, 0]),
        ("full_only", [33, 33, 0]),
        ("never", [33, 33, 33]),
    ],
)
def test_s18_a_condition_broken_by_a_refund(policy, expected):
    """70.00 still hold, 50.00 no longer do, nothing is nothing."""
    world = world_of(policy, conditions=AT_LEAST_60)
    bought = world.buy("100.00")

    found = []
    for amount in ("30.00", "20.00", None):
        world.refund(bought, amount)
        found.append(kept(world)[0])

    assert found == expected


@pytest.mark.parametrize(
    ("policy", "clawback", "part", "whole"),
    [
        ("proportional", "debt", (0, 7, 0), (0, 30, 0)),
        ("proportional", "within_balance", (0, 0, 7), (0, 0, 30)),
        ("while_met", "debt", (3, 0, 0), (0, 30, 0)),
        ("while_met", "within_balance", (3, 0, 0), (0, 0, 30)),
        ("full_only", "debt", (3, 0, 0), (0, 30, 0)),
        ("full_only", "within_balance", (3, 0, 0), (0, 0, 30)),
        ("never", "debt", (3, 0, 0), (3, 0, 0)),
        ("never", "within_balance", (3, 0, 0), (3, 0, 0)),
    ],
)
def test_s19_spent_before_the_refund(policy, clawback, part, whole):
    """30 of 33 are spent. After 30.00 went back, and after all did: available, debt, forgiven."""
    world = world_of(policy, clawback=clawback)
    bought = world.buy("100.00")
    world.send("loyalty.spend", {"currency": "points", "amount": "30"})

    found = []
    for amount in ("30.00", None):
        world.refund(bought, amount)
        available, _pending, _held, debt = world.buckets()
        found.append((available, debt, forgiven(world)[0]))

    assert found == [part, whole]


@pytest.mark.parametrize("clawback", ["debt", "within_balance"])
def test_s19_what_is_held_counts_as_spent(clawback):
    world = world_of("proportional", clawback=clawback)
    bought = world.buy("100.00")
    payload = {"currency": "points", "amount": "30", "expires_at": "2026-01-01T00:00:00Z"}
    world.send("loyalty.hold", payload, key="hold")

    world.refund(bought)
    assert world.buckets() == (0, 0, 30, 30 if clawback == "debt" else 0)

    world.send("loyalty.hold_voided", {"spend": "hold"})
    assert world.buckets() == ((0, 0, 0, 0) if clawback == "debt" else (30, 0, 0, 0))


@pytest.mark.parametrize("per", ["recipient", "campaign"])
@pytest.mark.parametrize(
    ("policy", "part", "whole"),
    [
        ("proportional", (1, 23), (0, 0)),
        ("while_met", (1, 33), (0, 0)),
        ("full_only", (1, 33), (0, 0)),
        ("never", (1, 33), (1, 33)),
    ],
)
def test_s21_what_comes_back_to_the_counter(policy, part, whole, per):
    """Times, and amounts, that count as used after 30.00 went back, and after all did."""
    found = []
    for measure in ("times", "amount"):
        world = world_of(policy, limits=[{"per": per, "measure": measure, "max": "1000"}])
        bought = world.buy("100.00")
        world.refund(bought, "30.00")
        after_part = used(world)
        world.refund(bought)
        found.append((after_part, used(world)))

    assert list(zip(*found, strict=True)) == [part, whole]


@pytest.mark.parametrize(
    ("policy", "per", "expected"),
    [
        ("proportional", "recipient", [0, 33, 33]),
        ("proportional", "campaign", [0, 33]),
        ("while_met", "recipient", [0, 33, 33]),
        ("full_only", "campaign", [0, 33]),
        ("never", "recipient", [33, 33]),
        ("never", "campaign", [33]),
    ],
)
def test_s21_once_for_whom_a_returned_purchase_leaves_room(policy, per, expected):
    """Once each, or once in all: the first buyer returns everything and buys again, then another buys."""
    limit = {"per": per, "measure": "times", "max": "1"}
    world = world_of(policy, cards=2, limits=[limit])
    world.refund(world.buy("100.00"))

    world.buy("100.00")
    world.buy("100.00", card=2)

    assert kept(world) == expected


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("proportional", [19, 27, 14]),
        ("while_met", [33, 27]),
        ("full_only", [33, 27]),
        ("never", [33, 27]),
    ],
)
def test_s21_an_amount_given_back_is_there_for_the_next(policy, expected):
    """60 in all; 33 and 27 granted, then 40.00 of the first go back; the third takes what that left."""
    world = world_of(policy, limits=[{"per": "campaign", "measure": "amount", "max": "60"}])
    first = world.buy("100.00")
    world.buy("100.00")
    world.refund(first, "40.00")

    world.buy("100.00")

    assert kept(world) == expected
    assert used(world) == 60


@pytest.mark.parametrize(
    ("policy", "after_half", "after_all"),
    [("proportional", 5, 0), ("while_met", 10, 0), ("full_only", 10, 0), ("never", 10, 10)],
)
def test_s17_s21_what_a_cut_left_is_what_the_policy_keeps(policy, after_half, after_all):
    """33 asked, 10 granted: halves are halves of 10, and the counter follows."""
    world = world_of(policy, limits=[{"per": "recipient", "measure": "amount", "max": "10"}])
    bought = world.buy("100.00")
    assert (kept(world), world.rewards[0].requested) == ([10], 33)

    world.refund(bought, "50.00")
    assert (kept(world), used(world)) == ([after_half], after_half)

    world.refund(bought)
    assert (kept(world), used(world)) == ([after_all], after_all)


@pytest.mark.parametrize("per", ["recipient", "campaign"])
@pytest.mark.parametrize(
    ("clawback", "left", "again", "lost"), [("debt", 0, 33, 0), ("within_balance", 30, 3, 30)]
)
def test_s21_what_is_forgiven_stays_counted(clawback, left, again, lost, per):
    """Who spends and sends back keeps what was forgiven (ADR 13): a limit must not be drained by it again and again."""
    world = world_of(
        "proportional", clawback=clawback, limits=[{"per": per, "measure": "amount", "max": "33"}]
    )
    bought = world.buy("100.00")
    world.send("loyalty.spend", {"currency": "points", "amount": "30"})
    world.refund(bought)
    assert used(world) == left

    world.buy("100.00")

    assert [reward.granted for reward in world.rewards] == [33, again]
    assert (used(world), forgiven(world)) == (33, [lost, 0])


def test_s18_each_action_of_a_purchase_goes_by_its_own_policy():
    """Four actions of one campaign, one limit of the times for all: it counts each grant by itself."""
    actions = [credit("33", on_refund=policy) | {"slot": policy} for policy in POLICIES]
    limit = {"per": "recipient", "measure": "times", "max": "4"}
    world = World(on_purchase(*actions, conditions=AT_LEAST_60, limits=[limit]))
    bought = world.buy("100.00")
    assert (kept(world), used(world)) == ([33, 33, 33, 33], 4)

    world.refund(bought, "30.00")
    assert (kept(world), used(world)) == ([23, 33, 33, 33], 4)

    world.refund(bought, "20.00")
    assert (kept(world), used(world)) == ([0, 0, 33, 33], 2)

    world.refund(bought)
    assert (kept(world), used(world)) == ([0, 0, 0, 33], 1)
    assert world.buckets() == (33, 0, 0, 0)


@pytest.mark.parametrize(
    ("policy", "expected"),
    [("proportional", [16, 16]), ("while_met", [33, 33]), ("full_only", [33, 33]), ("never", [33, 33])],
)
def test_s34_a_multiplier_follows_the_policy_of_what_it_multiplies(policy, expected):
    double = {"slot": "double", "kind": "loyalty.multiply", "currency": "points", "params": {"factor": "2"}}
    world = World(on_purchase(credit("33", on_refund=policy)), on_purchase(double, phase="multiplier"))
    bought = world.buy("100.00")

    world.refund(bought, "50.00")
    assert sum(kept(world)) == (33 if policy == "proportional" else 66)
    assert kept(world)[0] == expected[0]

    world.refund(bought)
    assert kept(world) == ([33, 0] if policy == "never" else [0, 0])
