"""Multipliers (S34): on unrounded base effects, several of them, and what refunds leave; decided in memory."""

from __future__ import annotations

from fractions import Fraction
from math import floor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.loyalty.rules.engine import World, credit, on_purchase


def multiply(factor: str, to: Any = "card", **more: Any) -> dict[str, Any]:
    action = {"slot": "times", "kind": "loyalty.multiply", "recipient": to, "currency": "points"}
    return on_purchase({**action, "params": {"factor": factor}, **more}, phase="multiplier")


def granted(world: World) -> list[int]:
    return [reward.granted for reward in world.rewards]


def kept(world: World) -> list[int]:
    return [reward.kept for reward in world.rewards]


def test_s34_acts_on_the_unrounded_base():
    world = World(on_purchase(credit("5")), multiply("2"))
    world.buy("110.00")
    assert granted(world) == [5, 6]


def test_s34_several_multiply():
    world = World(on_purchase(credit("5")), multiply("2"), multiply("1.5"))
    world.buy("110.00")
    assert granted(world) == [5, 6, 5]
    assert sum(granted(world)) == floor(Fraction("5.5") * 3)


def test_s34_acts_on_all_base_effects_of_the_recipient_together():
    world = World(on_purchase(credit("0.5")), on_purchase(credit("0.5")), multiply("3"))
    world.buy("100.00")
    assert granted(world) == [2]


def test_s34_each_recipient_by_itself():
    world = World(
        on_purchase(credit("10"), {**credit("5", "parent_card"), "slot": "up"}),
        multiply("2", "parent_card"),
        cards=2,
        chain=True,
    )
    world.buy("100.00", card=2)
    assert [(reward.card_id, reward.granted) for reward in world.rewards] == [(2, 10), (1, 5), (1, 5)]


def test_s34_with_nothing_to_multiply_nothing_is_given():
    world = World(multiply("2"))
    world.buy("100.00")
    assert world.rewards == []
    assert world.state.evaluations[0].trace["denied"][0]["code"] == "nothing_to_multiply"


def test_a_factor_below_one_takes_nothing_away():
    world = World(on_purchase(credit("10")), multiply("0.5"))
    world.buy("100.00")
    assert granted(world) == [10]


def test_a_pot_cuts_the_base_reward_not_what_is_multiplied():
    pot = {"percent": "4", "of": "total", "cut": "proportional"}
    world = World(on_purchase(credit("10", pot=pot)), multiply("2"))
    world.buy("100.00")
    assert granted(world) == [4, 10]


@given(
    total=st.integers(1, 50_000),
    percent=st.integers(1, 300),
    factors=st.lists(st.sampled_from(["1.5", "2", "3.3333"]), min_size=1, max_size=3),
    refunds=st.lists(st.integers(1, 20_000), max_size=4),
)
def test_s34_a_refund_leaves_the_remaining_share_of_base_and_product_together(
    total, percent, factors, refunds
):
    world = World(on_purchase(credit(str(percent))), *(multiply(factor) for factor in factors))
    bought, left = world.buy(f"{total // 100}.{total % 100:02d}"), total
    product = Fraction(1)
    for factor in factors:
        product *= Fraction(factor)
    for part in [*refunds, 50_000]:
        part = min(part, left)
        if part:
            world.refund(bought, f"{part // 100}.{part % 100:02d}")
            left -= part
        both = floor(Fraction(left * percent, 10_000) * product)
        # No reward grows by a refund: where rounding would move a unit from the base to a multiplier, it goes.
        assert both - len(factors) <= world.balance() <= both
    assert world.balance() == 0


def test_s34_left_of_both_together():
    world = World(on_purchase(credit("5")), multiply("2"), multiply("1.5"))
    bought = world.buy("110.00")
    for part, left in (("10.00", [5, 5, 5]), ("50.00", [2, 3, 2]), ("49.99", [0, 0, 0]), ("0.01", [0, 0, 0])):
        world.refund(bought, part)
        assert kept(world) == left


def test_s34_a_base_whose_condition_fails_leaves_nothing_to_multiply():
    condition = {"kind": "loyalty.purchase_total", "params": {"minimum": "60.00"}}
    world = World(
        on_purchase(credit("10"), conditions=[[condition]]), on_purchase(credit("10")), multiply("2")
    )
    bought = world.buy("100.00")
    assert granted(world) == [10, 10, 20]
    world.refund(bought, "50.00")
    assert kept(world) == [0, 5, 5]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [("while_met", [50, 50]), ("full_only", [50, 50]), ("proportional", [25, 25]), ("never", [50, 50])],
)
def test_s34_a_part_is_multiplied_by_its_own_policy(policy, expected):
    world = World(
        on_purchase(credit({"kind": "loyalty.fixed", "value": "50"}, on_refund=policy)), multiply("2")
    )
    bought = world.buy("100.00")
    world.refund(bought, "50.00")
    assert kept(world) == expected


def test_s34_a_multiplier_cut_by_its_limit_keeps_its_cut_in_proportion():
    limit = {"measure": "amount", "max": "6"}
    world = World(on_purchase(credit("10")), {**multiply("2"), "limits": [limit]})
    bought = world.buy("100.00")
    assert granted(world) == [10, 6]
    world.refund(bought, "50.00")
    assert kept(world) == [5, 3]


def test_a_multiplier_whose_own_condition_fails_goes_alone():
    condition = {"kind": "loyalty.purchase_total", "params": {"minimum": "60.00"}}
    world = World(on_purchase(credit("10")), {**multiply("2"), "conditions": [[condition]]})
    bought = world.buy("100.00")
    world.refund(bought, "50.00")
    assert kept(world) == [5, 0]
