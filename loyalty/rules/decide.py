"""Decide: one event against the loaded state and the published campaigns. Pure: no I/O, no clock of its own."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any

from loyalty.exceptions import LoyaltyError
from loyalty.money import to_decimal_string
from loyalty.rules.base import Fact
from loyalty.rules.compiled import REWARD_GRANTED, CampaignBook
from loyalty.rules.effects import EmitEvent, emitted_key
from loyalty.rules.evaluate import Views, evaluate
from loyalty.rules.events import EventState, FollowUp
from loyalty.rules.granting import grant, would_grant
from loyalty.rules.kinds.base import Parked
from loyalty.rules.propose import Denied, Fired, Proposal, propose_last
from loyalty.rules.registry import event_kinds
from loyalty.rules.reversal import milestone_counts, reverse_milestones, reverse_purchase
from loyalty.rules.stacking import LeftOut, propose
from loyalty.rules.state import EvaluationState, RewardState, State

logger = logging.getLogger("loyalty.rules")


def decide(
    state: State,
    event: EventState,
    campaigns: CampaignBook,
    *,
    facts: Sequence[Fact],
    raise_refusal: bool = False,
) -> None:
    """Process one event and everything that cascades from it, and then what had waited for its purchase.

    Evolves `state` and appends an evaluation for each event. A refusal is kept as the outcome of its event, or raised
    when `raise_refusal` is set (a direct call). A parked event gets no evaluation.
    """
    waiting = deque([event])
    while waiting:
        current = waiting.popleft()
        cascade = deque([current])
        while cascade:
            one = cascade.popleft()
            cascade.extend(_process(state, one, campaigns, facts, raise_refusal))
        made = current.purchase
        if made is not None and made.event is current and made.key in state.parked:
            waiting.extend(
                sorted(state.parked.pop(made.key), key=lambda late: (late.occurred_at, late.pk or 0))
            )


def suppose(state: State, event: EventState, campaigns: CampaignBook) -> None:
    """Ask the campaigns about an event as if what brings it about had happened: nothing advances, nothing follows."""
    _emitted, trace = _run_campaigns(state, event, campaigns)
    _finish(state, event, "applied", trace)


def _process(
    state: State, event: EventState, campaigns: CampaignBook, facts: Sequence[Fact], raise_refusal: bool
) -> Iterable[EventState]:
    kind = event_kinds.get(event.kind)
    try:
        kind.apply(state, event)
    except Parked:
        event.status = "parked"
        state.parked.setdefault(event.purchase_key, []).append(event)
        return []
    except LoyaltyError as refusal:
        if raise_refusal:
            raise
        _finish(state, event, refusal.code, {"refusal": refusal.code, "details": refusal.details})
        return []
    counts = milestone_counts(state, event, campaigns) if event.before is not None else []
    follow_ups = [follow_up for fact in facts for follow_up in fact.advance(state.facts, event)]
    if event.before is not None:
        reverse_purchase(state, event, campaigns)
        reverse_milestones(state, event, counts, campaigns)
    trace: dict[str, Any] = {}
    if kind.triggers or kind.decides_as:
        emitted, trace = _run_campaigns(state, event, campaigns)
        follow_ups += emitted
        if event.purchase is not None and event.purchase.remaining < event.purchase.total:
            # Told late, of a purchase of which part went back meanwhile: that part earns nothing.
            reverse_purchase(state, event, campaigns)
    _finish(state, event, "applied", trace)
    return _cascade(state, event, follow_ups, trace)


def _finish(state: State, event: EventState, outcome: str, trace: dict[str, Any]) -> None:
    event.status = "processed"
    state.evaluations.append(EvaluationState(event, outcome, trace))


def _run_campaigns(
    state: State, event: EventState, campaigns: CampaignBook
) -> tuple[list[FollowUp], dict[str, Any]]:
    """Evaluate, propose, choose, cut, grant; answer with the events that follow and with the trace."""
    kind = event_kinds.get(event.kind)
    looked_at: list[dict[str, Any]] = []
    trace: dict[str, Any] = {"campaigns": looked_at}
    in_effect = campaigns.in_effect(trigger=kind.decides_as or event.kind, at=event.at)
    if not in_effect:
        return [], trace
    views = Views(state, event)
    fired: list[Fired] = []
    for campaign in in_effect:
        if not kind.concerns(event, campaign.key, campaign.trigger_params):
            continue
        if campaign.key in event.chain:
            looked_at.append({"campaign": campaign.key, "code": "already_in_chain"})
            continue
        verdict = evaluate(campaign, views, event)
        looked_at.append(verdict.trace)
        if verdict.fires:
            fired.append((campaign, verdict))
    if not fired:
        return [], trace
    denied: Denied = []
    _trace_shadows(state, event, [item for item in fired if item[0].shadow], trace)
    proposals, staying, left_out = _propose_safely(
        state, event, [item for item in fired if not item[0].shadow], denied, looked_at
    )
    emitted: list[FollowUp] = []
    for proposal in proposals:
        emitted += _give(state, event, proposal, campaigns)
    for item in staying:
        for proposal in _propose_last_safely(state, event, item, proposals, denied, looked_at):
            emitted += _give(state, event, proposal, campaigns)
            proposals.append(proposal)
    for name, told in (
        ("rewards", [_traced(proposal) for proposal in proposals]),
        ("left_out", left_out),
        ("denied", denied),
    ):
        if told:
            trace[name] = told
    return emitted, trace


def _give(state: State, event: EventState, proposal: Proposal, campaigns: CampaignBook) -> Iterable[FollowUp]:
    """Grant one proposal, and tell of what follows: the event that it emits, or that a reward was granted (S15)."""
    reward = grant(state, event, proposal)
    if reward is None:
        return
    if isinstance(proposal.effect, EmitEvent):
        yield _emit(event, proposal, proposal.effect)
    elif campaigns.follows_rewards and campaigns.in_effect(trigger=REWARD_GRANTED, at=event.at):
        yield _tell_reward(state, event, reward)


def _trace_shadows(state: State, event: EventState, fired: list[Fired], trace: dict[str, Any]) -> None:
    """What campaigns in shadow mode would have given, each by itself; nothing is granted."""
    told = []
    for campaign, verdict in fired:
        try:
            asked, _staying, _left = propose(state, event, [(campaign, verdict)], [])
        except Exception:
            logger.exception("Campaign %s raised on event %s", campaign.key, event.identity)
            continue
        for proposal, granted in zip(asked, would_grant(state, event, asked), strict=True):
            proposal.granted = granted
            told.append(_traced(proposal))
    if told:
        trace["shadow"] = told


def _propose_safely(
    state: State,
    event: EventState,
    fired: list[Fired],
    denied: Denied,
    looked_at: list[dict[str, Any]],
) -> tuple[list[Proposal], list[Fired], LeftOut]:
    """A host's amount or action that raises stops its own campaign only: the others are proposed without it."""
    try:
        return propose(state, event, fired, denied)
    except Exception:
        denied.clear()
        sound = []
        for campaign, verdict in fired:
            try:
                propose(state, event, [(campaign, verdict)], [])
                sound.append((campaign, verdict))
            except Exception:
                logger.exception("Campaign %s raised on event %s", campaign.key, event.identity)
                looked_at.append({"campaign": campaign.key, "code": "action_raised"})
        return propose(state, event, sound, denied)


def _propose_last_safely(
    state: State,
    event: EventState,
    item: Fired,
    given: list[Proposal],
    denied: Denied,
    looked_at: list[dict[str, Any]],
) -> list[Proposal]:
    try:
        return list(propose_last(state, event, [item], given, denied))
    except Exception:
        logger.exception("Campaign %s raised on event %s", item[0].key, event.identity)
        looked_at.append({"campaign": item[0].key, "code": "action_raised"})
        return []


def _emit(event: EventState, proposal: Proposal, effect: EmitEvent) -> FollowUp:
    key = emitted_key(identity=event.identity, slot=proposal.action.slot, card_id=proposal.card_id)
    return FollowUp(
        source="loyalty",
        kind=effect.kind,
        key=key,
        card_id=proposal.card_id,
        payload=effect.payload,
        purchase=event.purchase,
        campaign=proposal.campaign.key,
    )


def _tell_reward(state: State, event: EventState, reward: RewardState) -> FollowUp:
    assert reward.currency is not None
    decimals = state.program.currencies[reward.currency].decimals
    key = emitted_key(identity=event.identity, slot=reward.slot, card_id=reward.card_id, level=reward.level)
    return FollowUp(
        source="loyalty",
        kind=REWARD_GRANTED,
        key=key,
        card_id=reward.card_id,
        payload={
            "campaign": reward.campaign_key,
            "currency": reward.currency,
            "amount": to_decimal_string(reward.granted, decimals),
        },
        purchase=event.purchase,
        campaign=reward.campaign_key,
        reward=reward,
    )


def _cascade(
    state: State, event: EventState, follow_ups: list[FollowUp], trace: dict[str, Any]
) -> Iterable[EventState]:
    """Make the events that follow: cascaded ones to be processed at once, the others for the inbox (S15)."""
    made = []
    for item in follow_ups:
        child = EventState(
            source=item.source,
            kind=item.kind,
            key=item.key,
            card_id=item.card_id,
            occurred_at=item.occurred_at or event.occurred_at,
            decides_at=event.decides_at if item.occurred_at is None else None,
            reward=item.reward,
            payload=item.payload,
            purchase=item.purchase,
            purchase_key=item.purchase.key if item.purchase else "",
            cause=event,
            cascaded=item.cascaded,
        )
        if item.cascaded:
            led_here = (item.campaign,) if item.campaign else ()
            child.chain, child.depth = (*event.chain, *led_here), event.depth + 1
            if child.depth > state.program.cascade_depth:
                trace.setdefault("dropped", []).append({"event": item.kind, "code": "cascade_too_deep"})
                continue
            made.append(child)
        state.new_events.append(child)
    return made


def _traced(proposal: Proposal) -> dict[str, Any]:
    given: dict[str, Any] = {
        "campaign": proposal.campaign.key,
        "slot": proposal.action.slot_name,
        "card": proposal.card_id,
        "level": proposal.level,
        "currency": proposal.currency,
        "requested": proposal.requested,
        "granted": proposal.granted,
    }
    if proposal.cut_reason:
        given["cut"] = proposal.cut_reason
    return given
