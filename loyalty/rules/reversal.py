"""What a refund leaves of each reward of its purchase (S16 to S21, S34)."""

from __future__ import annotations

from fractions import Fraction
from math import floor
from typing import Any
from uuid import UUID

from loyalty.rules.compiled import (
    FULL_ONLY,
    MILESTONE,
    NEVER,
    WHILE_MET,
    CampaignBook,
    CompiledAction,
    CompiledCampaign,
    CompiledCondition,
)
from loyalty.rules.effects import EmitEvent, Multiply, emitted_key
from loyalty.rules.evaluate import still_holds
from loyalty.rules.events import EventState, PurchaseState
from loyalty.rules.granting import take_back
from loyalty.rules.state import ProgramRules, RewardState, State
from loyalty.rules.views import CardView


def reverse_purchase(state: State, event: EventState, campaigns: CampaignBook) -> None:
    """Take back what the purchase's own rewards, on every card and level, no longer stand on."""
    assert event.purchase is not None
    unmade = set()
    # In the order of granting: what an event earned comes after the reward that brought the event about.
    for reward in list(state.rewards_of.get(event.purchase.key, ())):
        if reward.policy not in (MILESTONE, NEVER) and reward.kept:
            left = 0
            if reward.event.key not in unmade:
                left = min(reward.granted, left_of(state.program, reward, event.purchase, campaigns))
            take_back(state, event, reward, reward.granted - left - reward.reversed)
        if reward.effect == EmitEvent.name and not reward.kept:
            identity, slot = reward.event.identity, reward.slot
            unmade.add(emitted_key(identity=identity, slot=slot, card_id=reward.card_id))


def _take_back_with(state: State, event: EventState, reward: RewardState) -> None:
    """Take back all of a reward, and what was given for it (S15), whatever purchase that came by."""
    take_back(state, event, reward, reward.kept)
    for dependent in state.dependents.get(id(reward), ()):
        if dependent.policy not in (MILESTONE, NEVER) and dependent.kept:
            _take_back_with(state, event, dependent)


def milestone_counts(
    state: State, event: EventState, campaigns: CampaignBook
) -> list[tuple[RewardState, int]]:
    """Each held milestone that a refund could undo, and the count on which it stands at this moment."""
    return [
        (reward, _count(state, event, reward, campaigns))
        for held in state.milestones.values()
        for reward in held
        if reward.kept and reward.policy != NEVER and reward.milestone_card_id in state.cards
    ]


def reverse_milestones(
    state: State, event: EventState, before: list[tuple[RewardState, int]], campaigns: CampaignBook
) -> None:
    """S20: take back each milestone whose count fell below it. A count that fell by a move takes nothing back (S28)."""
    for reward, count in before:
        now = _count(state, event, reward, campaigns)
        if now < count and now < (reward.threshold or 0):
            _take_back_with(state, event, reward)


def left_of(
    program: ProgramRules, reward: RewardState, purchase: PurchaseState, campaigns: CampaignBook
) -> int:
    """How much of a reward's granted amount stays with what remains of its purchase."""
    campaign = find(campaigns, reward.campaign_key, reward.revision_pk)
    if purchase.remaining == 0 or (reward.source is not None and not reward.source.kept):
        return 0
    if reward.policy == FULL_ONLY:
        return reward.granted
    if campaign is not None and not still_holds(campaign, reward.terms.get("held", [0]), purchase):
        return 0
    if reward.policy == WHILE_MET:
        return reward.granted
    if reward.effect == Multiply.name:
        return _left_of_multiplier(program, reward, purchase, campaigns)
    share = share_of(program, campaign, reward.slot, purchase, source=reward.source)
    if "exact" in reward.terms and reward.granted == reward.requested:
        return floor(Fraction(reward.terms["exact"]) * share)
    return floor(reward.granted * share)


def share_of(
    program: ProgramRules,
    campaign: CompiledCampaign | None,
    slot: UUID,
    purchase: PurchaseState,
    *,
    source: RewardState | None = None,
) -> Fraction:
    """The share of the amount's base that remains (S17); of a granted amount what is kept of it."""
    action: CompiledAction | None = campaign.by_slot.get(slot) if campaign else None
    if action is None or action.amount is None:
        return purchase.share
    amount, params = action.amount.amount, action.amount.params
    if source is not None and source.currency and amount.stands_on_reward(params):
        granted = Fraction(source.granted, 10 ** program.currencies[source.currency].decimals)
        return amount.share_of_reward(granted, Fraction(source.kept, source.granted), params)
    return amount.share(purchase, params)


def _left_of_multiplier(
    program: ProgramRules, reward: RewardState, purchase: PurchaseState, campaigns: CampaignBook
) -> int:
    """S34: floor(remaining share of base x product), less what the product before it leaves."""
    terms = reward.terms
    before, factor = Fraction(terms["before"]), Fraction(terms["factor"])
    whole = sum((Fraction(part["exact"]) for part in terms["parts"]), Fraction(0)) * before
    parts = (_left_of_part(program, part, purchase, campaigns, reward.source) for part in terms["parts"])
    rest = sum(parts, Fraction(0)) * before
    asked = floor(whole * factor) - floor(whole)
    left = max(0, floor(rest * factor) - floor(rest))
    # A multiplier that a limit cut keeps its cut in proportion.
    return left if reward.granted == asked else floor(Fraction(reward.granted * left, asked or 1))


def _left_of_part(
    program: ProgramRules,
    part: dict[str, Any],
    purchase: PurchaseState,
    campaigns: CampaignBook,
    source: RewardState | None,
) -> Fraction:
    exact = Fraction(part["exact"])
    campaign = find(campaigns, part["campaign"], part["revision"])
    if part["policy"] in (NEVER, FULL_ONLY, MILESTONE):
        return exact
    if campaign is not None and not still_holds(campaign, part["held"], purchase):
        return Fraction(0)
    if part["policy"] == WHILE_MET:
        return exact
    return exact * share_of(program, campaign, UUID(part["slot"]), purchase, source=source)


def find(campaigns: CampaignBook, key: str, revision_pk: int | None) -> CompiledCampaign | None:
    """The revision that granted; in a backtest of a draft, the draft."""
    if revision_pk is not None:
        return campaigns.by_revision.get(revision_pk)
    return next((campaign for campaign in campaigns.campaigns if campaign.key == key), None)


def _count(state: State, event: EventState, reward: RewardState, campaigns: CampaignBook) -> int:
    """The count on which a milestone stands; unknown conditions keep what they gave."""
    campaign = find(campaigns, reward.campaign_key, reward.revision_pk)
    assert reward.milestone_card_id is not None
    if campaign is None:
        return reward.threshold or 0
    view = CardView(state, state.cards[reward.milestone_card_id], event.at)
    group, place = reward.terms.get("stands_on", (0, 0))
    item: CompiledCondition = campaign.groups[group][place]
    return item.condition.count(view, item.params)
