"""Stacking groups: in pairs for every mode, with priority, limits, levels and multipliers; decided in memory."""

from __future__ import annotations

from typing import Any

import pytest

from loyalty.exceptions import CampaignInvalid
from tests.loyalty.rules.engine import World, credit, on_purchase

MODES = ("all", "first", "best", "exclusive")


def stacked(
    percent: str, mode: str = "first", *, group: str = "one", to: str = "card", **more: Any
) -> dict[str, Any]:
    return on_purchase(credit(percent, to), stacking={"group": group, "mode": mode}, **more)


def double(factor: str, mode: str = "all", *, group: str = "one", **more: Any) -> dict[str, Any]:
    action = {"slot": "times", "kind": "loyalty.multiply", "currency": "points", "params": {"factor": factor}}
    return on_purchase(action, phase="multiplier", stacking={"group": group, "mode": mode}, **more)


def given(world: World) -> list[tuple[str, int]]:
    return [(reward.campaign_key, reward.granted) for reward in world.rewards]


def left_out(world: World) -> list[tuple[str, str, str]]:
    trace = world.state.evaluations[-1].trace
    return [(one["campaign"], one["code"], one["by"]) for one in trace.get("left_out", ())]


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("all", [("campaign-0", 5), ("campaign-1", 10)]),
        ("first", [("campaign-0", 5)]),
        ("best", [("campaign-1", 10)]),
        ("exclusive", [("campaign-0", 5)]),
    ],
)
def test_two_of_one_group(mode, expected):
    world = World(stacked("5", mode), stacked("10", mode))
    world.buy("100.00")
    assert given(world) == expected


@pytest.mark.parametrize("one", MODES)
@pytest.mark.parametrize("other", MODES)
def test_two_of_different_groups_apply_both_unless_one_is_exclusive(one, other):
    world = World(stacked("5", one), stacked("10", other, group="two"))
    world.buy("100.00")
    alone = {"exclusive": "campaign-0"}.get(one) or {"exclusive": "campaign-1"}.get(other)
    keys = [key for key, _granted in given(world)]
    assert keys == ([alone] if alone else ["campaign-0", "campaign-1"])


@pytest.mark.parametrize("mode", MODES)
def test_beside_a_campaign_without_a_group(mode):
    world = World(on_purchase(credit("3")), stacked("10", mode))
    world.buy("100.00")
    both = [("campaign-0", 3), ("campaign-1", 10)]
    assert given(world) == (both[1:] if mode == "exclusive" else both)


def test_first_goes_by_priority():
    world = World(stacked("5"), stacked("10", priority=1))
    world.buy("100.00")
    assert given(world) == [("campaign-1", 10)]
    assert left_out(world) == [("campaign-0", "stacked_out", "campaign-1")]


@pytest.mark.parametrize("mode", ["first", "best", "exclusive"])
def test_a_used_up_limit_lets_the_next_one_apply(mode):
    limits = [{"measure": "times", "max": "1"}]
    world = World(stacked("10", mode, limits=limits), stacked("5", mode))
    world.buy("100.00")
    world.buy("100.00")
    assert given(world) == [("campaign-0", 10), ("campaign-1", 5)]


def test_trying_out_uses_up_no_limit():
    limits = [{"measure": "amount", "max": "15"}]
    world = World(stacked("10", "best", limits=limits), stacked("9", "best", limits=limits))
    for _number in range(3):
        world.buy("100.00")
    # 10; then 5 are left of the first, so the second is better; then 5 against 6.
    assert given(world) == [("campaign-0", 10), ("campaign-1", 9), ("campaign-1", 6)]
    assert [reward.cut_reason for reward in world.rewards][-1] == "limit_amount_per_recipient_lifetime"


def test_best_is_best_for_the_member_not_for_others():
    world = World(stacked("50", "best", to="parent_card"), stacked("5", "best"), cards=2, chain=True)
    world.buy("100.00", card=2)
    assert given(world) == [("campaign-1", 5)]


def test_between_equals_for_the_member_what_all_get_decides_then_the_order():
    both = on_purchase(
        credit("5"), {**credit("1", "parent_card"), "slot": "up"}, stacking={"group": "one", "mode": "best"}
    )
    world = World(stacked("5", "best"), both, stacked("5", "best"), cards=2, chain=True)
    world.buy("100.00", card=2)
    assert given(world) == [("campaign-1", 5), ("campaign-1", 1)]


def test_what_fails_its_conditions_leaves_nobody_out():
    small = [[{"kind": "loyalty.purchase_total", "params": {"maximum": "50.00"}}]]
    world = World(stacked("10", conditions=small), stacked("5"))
    world.buy("100.00")
    assert given(world) == [("campaign-1", 5)]
    assert left_out(world) == []


def test_the_groups_first_campaign_sets_the_mode():
    world = World(stacked("5", "first"), stacked("10", "best"))
    world.buy("100.00")
    assert given(world) == [("campaign-0", 5)]


@pytest.mark.parametrize(("mode", "expected"), [("all", 60), ("first", 20), ("best", 30)])
def test_multipliers_of_a_group_choose_among_themselves(mode, expected):
    world = World(stacked("10", "all"), double("2", mode), double("3", mode))
    world.buy("100.00")
    assert world.balance() == expected


def test_s34_a_multiplier_acts_within_its_group():
    world = World(on_purchase(credit("7")), stacked("10", "all"), double("2"))
    world.buy("100.00")
    assert given(world) == [("campaign-0", 7), ("campaign-1", 10), ("campaign-2", 10)]


def test_what_an_exclusive_one_leaves_out_is_multiplied_neither():
    world = World(stacked("10", "exclusive", group="two"), stacked("5", "all"), double("2"))
    world.buy("100.00")
    assert given(world) == [("campaign-0", 10)]
    assert left_out(world) == [
        ("campaign-1", "excluded", "campaign-0"),
        ("campaign-2", "excluded", "campaign-0"),
    ]


@pytest.mark.parametrize("mode", ["first", "best", "exclusive"])
def test_s16_what_was_left_out_is_not_decided_anew_by_a_refund(mode):
    large = [[{"kind": "loyalty.purchase_total", "params": {"minimum": "80.00"}}]]
    world = World(stacked("10", mode, conditions=large), stacked("5", mode))
    bought = world.buy("100.00")
    world.refund(bought, "40.00")
    assert world.balance() == 0
    world.refund(bought)
    assert world.balance() == 0


@pytest.mark.parametrize("policy", ["proportional", "while_met", "full_only", "never"])
def test_policies_hold_for_whoever_won(policy):
    world = World(
        on_purchase(credit("10", on_refund=policy), stacking={"group": "one", "mode": "best"}),
        stacked("5", "best"),
    )
    bought = world.buy("100.00")
    world.refund(bought, "50.00")
    assert world.balance() == {"proportional": 5, "while_met": 10, "full_only": 10, "never": 10}[policy]
    world.refund(bought)
    assert world.balance() == (10 if policy == "never" else 0)


@pytest.mark.parametrize(
    ("definition", "code"),
    [
        (double("2", "exclusive"), "exclusive_multiplier"),
        (stacked("5", "sometimes"), "invalid_choice"),
        (on_purchase(credit("5"), stacking={"mode": "first"}), "required"),
        (
            on_purchase(
                credit({"kind": "loyalty.percent_less_earned", "percent": "10"}, "parent_card"),
                stacking={"group": "one", "mode": "first"},
            ),
            "last_in_group",
        ),
    ],
    ids=["exclusive-multiplier", "unknown-mode", "no-group", "worked-out-last"],
)
def test_what_cannot_be_stacked_is_refused(definition, code):
    with pytest.raises(CampaignInvalid) as refusal:
        World(definition)
    assert [one["code"] for one in refusal.value.details] == [code]
