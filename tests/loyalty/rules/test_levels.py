"""Who receives: levels of ancestors, blocked cards, links by date, pots; decided in memory."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.loyalty.rules.engine import START, World, credit, on_purchase

DAY = timedelta(days=1)
LEVELS = {"kind": "loyalty.percent_by_level", "of": "total", "percents": ["10", "5", "2.5"]}


def levels(blocked: str = "keep_level", **more: Any) -> dict[str, Any]:
    return on_purchase(credit(LEVELS, {"role": "ancestors", "blocked": blocked}, **more))


def family(*definitions: dict[str, Any]) -> World:
    """Card 5 buys; 4, 3, 2 and 1 are above it."""
    return World(*definitions, cards=5, chain=True)


def balances(world: World) -> list[int]:
    return [world.balance(card) for card in (5, 4, 3, 2, 1)]


@pytest.mark.parametrize(
    ("blocked", "expected"),
    [
        ("keep_level", [0, 100, 0, 25, 0]),
        ("compress", [0, 100, 0, 50, 25]),
        ("stop", [0, 100, 0, 0, 0]),
    ],
)
@pytest.mark.parametrize("how", ["loyalty.card_blocked", "loyalty.card_closed"])
def test_s13_a_blocked_or_closed_ancestor(blocked, expected, how):
    world = family(levels(blocked))
    world.send(how, {}, card=3)
    world.buy("1000.00", card=5)
    assert balances(world) == expected


def test_s13_compress_skips_several_in_a_row():
    world = family(levels("compress"))
    for card in (4, 3):
        world.send("loyalty.card_blocked", {}, card=card)
    world.buy("1000.00", card=5)
    assert balances(world) == [0, 0, 0, 100, 50]


def test_s13_a_blocked_buyer_earns_nothing_its_ancestors_do():
    world = family(on_purchase(credit("5")), levels())
    world.send("loyalty.card_blocked", {}, card=5)
    world.buy("1000.00", card=5)
    assert balances(world) == [0, 100, 50, 25, 0]
    denied = world.state.evaluations[-1].trace["denied"]
    assert denied == [{"slot": "main", "card": 5, "code": "card_blocked"}]


def test_s13_blocked_is_judged_at_the_time_of_the_event():
    world = World(on_purchase(credit("5")))
    world.send("loyalty.card_blocked", {}, at=START + 2 * DAY)
    world.send("loyalty.card_unblocked", {}, at=START + 4 * DAY)
    for days in (1, 2, 3, 4):
        world.buy("100.00", at=START + days * DAY)
    assert [reward.occurred_at - START for reward in world.rewards] == [DAY, 4 * DAY]


def test_s13_a_link_not_yet_in_effect_ends_the_walk():
    world = family(levels())
    world.state.cards[4].parent_since = START + DAY
    world.buy("1000.00", card=5, at=START)
    assert balances(world) == [0, 100, 0, 0, 0]
    world.buy("1000.00", card=5, at=START + DAY)
    assert balances(world) == [0, 200, 50, 25, 0]


def test_s13_a_link_not_yet_in_effect_is_no_parent_to_ask_about():
    asked = {"kind": "loyalty.lifetime_purchases", "about": "parent_card", "params": {"maximum": 9}}
    world = World(on_purchase(credit("5"), conditions=[[asked]]), cards=2, chain=True)
    world.state.cards[2].parent_since = START + DAY
    world.buy("100.00", card=2, at=START)
    assert world.state.evaluations[-1].trace["campaigns"][0]["code"] == "no_parent_card"
    world.buy("100.00", card=2, at=START + DAY)
    assert world.balance(2) == 5


def test_s12_a_pot_in_the_order_of_levels():
    pot = {"percent": "12", "of": "total", "cut": "in_order"}
    world = family(levels(pot=pot))
    world.buy("1000.00", card=5)
    assert balances(world) == [0, 100, 20, 0, 0]
    assert [(reward.requested, reward.granted, reward.cut_reason) for reward in world.rewards] == [
        (100, 100, ""),
        (50, 20, "pot"),
    ]


def test_s13_a_blocked_card_asks_for_no_share_of_a_pot():
    pot = {"percent": "15", "of": "total", "cut": "proportional"}
    world = family(levels(pot=pot))
    world.send("loyalty.card_blocked", {}, card=2)
    world.buy("1000.00", card=5)
    assert balances(world) == [0, 100, 50, 0, 0]


def test_s12_a_pot_that_is_not_exceeded_cuts_nothing():
    pot = {"percent": "17.5", "of": "total", "cut": "proportional"}
    world = family(levels(pot=pot))
    world.buy("1000.00", card=5)
    assert balances(world) == [0, 100, 50, 25, 0]


@pytest.mark.parametrize(("of", "expected"), [("net_of_tax", 80), ("net_of_discounts", 90), ("total", 100)])
def test_s12_a_pot_is_of_a_base_of_the_purchase(of, expected):
    pot = {"percent": "10", "of": of, "cut": "proportional"}
    world = World(on_purchase(credit("100", pot=pot)))
    world.buy("1000.00", tax="200.00", discount="100.00")
    assert world.balance() == expected


def test_s38_pots_are_cut_before_limits():
    pot = {"percent": "15", "of": "total", "cut": "proportional"}
    limit = {"per": "campaign", "measure": "amount", "max": "120", "period": "day"}
    world = family({**levels(pot=pot), "limits": [limit]})
    world.buy("1000.00", card=5)
    assert [(reward.granted, reward.cut_reason) for reward in world.rewards] == [
        (85, "pot"),
        (35, "limit_amount_per_campaign_day"),
    ]


def test_s38_by_priority_then_key_then_position_then_level():
    base = {"kind": "loyalty.fixed", "value": "1"}
    second = {**credit(base), "slot": "second"}
    up = {**credit(base, {"role": "ancestors"}), "slot": "up"}
    world = World(
        on_purchase(credit(base), key="b"),
        on_purchase(up, second, key="a"),
        on_purchase(credit(base), key="z", priority=1),
        cards=3,
        chain=True,
    )
    world.buy("1.00", card=3)
    assert [(reward.campaign_key, reward.card_id) for reward in world.rewards] == [
        ("z", 3),
        ("a", 2),
        ("a", 1),
        ("a", 3),
        ("b", 3),
    ]
