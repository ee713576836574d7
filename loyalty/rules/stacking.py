"""Stacking groups: which campaigns of a group apply to one event (ADR 0009).

A campaign "gives something" when limits leave it something. Of a group all apply; or the first by order that gives
something; or the one that is best for the member. An exclusive one that gives something has nothing beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from loyalty.rules.compiled import ALL, BEST, EXCLUSIVE, CompiledCampaign
from loyalty.rules.events import EventState
from loyalty.rules.granting import would_grant
from loyalty.rules.propose import Denied, Fired, Proposal, propose_base, propose_multipliers
from loyalty.rules.state import State

LeftOut = list[dict[str, Any]]


def propose(
    state: State, event: EventState, fired: Sequence[Fired], denied: Denied
) -> tuple[list[Proposal], list[Fired], LeftOut]:
    """What the fired campaigns ask once their groups have chosen; the campaigns that stay, and who was left out for whom."""
    base = propose_base(state, event, fired, denied)
    left_out: LeftOut = []
    kept = [campaign for campaign, _verdict in fired]
    if any(campaign.stacking != ALL for campaign in kept):
        kept = _choose(state, event, kept, base, left_out)
        fired = [item for item in fired if item[0] in kept]
        base = [proposal for proposal in base if proposal.campaign in kept]
        kept = _choose_multipliers(state, event, fired, base, left_out)
        fired = [item for item in fired if item[0] in kept]
    return [*base, *propose_multipliers(state, event, fired, base, denied)], list(fired), left_out


def _choose(
    state: State,
    event: EventState,
    campaigns: Sequence[CompiledCampaign],
    proposals: Sequence[Proposal],
    left_out: LeftOut,
) -> list[CompiledCampaign]:
    """Of the base campaigns those that their groups let apply; multipliers choose among themselves later."""
    base = [campaign for campaign in campaigns if campaign.phase == "base"]
    alone = next(
        (one for one in base if one.stacking == EXCLUSIVE and _gives(state, event, one, proposals)), None
    )
    if alone is not None:
        _note(left_out, (one for one in campaigns if one is not alone), alone, "excluded")
        return [alone]
    dropped: set[str] = set()
    for mode, members in _groups(base):
        best = _best(state, event, mode, members, proposals)
        if best is not None:
            dropped |= {one.key for one in members if one is not best}
            _note(left_out, (one for one in members if one is not best), best, "stacked_out")
    return [one for one in campaigns if one.key not in dropped]


def _choose_multipliers(
    state: State, event: EventState, fired: Sequence[Fired], base: Sequence[Proposal], left_out: LeftOut
) -> list[CompiledCampaign]:
    campaigns = [campaign for campaign, _verdict in fired]
    dropped: set[str] = set()
    for mode, members in _groups([one for one in campaigns if one.phase == "multiplier"]):
        # Each as if it were alone: what it would add to what the base campaigns give.
        each = [
            proposal
            for item in fired
            if item[0] in members
            for proposal in propose_multipliers(state, event, [item], base, [])
        ]
        best = _best(state, event, mode, members, each)
        if best is not None:
            dropped |= {one.key for one in members if one is not best}
            _note(left_out, (one for one in members if one is not best), best, "stacked_out")
    return [one for one in campaigns if one.key not in dropped]


def _groups(campaigns: Sequence[CompiledCampaign]) -> list[tuple[str, list[CompiledCampaign]]]:
    """The groups that choose, each with its mode (its first campaign's) and its campaigns in order."""
    groups: dict[str, list[CompiledCampaign]] = {}
    for campaign in campaigns:
        if campaign.group:
            groups.setdefault(campaign.group, []).append(campaign)
    return [(members[0].stacking, members) for members in groups.values() if members[0].stacking != ALL]


def _best(
    state: State,
    event: EventState,
    mode: str,
    members: Sequence[CompiledCampaign],
    proposals: Sequence[Proposal],
) -> CompiledCampaign | None:
    """The member of a group that applies; None where none gives anything, so that nothing is left out."""
    giving = [one for one in members if _gives(state, event, one, proposals)]
    if mode != BEST or not giving:
        return giving[0] if giving else None
    # max() takes the first of equals: the order of S38.
    return max(giving, key=lambda one: _worth(state, event, one, proposals))


def _gives(
    state: State, event: EventState, campaign: CompiledCampaign, proposals: Sequence[Proposal]
) -> bool:
    return any(would_grant(state, event, [one for one in proposals if one.campaign is campaign]))


def _worth(
    state: State, event: EventState, campaign: CompiledCampaign, proposals: Sequence[Proposal]
) -> tuple[Fraction, Fraction]:
    """What the member gets in whole units, and what all get: the second decides between equals."""
    own = [one for one in proposals if one.campaign is campaign]
    member = everybody = Fraction(0)
    for proposal, granted in zip(own, would_grant(state, event, own), strict=True):
        if proposal.currency is None:
            continue
        units = Fraction(granted, 10 ** state.program.currencies[proposal.currency].decimals)
        everybody += units
        if proposal.card_id == event.card_id:
            member += units
    return member, everybody


def _note(
    left_out: LeftOut, campaigns: Iterable[CompiledCampaign], winner: CompiledCampaign, code: str
) -> None:
    left_out += [{"campaign": one.key, "code": code, "by": winner.key} for one in campaigns]
