"""Attributes of items, channels, and the first reward of a campaign; before and after refunds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from loyalty.rules import Outcome, Result
from loyalty.rules.params import clean_rule
from loyalty.rules.registry import conditions
from tests.loyalty.rules.asking import ask, bought, failed, happened, line, passed, program, refused
from tests.loyalty.rules.engine import START, World, credit, on_purchase

ACME = {"name": "brand", "value": "acme"}
LINES = [
    line(1000, quantity="2", brand="acme", size="7"),
    line(500, quantity="1", brand="other", size="7.0"),
    line(300, quantity="1"),
]


@pytest.mark.parametrize(
    ("params", "outcome"),
    [
        (ACME, passed(actual="2")),
        ({**ACME, "value": "none"}, failed("items_missing")),
        ({"name": "size", "value": "7"}, passed(actual="3")),
        ({"name": "size", "operator": "at_least", "value": "8"}, failed("items_missing")),
        ({"name": "brand", "operator": "missing"}, passed(actual="1")),
        ({"name": "brand", "operator": "one_of", "values": ["other", "acme"]}, passed(actual="3")),
        ({**ACME, "minimum_quantity": "2"}, passed(actual="2")),
        ({**ACME, "minimum_quantity": "2.5"}, failed("quantity_too_small", "2.5", "2")),
        ({**ACME, "minimum_amount": "10"}, passed("10.00", "10.00")),
        ({**ACME, "minimum_amount": "10.01"}, failed("amount_too_small", "10.01", "10.00")),
    ],
)
def test_item_attribute(params: dict[str, Any], outcome: Outcome) -> None:
    assert ask("loyalty.item_attribute", params, happened(bought(1800, lines=LINES))) == outcome


def test_without_a_purchase_there_is_nothing_to_ask() -> None:
    for kind, params in (("loyalty.item_attribute", ACME), ("loyalty.channel", {"channels": ["app"]})):
        assert ask(kind, params, happened()) == Outcome(Result.NOT_APPLICABLE, "no_purchase")


def test_s18_items_that_go_back_are_asked_about_again() -> None:
    asks = {"kind": "loyalty.item_attribute", "params": {**ACME, "minimum_amount": "10"}}
    world = World(on_purchase(credit({"kind": "loyalty.fixed", "value": "50"}), conditions=[[asks]]))
    lines = [
        {"amount": "12.00", "attributes": {"brand": "acme"}},
        {"amount": "8.00", "attributes": {"brand": "other"}},
    ]

    purchase = world.buy("20.00", lines=lines)
    world.refund(purchase, lines=[{"position": 1}])
    assert world.balance() == 50
    world.refund(purchase, lines=[{"position": 0, "amount": "2.01"}])
    assert world.balance() == 0


@pytest.mark.parametrize(
    ("channel", "outcome"),
    [
        ("app", passed(["app", "site"], "app")),
        ("till", failed("other_channel", ["app", "site"], "till")),
        ("", failed("other_channel", ["app", "site"], "")),
    ],
)
def test_channel(channel: str, outcome: Outcome) -> None:
    purchase = happened(bought(1000, channel=channel))

    assert ask("loyalty.channel", {"channels": ["app", "site"]}, purchase) == outcome


@pytest.mark.parametrize("negate", [False, True])
def test_s18_a_channel_is_not_asked_again(negate: bool) -> None:
    asks = {"kind": "loyalty.channel", "negate": negate, "params": {"channels": ["app"]}}
    world = World(on_purchase(credit("10"), conditions=[[asks]]))

    purchase = world.buy("100", channel="till" if negate else "app")
    world.refund(purchase, "50")

    assert world.balance() == 5
    rule = conditions.get("loyalty.channel")
    params = clean_rule(rule, asks["params"], program=program()).values
    assert rule.recheck(bought(1000), params) is None


FIRST = {"kind": "loyalty.first_reward"}


def test_first_reward_is_given_once_and_again_when_it_was_taken_back_whole() -> None:
    world = World(on_purchase(credit("10"), conditions=[[FIRST]]))

    first = world.buy("100")
    world.buy("100")
    assert world.balance() == 10
    world.refund(first, "50")
    world.buy("100")
    assert world.balance() == 5  # half of the first is left, so it still is one
    world.refund(first)
    world.buy("30")
    world.buy("30")
    assert world.balance() == 3


def test_first_reward_says_how_many_there_are() -> None:
    world = World(
        on_purchase(
            credit("10"), conditions=[[FIRST, {"kind": "loyalty.purchase_total", "params": {"minimum": "1"}}]]
        )
    )
    world.buy("100")
    world.buy("100", at=START + timedelta(days=1))

    (told,) = world.state.evaluations[-1].trace["campaigns"]
    assert told["groups"][0][0] == {
        "kind": "loyalty.first_reward",
        "result": "fail",
        "code": "rewarded_before",
        "expected": 0,
        "actual": 1,
    }


def test_first_reward_is_asked_of_the_role_and_of_its_own_campaign() -> None:
    of_parent = {**FIRST, "about": "parent_card"}
    pays = credit({"kind": "loyalty.fixed", "value": "7"}, "parent_card")
    world = World(on_purchase(credit("1")), on_purchase(pays, conditions=[[of_parent]]), cards=3, chain=True)
    world.state.cards[3].parent_id = 1

    world.buy("100", card=2)
    world.buy("100", card=3)

    assert (
        world.balance(1) == 7
    )  # once, whichever child brought it; what the other campaign gave is another's
    assert (world.balance(2), world.balance(3)) == (1, 1)


@pytest.mark.parametrize(
    ("kind", "params", "mistakes"),
    [
        ("loyalty.item_attribute", {"name": "brand"}, [("value", "value_missing")]),
        ("loyalty.item_attribute", {"value": "a"}, [("name", "required")]),
        ("loyalty.channel", {}, [("channels", "required")]),
    ],
)
def test_settings_that_make_no_sense_are_refused(
    kind: str, params: dict[str, Any], mistakes: list[tuple[str, str]]
) -> None:
    assert refused(kind, params) == mistakes
