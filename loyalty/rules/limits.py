"""Limits: counted per scope and calendar period, cut or skipped at the edge, given back on reversal (S12, S21)."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from loyalty.periods import period_start
from loyalty.rules.compiled import CompiledCampaign, CompiledLimit
from loyalty.rules.propose import Proposal
from loyalty.rules.state import CounterState, RewardState, State


def counter_key(
    *, program_slug: str, campaign_key: str, limit: CompiledLimit, card_id: int, period: str
) -> str:
    """What is counted together: never the maximum or the revision, so that editing a limit goes on counting."""
    scope = f"card:{card_id}" if limit.per == "recipient" else "all"
    return f"{program_slug}|{campaign_key}|{limit.measure}|{limit.period}|{scope}|{period}"


def find_counter(
    state: State, *, campaign: CompiledCampaign, limit: CompiledLimit, card_id: int, at: datetime
) -> CounterState:
    """The counter of a limit for a recipient at a moment, made on first use."""
    period = period_start(at, limit.period, state.program.zone)
    key = counter_key(
        program_slug=state.program.slug,
        campaign_key=campaign.key,
        limit=limit,
        card_id=card_id,
        period=period,
    )
    found = state.counters.get(key)
    if found is None:
        owner = card_id if limit.per == "recipient" else None
        found = state.counters[key] = CounterState(key, campaign.pk, owner, period)
    return found


def apply_limits(state: State, proposal: Proposal, at: datetime) -> None:
    """Cut a proposal to what its campaign's limits leave, and count what is granted."""
    counted: dict[str, tuple[CompiledLimit, CounterState]] = {}  # two limits of one scope share their counter
    for limit in proposal.campaign.limits:
        if limit.measure == "amount" and proposal.action.currency is None:
            continue  # what has no amount uses none up
        counter = find_counter(
            state, campaign=proposal.campaign, limit=limit, card_id=proposal.card_id, at=at
        )
        counted[counter.key] = (limit, counter)
        room = max(0, limit.maximum - counter.used)
        if limit.measure == "times":
            allowed = proposal.granted if room else 0
        else:
            allowed = min(proposal.granted, room)
            if allowed < proposal.granted and limit.at_edge == "skip":
                allowed = 0
        if allowed < proposal.granted:
            proposal.granted, proposal.cut_reason = (
                allowed,
                f"limit_{limit.measure}_per_{limit.per}_{limit.period}",
            )
    if not proposal.granted:
        return
    for limit, counter in counted.values():
        counter.used += 1 if limit.measure == "times" else proposal.granted
        counter.dirty = True
    if counted:
        proposal.terms["limits"] = [[counter.key, limit.measure] for limit, counter in counted.values()]


def give_back(state: State, reward: RewardState, amount: int) -> None:
    """S21: "times" comes back when the reward is wholly reversed, "amount" always, to the period of the grant."""
    for key, measure in reward.terms.get("limits", ()):
        used = 1 if measure == "times" else amount
        if measure == "times" and reward.kept:
            continue
        counter = state.counters[key]
        counter.used -= used
        counter.dirty = True


def periods_of(campaign: CompiledCampaign, at: datetime, zone: ZoneInfo) -> set[str]:
    """The labels of the periods that the campaign's limits count at a moment."""
    return {period_start(at, limit.period, zone) for limit in campaign.limits}
