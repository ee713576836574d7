"""Granting and taking back: where decisions reach wallets, counters and rewards in memory."""

from __future__ import annotations

from dataclasses import replace

from loyalty.ledger import book
from loyalty.rules.effects import Credit, EmitEvent
from loyalty.rules.events import EventState
from loyalty.rules.limits import apply_limits, give_back
from loyalty.rules.propose import Proposal
from loyalty.rules.state import Message, RewardState, State


def grant(state: State, event: EventState, proposal: Proposal) -> RewardState | None:
    """Grant what limits leave of a proposal; None when nothing is left (a zero reward is traced, not posted)."""
    verdict = proposal.verdict
    if verdict.threshold is not None and _is_held(state, event, proposal):
        proposal.granted, proposal.cut_reason = 0, "milestone_held"
        return None
    if _is_kept(state, event, proposal):
        proposal.granted, proposal.cut_reason = 0, "kept_before"
        return None
    apply_limits(state, event, proposal)
    if not proposal.granted:
        return None
    if verdict.held != [0]:
        proposal.terms["held"] = verdict.held
    if verdict.stands_on != (0, 0):
        proposal.terms["stands_on"] = list(verdict.stands_on)
    reward = RewardState(
        event=event,
        campaign_pk=proposal.campaign.pk,
        campaign_key=proposal.campaign.key,
        revision_pk=proposal.campaign.revision_pk,
        slot=proposal.action.slot,
        card_id=proposal.card_id,
        level=proposal.level,
        effect=proposal.effect.name,
        currency=proposal.currency,
        base=proposal.base,
        requested=proposal.requested,
        granted=proposal.granted,
        policy=proposal.action.policy(is_milestone=verdict.threshold is not None),
        occurred_at=event.at,
        cut_reason=proposal.cut_reason,
        purchase=event.purchase,
        threshold=verdict.threshold,
        milestone_card_id=verdict.milestone_card_id if verdict.threshold is not None else None,
        source=event.reward,
        terms=proposal.terms,
    )
    if not isinstance(proposal.effect, EmitEvent):
        assert reward.currency is not None
        wallet = state.wallet(reward.card_id, reward.currency)
        if event.at != event.occurred_at:
            # S25: the wallet lives in the time of the reopening, the lot in that of its purchase.
            book.touch(wallet=wallet, at=event.occurred_at, event=event)
        own = proposal.effect if isinstance(proposal.effect, Credit) else Credit()
        reward.lot = book.earn(
            wallet=wallet,
            amount=reward.granted,
            at=event.at,
            event=event,
            reward=reward,
            zone=state.program.zone,
            hold=own.hold,
            validity=own.validity,
        )
    state.new_rewards.append(reward)
    state.add_reward(reward)
    state.count_rewarded(reward, 1)
    state.messages.append(Message("reward_granted", event, {}, subject=reward))
    return reward


def take_back(state: State, event: EventState, reward: RewardState, amount: int) -> None:
    """Take back `amount` of a reward: out of the wallet (S19) and out of the limits (S21)."""
    if amount <= 0:
        return
    forgiven = 0
    if reward.lot is not None and reward.currency is not None:
        clawback = book.claw_back(
            wallet=state.wallet(state.survivor_id(reward.card_id), reward.currency),
            lot=reward.lot,
            amount=amount,
            at=event.occurred_at,
            event=event,
            reward=reward,
        )
        forgiven = clawback.forgiven
        reward.forgiven += forgiven
    reward.reversed += amount
    if not reward.kept:
        state.count_rewarded(reward, -1)
    reward.dirty = True
    give_back(state, reward, amount, forgiven)
    state.messages.append(Message("reward_reversed", event, {"amount": amount}, subject=reward))


def _is_held(state: State, event: EventState, proposal: Proposal) -> bool:
    """S20: the k-th milestone is granted to a card at most once at a time."""
    verdict = proposal.verdict
    assert verdict.threshold is not None
    assert verdict.milestone_card_id is not None
    key = (proposal.campaign.key, proposal.action.slot, verdict.milestone_card_id, verdict.threshold)
    return any(reward.kept and reward.event is not event for reward in state.milestones.get(key, ()))


def _is_kept(state: State, event: EventState, proposal: Proposal) -> bool:
    """S25: what the policy of a reward kept through the refund of its purchase is not granted again."""
    if event.decides_at is None or event.purchase is None:
        return False
    wanted = (proposal.campaign.key, proposal.action.slot, proposal.card_id, proposal.level)
    return any(
        reward.kept
        and (reward.campaign_key, reward.slot, state.survivor_id(reward.card_id), reward.level) == wanted
        for reward in state.rewards_of.get(event.purchase.key, ())
        if reward.event is not event
    )


def would_grant(state: State, event: EventState, proposals: list[Proposal]) -> list[int]:
    """What limits would leave of each of one campaign's proposals; nothing is counted or remembered."""
    counters = {key: (counter.used, counter.dirty) for key, counter in state.counters.items()}
    told, granted = len(state.messages), []
    for proposal in proposals:
        trial = replace(proposal, terms={})
        held = proposal.verdict.threshold is not None and _is_held(state, event, trial)
        if held or _is_kept(state, event, trial):
            trial.granted = 0
        else:
            apply_limits(state, event, trial)
        granted.append(trial.granted)
    for key in state.counters.keys() - counters.keys():
        del state.counters[key]
    for key, (used, dirty) in counters.items():
        state.counters[key].used, state.counters[key].dirty = used, dirty
    del state.messages[told:]
    return granted
