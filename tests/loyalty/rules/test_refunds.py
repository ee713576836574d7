"""What a refund leaves, policy by policy; decided in memory."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.loyalty.rules.engine import START, World, credit, on_purchase

DAY = timedelta(days=1)
FIXED = {"kind": "loyalty.fixed", "value": "50"}
LEVELS = {"kind": "loyalty.percent_by_level", "of": "total", "percents": ["10", "5"]}
TEA = {"sku": "tea", "amount": "60.00"}
CUP = {"sku": "cup", "amount": "40.00"}


def asking(kind: str, negate: bool = False, **params: Any) -> dict[str, Any]:
    return {"kind": f"loyalty.{kind}", "params": params, "negate": negate}


def kept(world: World) -> list[int]:
    return [reward.kept for reward in world.rewards]


# S16: the purchase's own rewards, on every card and level, and the state that later decisions read


def test_s16_all_rewards_of_the_purchase_on_every_card_and_level():
    world = World(
        on_purchase(credit("100"), {**credit(LEVELS, {"role": "ancestors"}), "slot": "up"}),
        cards=3,
        chain=True,
    )
    bought = world.buy("100.00", card=3)
    assert [world.balance(card) for card in (3, 2, 1)] == [100, 10, 5]
    world.refund(bought, "50.00")
    assert [world.balance(card) for card in (3, 2, 1)] == [50, 5, 2]
    world.refund(bought)
    assert [world.balance(card) for card in (3, 2, 1)] == [0, 0, 0]


def test_s16_counters_and_first_are_as_if_never_bought():
    world = World(on_purchase(credit("10"), conditions=[[asking("purchase_number")]]))
    bought = world.buy("100.00")
    world.refund(bought)
    card = world.state.cards[1]
    assert (card.purchases_count, card.spent_total) == (0, 0)
    world.buy("200.00")
    assert kept(world) == [0, 20]


def test_s16_rewards_of_other_purchases_are_never_decided_again():
    world = World(on_purchase(credit("10"), conditions=[[asking("purchase_number")]]))
    first = world.buy("100.00")
    world.buy("200.00")
    world.refund(first)
    assert kept(world) == [0]


def test_s9_after_a_refund_to_below_the_minimum_the_next_is_the_first():
    first = asking("purchase_number", minimum_total="50.00")
    world = World(on_purchase(credit("10"), conditions=[[first]]))
    bought = world.buy("100.00")
    world.refund(bought, "60.00")
    world.buy("70.00")
    assert kept(world) == [0, 7]


# S17: proportional


@pytest.mark.parametrize(
    "parts", [["33.33", "33.33", "33.34"], ["0.01", "99.99"], ["50.00", "49.99", "0.01"]]
)
def test_s17_any_split_of_a_refund_ends_at_nothing(parts):
    world = World(on_purchase(credit("7")))
    bought, left = world.buy("100.00"), 10000
    for part in parts:
        world.refund(bought, part)
        left -= int(part.replace(".", ""))
        assert world.balance() == 7 * left // 10000


def test_s17_what_a_cut_left_is_what_is_kept_in_proportion():
    limit = {"measure": "amount", "max": "7"}
    world = World(on_purchase(credit("10"), limits=[limit]))
    bought = world.buy("100.00")
    world.refund(bought, "50.00")
    assert kept(world) == [3]


def test_s17_lines_named_by_a_refund():
    tea = {"kind": "loyalty.percent", "of": "lines", "skus": ["tea"], "percent": "50"}
    world = World(on_purchase(credit("10"), {**credit(tea), "slot": "tea"}))
    bought = world.buy("100.00", lines=[TEA, CUP])
    assert kept(world) == [10, 30]
    world.refund(bought, lines=[{"position": 1}])
    assert kept(world) == [6, 30]
    world.refund(bought, lines=[{"position": 0, "amount": "20.00"}])
    assert kept(world) == [4, 20]
    world.refund(bought)
    assert kept(world) == [0, 0]


def test_s17_an_amount_alone_is_spread_over_what_is_left_of_the_lines():
    world = World()
    bought = world.buy("100.01", lines=[TEA, CUP])
    purchase = world.state.purchases["shop/e1"]
    assert [line.amount for line in purchase.lines] == [6000, 4000, 1]
    world.refund(bought, lines=[{"position": 0, "amount": "30.00"}])
    world.refund(bought, "7.00")
    assert [line.remaining for line in purchase.lines] == [2700, 3600, 1]
    world.refund(bought, "63.00")
    assert [line.remaining for line in purchase.lines] == [0, 1, 0]
    world.refund(bought)
    assert [line.remaining for line in purchase.lines] == [0, 0, 0]


def test_a_refused_refund_changes_nothing():
    world = World(on_purchase(credit("10")))
    bought = world.buy("100.00", lines=[TEA, CUP])
    for more in (
        {"amount": "100.01"},
        {"lines": [{"position": 0, "amount": "60.01"}]},
        {"lines": [{"position": 0}, {"position": 2}]},
    ):
        world.refund(bought, **more)
    assert [item.outcome for item in world.state.evaluations[1:]] == [
        "refund_too_large",
        "refund_too_large",
        "refund_line_unknown",
    ]
    purchase = world.state.purchases["shop/e1"]
    assert (purchase.remaining, [line.remaining for line in purchase.lines]) == (10000, [6000, 4000])
    assert world.balance() == 10


# S18: policies


@pytest.mark.parametrize(
    ("policy", "after_half", "after_all"),
    [("while_met", 50, 0), ("proportional", 25, 0), ("full_only", 50, 0), ("never", 50, 50), (None, 50, 0)],
)
def test_s18_a_fixed_amount_by_policy(policy, after_half, after_all):
    world = World(on_purchase(credit(FIXED, on_refund=policy)))
    bought = world.buy("100.00")
    world.refund(bought, "50.00")
    assert kept(world) == [after_half]
    world.refund(bought)
    assert kept(world) == [after_all]


@pytest.mark.parametrize(
    ("policy", "expected"), [("while_met", 0), ("proportional", 0), ("full_only", 50), ("never", 50)]
)
def test_s18_when_a_condition_about_the_purchase_fails_the_whole_reward_goes(policy, expected):
    condition = asking("purchase_total", minimum="60.00")
    world = World(on_purchase(credit(FIXED, on_refund=policy), conditions=[[condition]]))
    bought = world.buy("100.00")
    world.refund(bought, "50.00")
    assert kept(world) == [expected]


def test_s18_a_condition_about_anything_else_is_not_asked_again():
    condition = asking("lifetime_spend", minimum="100.00")
    world = World(on_purchase(credit(FIXED), conditions=[[condition]]))
    bought = world.buy("100.00")
    world.refund(bought, "50.00")
    assert kept(world) == [50]


def test_s18_with_several_groups_any_that_still_holds_keeps_it():
    groups = [[asking("purchase_total", minimum="80.00")], [asking("items", skus=["tea"])]]
    world = World(on_purchase(credit(FIXED), conditions=groups))
    bought = world.buy("100.00", lines=[TEA, CUP])
    world.refund(bought, lines=[{"position": 1}])
    assert kept(world) == [50]
    world.refund(bought, lines=[{"position": 0}])
    assert kept(world) == [0]


def test_s18_a_group_that_failed_by_what_is_not_asked_again_cannot_keep_it():
    groups = [[asking("purchase_number")], [asking("purchase_total", minimum="80.00")]]
    world = World(on_purchase(credit(FIXED), conditions=groups))
    world.buy("10.00")
    second = world.buy("100.00")
    world.refund(second, "50.00")
    assert kept(world) == [50, 0]


def test_s18_a_group_about_a_parent_that_is_not_there_cannot_keep_it():
    of_parent = {**asking("purchase_total", minimum="1.00"), "about": "parent_card"}
    groups = [[of_parent], [asking("purchase_total", minimum="80.00")]]
    world = World(on_purchase(credit(FIXED), conditions=groups))
    bought = world.buy("100.00")
    world.refund(bought, "50.00")
    assert kept(world) == [0]


def test_s18_a_group_that_failed_by_the_purchase_may_come_to_hold():
    groups = [
        [asking("purchase_total", minimum="80.00")],
        [asking("purchase_total", maximum="60.00"), asking("source", sources=["shop"])],
    ]
    world = World(on_purchase(credit(FIXED), conditions=groups))
    bought = world.buy("100.00")
    world.refund(bought, "30.00")
    assert kept(world) == [0]
    other = world.buy("100.00")
    world.refund(other, "50.00")
    assert kept(world) == [0, 50]


def test_s18_not_is_asked_again_as_it_stands():
    condition = asking("purchase_total", negate=True, maximum="60.00")
    world = World(on_purchase(credit(FIXED), conditions=[[condition]]))
    bought = world.buy("100.00")
    world.refund(bought, "39.99")
    assert kept(world) == [50]
    world.refund(bought, "0.01")
    assert kept(world) == [0]


# S35


def test_s35_not_swaps_pass_and_fail_only():
    no_parent = {**asking("lifetime_spend", negate=True, minimum="1.00"), "about": "parent_card"}
    world = World(
        on_purchase(credit(FIXED), conditions=[[asking("source", negate=True, sources=["till"])]]),
        on_purchase(credit(FIXED), conditions=[[asking("source", negate=True, sources=["shop"])]]),
        on_purchase(credit(FIXED), conditions=[[no_parent]]),
    )
    world.buy("100.00")
    assert [reward.campaign_key for reward in world.rewards] == ["campaign-0"]
    codes = [looked["code"] for looked in world.state.evaluations[0].trace["campaigns"]]
    assert codes == ["ok", "negated", "no_parent_card"]


def test_s35_any_error_stops_that_campaign_alone(monkeypatch, caplog):
    from loyalty.rules.conditions.source import Source

    monkeypatch.setattr(Source, "check", lambda *_args: 1 / 0)
    groups = [[asking("purchase_total", minimum="1.00")], [asking("source", sources=["shop"])]]
    world = World(on_purchase(credit(FIXED), conditions=groups), on_purchase(credit("10")))
    world.buy("100.00")
    assert [reward.granted for reward in world.rewards] == [10]
    assert world.state.evaluations[0].trace["campaigns"][0]["code"] == "condition_raised"
    assert "loyalty.source" in caplog.text


# S19 in passing: what is reversed is clawed back from the wallet, and forgiven where the currency says so


def test_s19_within_balance_forgives_and_the_reward_knows():
    world = World(on_purchase(credit("100")), clawback="within_balance")
    bought = world.buy("100.00")
    world.send("loyalty.spend", {"currency": "points", "amount": "80"})
    world.refund(bought)
    (reward,) = world.rewards
    assert (reward.reversed, reward.forgiven, world.buckets()) == (100, 80, (0, 0, 0, 0))


def test_a_refund_before_its_purchase_waits_and_is_applied_in_order_of_time():
    world = World(on_purchase(credit("10")))
    late = world.send("loyalty.refund", {"purchase": "p"}, at=START + 2 * DAY)
    early = world.send("loyalty.refund", {"purchase": "p", "amount": "40.00"}, at=START + DAY)
    assert (late.status, early.status, world.state.evaluations) == ("parked", "parked", [])
    bought = world.buy("100.00", key="p")
    assert [item.event for item in world.state.evaluations] == [bought, early, late]
    assert kept(world) == [0]


def test_a_refund_of_another_cards_purchase_is_refused():
    world = World(on_purchase(credit("10")), cards=2)
    bought = world.buy("100.00")
    world.send("loyalty.refund", {"purchase": bought.key}, card=2)
    assert world.state.evaluations[-1].outcome == "purchase_not_found"
    assert kept(world) == [10]
