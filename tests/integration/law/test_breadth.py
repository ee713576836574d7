"""That the scenes reach everything there is: each registered rule, either answer of each condition, each kind of entry.

The seeds are fixed: what is missing here is missing every time.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any, get_args

import pytest

from loyalty.ledger.book import EntryKind
from loyalty.rules import registry
from loyalty.rules.base import Result
from loyalty.rules.compiled import POLICIES
from tests.integration.law.campaigns import triggers
from tests.integration.law.dice import entry_for
from tests.integration.law.events import EVENTS
from tests.integration.law.histories import scene_of
from tests.integration.law.memory import Memory, play
from tests.integration.law.rules import ACTIONS, AMOUNTS, CONDITIONS

SEEDS = range(400)
TABLES = {"conditions": CONDITIONS, "amounts": AMOUNTS, "actions": ACTIONS, "event_kinds": EVENTS}


@pytest.mark.parametrize("name", TABLES)
def test_every_registered_rule_is_drawn(name):
    """Whoever registers a rule adds it to the table, and then to whatever the tests below still miss."""
    for rule in getattr(registry, name):
        entry_for(TABLES[name], rule.kind)


@pytest.mark.parametrize("kind", sorted(CONDITIONS))
def test_each_condition_is_seen_to_hold_and_to_fail(kind, monkeypatch):
    rule = registry.conditions.get(kind)
    seen: set[Result] = set()
    real = type(rule).check

    def check(self: Any, *args: Any) -> Any:
        outcome = real(self, *args)
        seen.add(outcome.result)
        return outcome

    monkeypatch.setattr(type(rule), "check", check)
    for seed in SEEDS:
        play(scene_of(seed, kind=kind))
        if {Result.PASS, Result.FAIL} <= seen:
            break
    assert {Result.PASS, Result.FAIL} <= seen
    assert Result.ERROR not in seen


@cache
def played() -> tuple[Memory, ...]:
    """The same scenes for all that is counted below."""
    return tuple(play(scene_of(seed)) for seed in SEEDS)


def test_each_kind_of_event_is_applied():
    applied = {
        item.event.kind for one in played() for item in one.state.evaluations if item.outcome == "applied"
    }
    assert {kind.kind for kind in registry.event_kinds} == applied


def test_each_action_and_amount_and_policy_gives_something():
    given = Counter[str]()
    for memory in played():
        for reward in memory.state.new_rewards:
            action = memory.campaigns.by_revision[reward.revision_pk].by_slot[reward.slot]
            given.update([action.action.kind, reward.policy, action.recipient.role])
            if action.amount is not None:
                given.update([action.amount.amount.kind])
    wanted = {rule.kind for rule in (*registry.actions, *registry.amounts)}
    assert wanted | {*POLICIES, "card", "parent_card", "ancestors"} <= set(given)


def test_each_kind_of_entry_is_posted():
    posted = {
        entry.kind
        for memory in played()
        for wallet in memory.state.wallets.values()
        for entry in wallet.entries
    }
    assert set(get_args(EntryKind)) == posted


def test_rewards_are_cut_reversed_in_part_and_wholly_forgiven_and_held_as_milestones():
    rewards = [reward for memory in played() for reward in memory.state.new_rewards]
    assert {"pot"} < {reward.cut_reason for reward in rewards}
    assert any(0 < reward.reversed < reward.granted for reward in rewards)
    assert any(reward.forgiven for reward in rewards)
    assert any(reward.threshold is not None and reward.reversed for reward in rewards)
    assert any(reward.event.cascaded for reward in rewards)
    assert any(wallet.debt for memory in played() for wallet in memory.state.wallets.values())


def traced(name: str) -> Iterator[dict[str, Any]]:
    """What the traces of all scenes tell under a name."""
    for memory in played():
        for item in memory.state.evaluations:
            yield from item.trace.get(name, ())


def test_each_trigger_that_a_campaign_can_name_makes_one_be_looked_at_and_give():
    looked_at = {
        item.event.kind
        for memory in played()
        for item in memory.state.evaluations
        if item.trace.get("campaigns")
    }
    gave = {reward.event.kind for memory in played() for reward in memory.state.new_rewards}
    assert set(triggers()) <= looked_at
    assert set(triggers()) <= gave


def test_groups_choose_and_an_exclusive_campaign_leaves_out_all_others():
    left_out = list(traced("left_out"))
    assert {one["code"] for one in left_out} == {"stacked_out", "excluded"}
    assert all(one["campaign"] != one["by"] for one in left_out)


def test_limits_of_each_scope_and_measure_cut_and_what_was_kept_is_not_given_again():
    cuts = Counter(one["cut"] for one in traced("rewards") if "cut" in one)
    limits = [re.fullmatch(r"limit_([a-z]+)_per_([a-z]+)_([a-z_]+)", cut) for cut in cuts]
    found = [match.groups() for match in limits if match]
    assert {measure for measure, _per, _period in found} == {"times", "amount", "cost"}
    assert {per for _measure, per, _period in found} == {"recipient", "campaign", "pair", "region"}
    assert {"pot", "milestone_held", "kept_before"} <= set(cuts)


def test_rewards_for_rewards_follow_what_is_kept_of_their_source():
    dependent = [
        reward for memory in played() for reward in memory.state.new_rewards if reward.source is not None
    ]
    assert any(0 < reward.reversed < reward.granted for reward in dependent)
    assert any(0 < reward.source.kept < reward.source.granted for reward in dependent if reward.kept)
    assert any(reward.granted and not reward.kept for reward in dependent)


def test_events_arrive_late_are_parked_and_are_refused_in_many_ways():
    outcomes = Counter(item.outcome for memory in played() for item in memory.state.evaluations)
    assert {
        "card_blocked",
        "card_closed",
        "currency_not_spendable",
        "debt_outstanding",
        "event_conflict",
        "hold_expired",
        "insufficient_points",
        "parent_cycle",
        "purchase_already_refunded",
        "purchase_not_found",
        "refund_line_unknown",
        "refund_too_large",
        "spend_not_found",
        "spend_state_invalid",
    } <= set(outcomes)
    assert any(memory.state.parked for memory in played())


def test_s29_cards_are_merged_and_parted_with_what_is_on_them():
    merges = [merge for memory in played() for merge in memory.state.changed_merges]
    assert any(merge.undone is not None for merge in merges)
    assert any(merge.moves for merge in merges)
    families = [
        list(reward.lot.family())
        for memory in played()
        for reward in memory.state.new_rewards
        if reward.lot is not None and reward.lot.successors
    ]
    assert any(len(lots) > 2 for lots in families)
    assert any(lot.expired_reversed for lots in families for lot in lots[1:])
    outcomes = {item.outcome for memory in played() for item in memory.state.evaluations}
    assert {"card_merged", "card_not_merged", "merge_is_self", "open_holds"} <= outcomes
