"""Partial-return rounding farm: however a return is split, it leaves no more than one return of the same would."""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.loyalty.rules.engine import World, credit, on_purchase

LEVELS = {"kind": "loyalty.percent_by_level", "of": "total", "percents": ["10", "5", "2.5"]}
DOUBLE = {"slot": "double", "kind": "loyalty.multiply", "currency": "points", "params": {"factor": "1.7"}}
ONE_PER_TEN = {"kind": "loyalty.per_every", "amount": "1", "step": "10.00"}
PADDED = {"kind": "loyalty.per_every", "amount": "100", "step": "50.00"}
UP = {"kind": "loyalty.percent", "of": "total", "percent": "3.3", "rounding": "up", "maximum": "90"}
POT = {"percent": "12.5", "of": "total"}
LIMIT = {"per": "recipient", "measure": "amount", "max": "17"}

CAMPAIGNS: dict[str, list[Any]] = {
    "percent": [on_purchase(credit("3.7"))],
    "rounded up": [on_purchase(credit(UP))],
    "per every": [on_purchase(credit(ONE_PER_TEN))],
    "a hundred per every": [on_purchase(credit(PADDED))],
    "levels": [on_purchase(credit(LEVELS, {"role": "ancestors"}))],
    "pot in proportion": [
        on_purchase(credit(LEVELS, {"role": "ancestors"}, pot=POT | {"cut": "proportional"}))
    ],
    "pot in order": [on_purchase(credit(LEVELS, {"role": "ancestors"}, pot=POT | {"cut": "in_order"}))],
    "multiplied": [on_purchase(credit("3.7")), on_purchase(DOUBLE, phase="multiplier")],
    "per every, multiplied": [on_purchase(credit(ONE_PER_TEN)), on_purchase(DOUBLE, phase="multiplier")],
    "cut by a limit": [on_purchase(credit("3.7"), limits=[LIMIT])],
    "multiplied and cut": [
        on_purchase(credit("3.7"), limits=[LIMIT]),
        on_purchase(DOUBLE, phase="multiplier", limits=[LIMIT]),
    ],
    "fixed with a condition": [
        on_purchase(
            credit({"kind": "loyalty.fixed", "value": "50"}),
            conditions=[[{"kind": "loyalty.purchase_total", "params": {"minimum": "20.00"}}]],
        )
    ],
}
each_campaign = pytest.mark.parametrize("campaigns", CAMPAIGNS.values(), ids=list(CAMPAIGNS))
# Each property is drawn for every campaign: a few examples of each every day, many in a soak.
budget = settings(max_examples=int(os.environ.get("LOYALTY_SOAK") or 20))
cents = st.integers(1, 30_000) | st.integers(1, 300).map(lambda number: number * 100)


def money(amount: int) -> str:
    return f"{amount // 100}.{amount % 100:02d}"


def balances(world: World) -> list[int]:
    return [world.balance(card) for card in range(1, 5)]


def returned(campaigns: list[Any], total: int, parts: list[int]) -> list[int]:
    """All balances once these parts went back; the buyer is the last of four cards in a line."""
    world = World(*campaigns, cards=4, chain=True)
    bought = world.buy(money(total), card=4)
    for part in parts:
        world.refund(bought, money(part))
    return balances(world)


@st.composite
def splits(draw: st.DrawFn) -> tuple[int, list[int]]:
    """A purchase and the parts in which some of it goes back."""
    total = draw(cents)
    points = draw(st.lists(st.integers(1, total), max_size=6, unique=True).map(sorted))
    return total, [after - before for before, after in zip([0, *points], points, strict=False)]


@each_campaign
@budget
@given(split=splits())
def test_partial_return_rounding_farm_any_split_is_one_return(campaigns: list[Any], split: Any) -> None:
    """S34 splits a product so that a part of it may grow while the whole falls: what is gone does not come back."""
    total, parts = split

    many = returned(campaigns, total, parts)

    one = returned(campaigns, total, [sum(parts)] if parts else [])
    has_multiplier = any(campaign.get("phase") == "multiplier" for campaign in campaigns)
    if has_multiplier:
        assert all(theirs - 1 <= mine <= theirs for mine, theirs in zip(many, one, strict=True))
    else:
        assert many == one


@each_campaign
@pytest.mark.parametrize("total", [1_00, 19_99, pytest.param(100_00, marks=pytest.mark.soak)])
def test_partial_return_rounding_farm_one_cent_at_a_time(campaigns: list[Any], total: int) -> None:
    """Cent by cent to the end: never up on the way, and nothing in the end."""
    world = World(*campaigns, cards=4, chain=True)
    bought = world.buy(money(total), card=4)
    before = balances(world)
    for _cent in range(total):
        world.refund(bought, "0.01")
        after = balances(world)
        assert all(new <= old for new, old in zip(after, before, strict=True))
        before = after
    assert before == [0, 0, 0, 0]


@pytest.mark.parametrize(
    "name", ["percent", "per every", "a hundred per every", "multiplied", "per every, multiplied", "levels"]
)
@budget
@given(total=cents, share=st.floats(0, 1))
def test_partial_return_rounding_farm_of_a_padded_purchase(name: str, total: int, share: float) -> None:
    """Bought with more than is wanted and sent back to it: no more than by buying what is wanted."""
    wanted = max(1, int(total * share))

    padded = returned(CAMPAIGNS[name], total, [total - wanted] if wanted < total else [])

    honest = returned(CAMPAIGNS[name], wanted, [])
    assert all(mine <= theirs for mine, theirs in zip(padded, honest, strict=True))


@each_campaign
@budget
@given(split=splits(), spent=st.integers(1, 500))
def test_refund_after_spending_leaves_what_a_refund_before_it_would(
    campaigns: list[Any], split: Any, spent: int
) -> None:
    """The points spent meanwhile are owed: balances less debts are as if they had been spent after."""
    total, parts = split
    world = World(*campaigns, cards=4, chain=True)
    bought = world.buy(money(total), card=4)
    paid = min(spent, world.buckets(4)[0])
    if paid:
        world.send("loyalty.spend", {"currency": "points", "amount": str(paid)}, card=4)
    for part in parts:
        world.refund(bought, money(part))

    left = returned(campaigns, total, parts)

    assert balances(world) == [*left[:3], left[3] - paid]
