"""Loops: campaigns that bring each other about, cards above themselves, chains without end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise
from typing import Any

import pytest
from django import forms

from loyalty import services
from loyalty.exceptions import LoyaltyError
from loyalty.models import Card
from loyalty.rules.kinds.base import EventKind
from loyalty.rules.registry import event_kinds
from loyalty.testing import process_inbox
from referrals.services import get_link, register_via_link
from tests.loyalty.rules.engine import World, credit, on_purchase

KINDS = [
    type(
        f"Step{number}",
        (EventKind,),
        {
            "kind": f"tests.step{number}",
            "label": "Step",
            "Payload": type("Payload", (forms.Form,), {}),
        },
    )
    for number in range(8)
]
ONE = credit({"kind": "loyalty.fixed", "value": "1"}) | {"slot": "one"}


@pytest.fixture(autouse=True)
def steps() -> Iterator[None]:
    """Eight kinds of events of a host that mean nothing."""
    with ExitStack() as stack:
        for kind in KINDS:
            stack.enter_context(event_kinds.register_temporarily(kind))
        yield


def emitting(trigger: str, event: str, *more: Any, slot: str = "emit", **changes: Any) -> dict[str, Any]:
    """A campaign that answers one event with another, and with what is given besides."""
    emit = {"slot": slot, "kind": "loyalty.emit_event", "params": {"event": event, "payload": {}}}
    return {"trigger": {"kind": trigger}, "actions": [emit, *more], **changes}


def happened(world: World) -> list[str]:
    return [item.event.kind for item in world.state.evaluations]


def test_loops_two_campaigns_that_trigger_each_other_run_once_each():
    world = World(
        emitting("tests.step0", "tests.step1", ONE),
        emitting("tests.step1", "tests.step0", ONE),
        on_purchase(credit("1")),
    )

    world.send("tests.step0", {})

    assert happened(world) == ["tests.step0", "tests.step1", "tests.step0"]
    assert world.balance() == 2
    codes = [looked["code"] for looked in world.state.evaluations[-1].trace["campaigns"]]
    assert codes == ["already_in_chain"]


def test_loops_a_campaign_that_triggers_itself_runs_once():
    world = World(emitting("tests.step0", "tests.step0", ONE))

    world.send("tests.step0", {})

    assert (happened(world), world.balance()) == (["tests.step0", "tests.step0"], 1)


def test_loops_end_at_the_fourth_event_of_a_chain():
    world = World(*(emitting(f"tests.step{n}", f"tests.step{n + 1}", ONE) for n in range(7)))

    world.send("tests.step0", {})

    assert happened(world) == [f"tests.step{n}" for n in range(5)]
    assert world.balance() == 5
    assert world.state.evaluations[-1].trace["dropped"] == [
        {"event": "tests.step5", "code": "cascade_too_deep"}
    ]


def test_loops_that_branch_stay_small():
    """Eight campaigns that each answer any step with every step: each once in a chain, four deep."""
    world = World(
        *(
            {
                "trigger": {"kind": f"tests.step{here}"},
                "actions": [
                    {
                        "slot": f"to{there}",
                        "kind": "loyalty.emit_event",
                        "params": {"event": f"tests.step{there}", "payload": {}},
                    }
                    for there in range(3)
                ],
            }
            for here in range(3)
        )
    )

    world.send("tests.step0", {})

    # 1, the 3 it brings about, of which 2 can bring about 3 each, of whose 6 only 1 of 3 is new to its chain ...
    assert len(happened(world)) == 1 + 3 + 6 + 6
    assert max(item.event.depth for item in world.state.evaluations) == 3


def test_loops_a_reward_on_a_reward_of_the_same_campaign_is_not_given():
    """10 % of what was granted, on an event that the granting brings about."""
    again = emitting(
        "tests.step0", "tests.step0", credit({"kind": "loyalty.fixed", "value": "100"}) | {"slot": "x"}
    )
    world = World(emitting("loyalty.purchase", "tests.step0", credit("10")), again)

    bought = world.buy("100.00")
    assert world.balance() == 110

    world.refund(bought)
    assert world.balance() == 0


# Cards


@pytest.fixture
def line(program: Any) -> list[Card]:
    """Four cards, each the parent of the next."""
    cards = [services.enrol_card(program=program, external_id=str(n)) for n in range(4)]
    for parent, child in pairwise(cards):
        services.set_parent(card=child, parent=parent)
    process_inbox()
    return cards


@pytest.mark.parametrize("call", ["set_parent", "move_card"])
def test_self_referral_no_card_is_its_own_parent(line, stored, call):
    before = stored()

    with pytest.raises(LoyaltyError) as refusal:
        getattr(services, call)(card=line[0], parent=line[0], reason="test")

    assert (refusal.value.code, stored()) == ("parent_is_self", before)


@pytest.mark.parametrize("below", [1, 2, 3])
@pytest.mark.parametrize("call", ["set_parent", "move_card"])
def test_cycles_no_card_stands_below_its_own_child(line, stored, call, below):
    before = stored()

    with pytest.raises(LoyaltyError) as refusal:
        getattr(services, call)(card=line[0], parent=line[below], reason="test")

    assert (refusal.value.code, stored()) == ("parent_cycle", before)
    assert Card.objects.get(pk=line[0].pk).parent_id is None


def test_cycles_not_by_a_friends_link_either(line, stored):
    codes = [get_link(card=card).code for card in line]
    before = stored()

    for code in codes[1:]:
        with pytest.raises(LoyaltyError) as refusal:
            register_via_link(card=line[0], code=code)
        assert refusal.value.code == "parent_cycle"

    assert stored() == before


def test_self_referral_by_ones_own_link(line, stored):
    code = get_link(card=line[0]).code
    before = stored()

    with pytest.raises(LoyaltyError) as refusal:
        register_via_link(card=line[0], code=code)

    assert (refusal.value.code, stored()) == ("own_referral_code", before)


def test_re_parenting_by_a_second_link_leaves_the_first(line, stored):
    """One referrer per friend, for ever."""
    stranger = services.enrol_card(program=line[0].program, external_id="stranger")
    code = get_link(card=stranger).code
    friend = services.enrol_card(program=line[0].program, external_id="friend")
    register_via_link(card=friend, code=get_link(card=line[0]).code)
    before = stored()

    with pytest.raises(LoyaltyError) as refusal:
        register_via_link(card=friend, code=code)

    assert (refusal.value.code, stored()) == ("already_referred", before)
    assert Card.objects.get(pk=friend.pk).parent_id == line[0].pk
