"""Limits by pair and by identifier, budgets in money, and what is told at 80 % and 100 %; decided in memory."""

from __future__ import annotations

from typing import Any

import pytest

from loyalty.exceptions import CampaignInvalid
from tests.loyalty.rules.engine import World, credit, on_purchase


def limited(
    measure: str, most: str, *, to: Any = "card", percent: str = "100", **limit: Any
) -> dict[str, Any]:
    return on_purchase(credit(percent, to), limits=[{"measure": measure, "max": most, **limit}])


def granted(world: World) -> list[int]:
    return [reward.granted for reward in world.rewards]


def told(world: World) -> list[tuple[int, str, str]]:
    return [
        (one.payload["percent"], one.payload["used"], one.payload["maximum"])
        for one in world.state.messages
        if one.topic == "limit_reached"
    ]


def test_a_pair_has_a_limit_of_its_own():
    world = World(limited("times", "1", per="pair", to="parent_card"), cards=3)
    for child in (2, 3):
        card = world.state.cards[child]
        card.parent_id, card.parent_since = 1, card.enrolled_at
    for child in (2, 2, 3, 3):
        world.buy("10.00", card=child)
    assert [(reward.event.card_id, reward.card_id) for reward in world.rewards] == [(2, 1), (3, 1)]


def test_of_a_pair_what_is_given_back_comes_back_to_that_pair():
    world = World(limited("amount", "15", per="pair", to="parent_card"), cards=2, chain=True)
    first = world.buy("10.00", card=2)
    world.buy("10.00", card=2)
    assert granted(world) == [10, 5]
    world.refund(first)
    world.buy("20.00", card=2)
    assert granted(world) == [10, 5, 10]


def test_an_identifier_is_shared_by_all_who_have_it():
    world = World(limited("times", "2", per="household"), cards=4)
    for card in (1, 2, 3):
        world.describe(card, household="elm street 1")
    for card in (1, 2, 3, 4, 4, 4):
        world.buy("10.00", card=card)
    # Three live together and share two; the fourth has no household and a limit of its own.
    assert [reward.card_id for reward in world.rewards] == [1, 2, 4, 4]


def test_an_identifier_counts_by_its_value_at_the_time_of_the_event():
    world = World(limited("times", "1", per="household"), cards=2)
    world.describe(1, household="elm street 1")
    world.describe(2, household="elm street 1")
    world.buy("10.00", card=1)
    world.describe(2, household="oak street 9")
    world.buy("10.00", card=2)
    assert [reward.card_id for reward in world.rewards] == [1, 2]


def test_an_identifiers_value_stands_in_no_key():
    world = World(limited("times", "1", per="household"))
    world.describe(1, household="elm street 1")
    world.buy("10.00")
    (key,) = world.state.counters
    assert "elm" not in key
    assert key.startswith("test|campaign-0|times|lifetime|id:household:")


def test_p26_the_reward_that_crosses_the_budget_is_cut_to_what_is_left():
    budget = limited("amount", "100", per="campaign", percent="10")
    world = World(budget, cards=2)
    world.buy("700.00", card=1)
    world.buy("700.00", card=2)
    world.buy("700.00", card=1)
    assert granted(world) == [70, 30]
    assert world.rewards[1].cut_reason == "limit_amount_per_campaign_lifetime"


@pytest.mark.parametrize(
    ("worth", "expected", "cost"),
    # 10.00 of money: 1 point is 0.25, 3.33 or 0.0001; a fraction of a cent counts as a whole one.
    [("0.25", [30, 10], 1000), ("3.33", [3], 999), ("0.0001", [30, 30], 2)],
)
def test_a_budget_in_money(worth, expected, cost):
    world = World(limited("cost", "10.00", per="campaign"), cards=2, worth=worth)
    world.buy("30.00", card=1)
    world.buy("30.00", card=2)
    assert granted(world) == expected
    (counter,) = world.state.counters.values()
    assert counter.used == cost


def test_s21_money_comes_back_to_the_budget_exactly():
    world = World(limited("cost", "10.00", per="campaign"), worth="0.3333")
    bought = world.buy("7.00")
    (counter,) = world.state.counters.values()
    assert counter.used == 234  # 2.3331
    world.refund(bought, "3.00")
    assert counter.used == 134  # 4 points: 1.3332
    world.refund(bought)
    assert counter.used == 0


def test_a_budget_that_skips_rather_than_cuts():
    world = World(limited("cost", "10.00", per="campaign", at_edge="skip"), worth="0.50")
    for total in ("15.00", "10.00", "5.00"):
        world.buy(total)
    assert granted(world) == [15, 5]


@pytest.mark.parametrize(
    ("totals", "expected"),
    [
        (["79.00"], []),
        (["80.00"], [(80, "80", "100")]),
        (["100.00"], [(80, "100", "100"), (100, "100", "100")]),
        (["79.00", "20.00", "1.00"], [(80, "99", "100"), (100, "100", "100")]),
    ],
)
def test_80_and_100_percent_of_a_campaigns_limit_are_told(totals, expected):
    world = World(limited("amount", "100", per="campaign"))
    for total in totals:
        world.buy(total)
    assert told(world) == expected


def test_in_money_and_in_times_it_is_told_in_their_units():
    world = World(limited("cost", "10.00", per="campaign"), worth="1")
    world.buy("8.00")
    assert told(world) == [(80, "8.00", "10.00")]
    world = World(limited("times", "1", per="campaign"))
    world.buy("8.00")
    assert told(world) == [(80, "1", "1"), (100, "1", "1")]


def test_limits_of_single_cards_are_not_told():
    world = World(limited("times", "1", per="recipient"))
    world.buy("8.00")
    assert told(world) == []


def test_the_same_step_has_the_same_key_so_that_it_is_told_once():
    world = World(limited("amount", "10", per="campaign"))
    for _number in range(2):
        bought = world.buy("8.00")
        world.refund(bought)
    keys = [one.key for one in world.state.messages if one.topic == "limit_reached"]
    assert len(keys) == 2
    assert len(set(keys)) == 1
    assert all(key is not None and len(key) <= 200 for key in keys)


def test_a_cost_needs_what_the_currency_is_worth():
    with pytest.raises(CampaignInvalid) as refusal:
        World(limited("cost", "10.00", per="campaign"))
    assert [(one["path"], one["code"]) for one in refusal.value.details] == [
        ("limits[0].measure", "currency_without_worth")
    ]
