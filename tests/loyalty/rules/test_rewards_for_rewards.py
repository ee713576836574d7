"""The trigger "reward granted" with the base "granted amount" (S15), and what is left of it; decided in memory."""

from __future__ import annotations

from typing import Any

import pytest

from loyalty.exceptions import CampaignInvalid
from tests.loyalty.rules.engine import World, credit, on_purchase


def on_reward(
    percent: str, to: Any = "parent_card", trigger: dict[str, Any] | None = None, **more: Any
) -> Any:
    amount = {"kind": "loyalty.percent", "of": "granted", "percent": percent}
    return {
        "trigger": {"kind": "loyalty.reward_granted", "params": trigger or {}},
        "actions": [credit(amount, to, **more)],
    }


def kept(world: World) -> list[tuple[int, int]]:
    return [(reward.card_id, reward.kept) for reward in world.rewards]


def test_s15_ten_percent_of_what_my_friend_earned():
    world = World(on_purchase(credit("5")), on_reward("10"), cards=2, chain=True)
    world.buy("1000.00", card=2)
    assert kept(world) == [(2, 50), (1, 5)]
    source, given = world.rewards
    assert given.source is source
    assert (given.base, given.event.kind, given.event.payload["amount"]) == (
        50,
        "loyalty.reward_granted",
        "50",
    )


def test_s15_levels_of_what_the_friend_earned_and_no_campaign_twice_in_a_chain():
    amount = {"kind": "loyalty.percent_by_level", "of": "granted", "percents": ["10", "5"]}
    levels = {
        "trigger": {"kind": "loyalty.reward_granted"},
        "actions": [credit(amount, {"role": "ancestors"})],
    }
    world = World(on_purchase(credit("10")), levels, cards=3, chain=True)
    world.buy("1000.00", card=3)
    # The rewards of the levels are rewards too, and would be paid on for ever.
    assert kept(world) == [(3, 100), (2, 10), (1, 5)]


@pytest.mark.parametrize(
    ("amount", "expected"),
    [("500.00", [(2, 25), (1, 2)]), ("20.01", [(2, 48), (1, 4)]), (None, [(2, 0), (1, 0)])],
)
def test_s17_what_is_left_follows_what_the_friend_keeps(amount, expected):
    world = World(on_purchase(credit("5")), on_reward("10"), cards=2, chain=True)
    bought = world.buy("1000.00", card=2)
    world.refund(bought, amount)
    assert kept(world) == expected


def test_s18_with_a_condition_that_the_refund_breaks_both_go():
    large = [[{"kind": "loyalty.purchase_total", "params": {"minimum": "800.00"}}]]
    world = World(on_purchase(credit("5"), conditions=large), on_reward("10"), cards=2, chain=True)
    bought = world.buy("1000.00", card=2)
    world.refund(bought, "300.00")
    assert kept(world) == [(2, 0), (1, 0)]


@pytest.mark.parametrize(
    ("policy", "after_half", "after_all"),
    [("proportional", 2, 0), ("while_met", 5, 0), ("full_only", 5, 0), ("never", 5, 5)],
)
def test_policies_of_what_was_given_for_a_reward(policy, after_half, after_all):
    world = World(on_purchase(credit("5")), on_reward("10", on_refund=policy), cards=2, chain=True)
    bought = world.buy("1000.00", card=2)
    world.refund(bought, "500.00")
    assert world.balance(1) == after_half
    world.refund(bought)
    assert world.balance(1) == after_all


def test_only_rewards_in_the_named_currencies_and_of_the_named_campaigns():
    definitions = [
        on_purchase(credit("5")),
        on_purchase(credit("1")),
        on_reward("100", trigger={"campaigns": ["campaign-1"]}),
        on_reward("100", trigger={"currencies": ["other"]}),
    ]
    world = World(*definitions, cards=2, chain=True)
    world.buy("1000.00", card=2)
    assert kept(world) == [(2, 50), (2, 10), (1, 10)]


def test_a_cut_reward_counts_as_far_as_it_was_granted():
    limits = [{"measure": "amount", "max": "30"}]
    world = World(on_purchase(credit("5"), limits=limits), on_reward("10"), cards=2, chain=True)
    world.buy("1000.00", card=2)
    assert kept(world) == [(2, 30), (1, 3)]


def test_depth_ends_at_four():
    definitions = [on_purchase(credit("100")), *(on_reward("100", "card") for _number in range(6))]
    world = World(*definitions)
    world.buy("1.00")
    assert max(reward.event.depth for reward in world.rewards) == 4
    dropped = [item.trace["dropped"] for item in world.state.evaluations if "dropped" in item.trace]
    assert {one["code"] for codes in dropped for one in codes} == {"cascade_too_deep"}


def test_without_such_a_campaign_no_event_is_made():
    world = World(on_purchase(credit("5")))
    world.buy("1000.00")
    assert world.state.new_events == []


def test_the_granted_amount_needs_that_trigger():
    with pytest.raises(CampaignInvalid) as refusal:
        World(on_purchase(credit({"kind": "loyalty.percent", "of": "granted", "percent": "5"})))
    assert [one["code"] for one in refusal.value.details] == ["needs_reward"]
