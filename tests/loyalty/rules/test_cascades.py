"""Events that campaigns bring about (S15): chain, depth, and what is taken back with them; decided in memory."""

from __future__ import annotations

from typing import Any

import pytest

from tests.loyalty.rules.definitions import EMIT
from tests.loyalty.rules.engine import World, credit, on_purchase

pytestmark = pytest.mark.usefixtures("host_rules")

LESSON = {"trigger": {"kind": "tests.lesson"}}
TEN = {"kind": "loyalty.fixed", "value": "10"}


def on_lesson(*actions: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {**LESSON, "actions": list(actions), **more}


def emit(to: Any = "card", slot: str = "emit", score: int = 9, **more: Any) -> dict[str, Any]:
    params = {"event": "tests.lesson", "payload": {"score": score}}
    return {**EMIT, "slot": slot, "recipient": to, "params": params, **more}


def codes(world: World) -> list[list[str]]:
    """What became of each campaign in each evaluation."""
    return [[one["code"] for one in item.trace["campaigns"]] for item in world.state.evaluations]


def test_s15_a_granted_reward_is_a_trigger():
    world = World(on_purchase(emit()), on_lesson(credit(TEN)))
    bought = world.buy("100.00")
    made = world.state.evaluations[1].event
    assert (made.kind, made.card_id, made.cause, made.cascaded, made.payload["score"]) == (
        "tests.lesson",
        1,
        bought,
        True,
        9,
    )
    assert (made.occurred_at, made.purchase) == (bought.occurred_at, bought.purchase)
    assert world.balance() == 10


def test_s15_to_ancestors_each_its_own_event():
    world = World(on_purchase(emit({"role": "ancestors"})), on_lesson(credit(TEN)), cards=3, chain=True)
    world.buy("100.00", card=3)
    assert [world.balance(card) for card in (3, 2, 1)] == [0, 10, 10]
    keys = [item.event.key for item in world.state.evaluations[1:]]
    assert len(set(keys)) == 2


def test_s15_no_campaign_twice_in_a_chain_others_go_on():
    climbs = on_lesson(emit("parent_card"))
    world = World(climbs, on_lesson(credit(TEN)), cards=4, chain=True)
    world.send("tests.lesson", {"score": 1}, card=4)
    assert [world.balance(card) for card in (4, 3, 2, 1)] == [10, 10, 0, 0]
    assert codes(world) == [["ok", "ok"], ["already_in_chain", "ok"]]


def test_s15_two_campaigns_that_call_each_other_end():
    world = World(on_lesson(emit()), on_lesson(emit(slot="again")))
    world.send("tests.lesson", {"score": 1})
    assert (
        codes(world)
        == [["ok", "ok"], ["already_in_chain", "ok"], ["ok", "already_in_chain"]]
        + [["already_in_chain", "already_in_chain"]] * 2
    )


def test_s15_depth_is_at_most_four():
    def step(number: int) -> dict[str, Any]:
        asked = {
            "kind": "loyalty.payload_field",
            "params": {"field": "score", "operator": "is", "value": str(number)},
        }
        return on_lesson(emit(score=number + 1), conditions=[[asked]])

    world = World(*(step(number) for number in range(6)))
    world.send("tests.lesson", {"score": 0})
    assert [item.event.depth for item in world.state.evaluations] == [0, 1, 2, 3, 4]
    assert world.state.evaluations[-1].trace["dropped"] == [
        {"event": "tests.lesson", "code": "cascade_too_deep"}
    ]


def test_cascaded_events_come_after_the_event_that_caused_them():
    world = World(on_purchase(emit()), on_purchase(credit("5")), on_lesson(credit(TEN)))
    world.buy("100.00")
    assert [(reward.event.kind, reward.granted) for reward in world.rewards] == [
        ("loyalty.purchase", 1),
        ("loyalty.purchase", 5),
        ("tests.lesson", 10),
    ]


def test_s16_what_a_purchase_brought_about_is_taken_back_with_it():
    world = World(on_purchase(emit()), on_lesson(credit(TEN)))
    bought = world.buy("100.00")
    world.refund(bought, "50.00")
    assert world.balance() == 10
    world.refund(bought)
    assert [reward.kept for reward in world.rewards] == [0, 0]


def test_s18_an_event_that_would_not_have_come_about_takes_all_with_it():
    condition = {"kind": "loyalty.purchase_total", "params": {"minimum": "60.00"}}
    again = {"kind": "loyalty.payload_field", "params": {"field": "score", "operator": "is", "value": "9"}}
    world = World(
        on_purchase(emit(), conditions=[[condition]]),
        on_lesson(credit(TEN), emit(score=5), conditions=[[again]]),
        on_lesson(credit(TEN)),
        on_lesson(credit(TEN, on_refund="never"), key="kept"),
    )
    bought = world.buy("100.00")
    assert world.balance() == 50
    world.refund(bought, "50.00")
    assert {reward.campaign_key for reward in world.rewards if reward.kept} == {"kept"}


def test_a_long_key_of_an_event_still_makes_one_that_fits():
    world = World(on_purchase(emit()), on_lesson(credit(TEN)))
    for end in "ab":
        world.buy("1.00", key="x" * 190 + end)
    made = [item.event.key for item in world.state.evaluations if item.event.cascaded]
    assert len(set(made)) == 2
    assert all(len(key) <= 200 for key in made)
