"""From campaigns that fire to what they would give: base amounts, multipliers, pots. Nothing is cut by a limit yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor
from typing import Any

from loyalty.rules.amounts.bases import base_of
from loyalty.rules.base import Occasion
from loyalty.rules.compiled import CompiledAction, CompiledCampaign, Pot
from loyalty.rules.effects import Credit, EmitEvent, Multiply
from loyalty.rules.evaluate import Verdict
from loyalty.rules.events import EventState
from loyalty.rules.state import ACTIVE, CLOSED, CardState, State
from loyalty.rules.views import CardView

Fired = tuple[CompiledCampaign, Verdict]
Denied = list[dict[str, Any]]


@dataclass(slots=True, eq=False)
class Proposal:
    """What one action would give one recipient. `exact` is unrounded, both amounts in the currency's minor units."""

    campaign: CompiledCampaign
    verdict: Verdict
    action: CompiledAction
    effect: Credit | Multiply | EmitEvent
    card_id: int
    level: int
    exact: Fraction
    requested: int
    currency: str | None = None
    base: int | None = None
    granted: int = 0
    cut_reason: str = ""
    terms: dict[str, Any] = field(default_factory=dict)


def propose_base(state: State, event: EventState, fired: Sequence[Fired], denied: Denied) -> list[Proposal]:
    """What base campaigns ask, in the order of S38; amounts that are worked out last are left for `propose_last`."""
    return [
        proposal
        for campaign, verdict in fired
        if campaign.phase == "base"
        for action in campaign.actions
        if not action.is_last
        for proposal in _of_action(state, event, campaign, verdict, action, denied)
    ]


def propose_last(
    state: State, event: EventState, fired: Sequence[Fired], given: Sequence[Proposal], denied: Denied
) -> Iterator[Proposal]:
    """What remains to be worked out when all else is granted: one by one, each knowing what came before it."""
    for campaign, verdict in fired:
        for action in campaign.actions:
            if action.is_last:
                earned = Counter[str]()
                for item in given:
                    if item.card_id == state.survivor_id(event.card_id or 0) and item.currency:
                        earned[item.currency] += item.granted
                yield from _of_action(state, event, campaign, verdict, action, denied, earned)


def recipients(
    state: State, event: EventState, action: CompiledAction, denied: Denied
) -> Iterator[tuple[int, CardState]]:
    """Levels and cards that an action pays. A blocked or closed card gets nothing; its level goes as S13 says."""
    assert event.card_id is not None
    card, role = state.cards[event.card_id], action.recipient.role
    at = event.at
    if role == "card":
        walk: Iterator[tuple[int, CardState]] = iter([(0, card)])
    else:
        reach = action.levels
        walk = state.ancestors(card, at=at, levels=reach)
    moved_up, paid_levels = 0, action.amount_levels
    for level, found in walk:
        if level - moved_up > paid_levels:
            return
        status = found.status_at(at)
        if status == ACTIVE:
            # S29: what a merged card would get goes to the card that stands for it, if that may earn.
            found = state.cards[state.survivor_id(found.pk)]
            status = found.status_at(at)
        if status == ACTIVE:
            yield level - moved_up, found
            continue
        denied.append(
            {
                "slot": action.slot_name,
                "card": found.pk,
                "code": "card_closed" if status == CLOSED else "card_blocked",
            }
        )
        if role == "ancestors" and action.recipient.blocked == "stop":
            return
        if role == "ancestors" and action.recipient.blocked == "compress":
            moved_up += 1


def _of_action(
    state: State,
    event: EventState,
    campaign: CompiledCampaign,
    verdict: Verdict,
    action: CompiledAction,
    denied: Denied,
    earned: Mapping[str, int] | None = None,
) -> list[Proposal]:
    asked = [
        _offer(state, event, campaign, verdict, action, level, card, denied, earned or {})
        for level, card in recipients(state, event, action, denied)
    ]
    return _cut_by_pot(state, event, action.pot, [proposal for proposal in asked if proposal is not None])


def _offer(
    state: State,
    event: EventState,
    campaign: CompiledCampaign,
    verdict: Verdict,
    action: CompiledAction,
    level: int,
    card: CardState,
    denied: Denied,
    earned: Mapping[str, int],
) -> Proposal | None:
    """What an action offers one recipient; None where its amount comes to nothing."""
    effect = action.action.effect(event=event, card=card, level=level, params=action.params)
    if not isinstance(effect, Credit):
        return Proposal(campaign, verdict, action, effect, card.pk, level, Fraction(1), 1)
    assert action.amount is not None
    assert action.currency is not None
    assert event.card_id is not None
    occasion = Occasion(
        event=event,
        program=state.program,
        currency=state.program.currencies[action.currency],
        level=level,
        card=CardView(state, state.cards[event.card_id], event.at),
        recipient=CardView(state, card, event.at),
        earned=earned,
    )
    quote = action.amount.amount.quote(occasion, action.amount.params)
    if quote is None or quote.exact <= 0:
        denied.append({"slot": action.slot_name, "card": card.pk, "code": "nothing_to_give"})
        return None
    return Proposal(
        campaign,
        verdict,
        action,
        effect,
        card.pk,
        level,
        quote.exact,
        floor(quote.exact),
        quote.currency or action.currency,
        quote.base,
    )


def _cut_by_pot(state: State, event: EventState, pot: Pot | None, asked: list[Proposal]) -> list[Proposal]:
    """S12: what one action may pay in all, cut in proportion or in the order of levels, each part rounded down."""
    for proposal in asked:
        proposal.granted = proposal.requested
    if pot is None or not asked or event.purchase is None:
        return asked
    currency = asked[0].currency
    assert currency is not None
    scale = Fraction(10 ** state.program.currencies[currency].decimals, 10**state.program.decimals)
    room = floor(base_of(event.purchase, of=pot.of) * scale * pot.percent / 100)
    total = sum(proposal.requested for proposal in asked)
    if total <= room:
        return asked
    for proposal in asked:
        part = min(proposal.requested, room)
        if pot.cut == "proportional":
            part = proposal.requested * room // total
        else:
            room -= part
        if part < proposal.requested:
            proposal.granted, proposal.cut_reason = part, "pot"
    return asked


def propose_multipliers(
    state: State,
    event: EventState,
    fired: Sequence[Fired],
    base: Sequence[Proposal],
    denied: Denied,
) -> Iterator[Proposal]:
    """S34: several multiply; each one's own reward is floor(base x product) - floor(base x product before it)."""
    products: dict[tuple[int, str, str], Fraction] = {}
    for campaign, verdict in fired:
        if campaign.phase != "multiplier":
            continue
        for action in campaign.actions:
            for level, card in recipients(state, event, action, denied):
                effect = action.action.effect(event=event, card=card, level=level, params=action.params)
                assert isinstance(effect, Multiply)
                assert action.currency is not None
                of = [
                    item
                    for item in base
                    if item.card_id == card.pk
                    and item.currency == action.currency
                    and item.campaign.group == campaign.group
                    and item.exact
                    and isinstance(item.effect, Credit)
                ]
                if not of:
                    denied.append({"slot": action.slot_name, "card": card.pk, "code": "nothing_to_multiply"})
                    continue
                scope = (card.pk, action.currency, campaign.group)
                before = products.get(scope, Fraction(1))
                products[scope] = before * effect.factor
                exact = sum((item.exact for item in of), Fraction(0)) * before
                requested = max(0, floor(exact * effect.factor) - floor(exact))
                proposal = Proposal(
                    campaign,
                    verdict,
                    action,
                    effect,
                    card.pk,
                    level,
                    exact * effect.factor,
                    requested,
                    action.currency,
                    granted=requested,
                )
                proposal.terms = {
                    "before": str(before),
                    "factor": str(effect.factor),
                    "parts": [_part(item) for item in of],
                }
                for item in of:
                    item.terms["exact"] = str(item.exact)
                yield proposal


def _part(item: Proposal) -> dict[str, Any]:
    """What a refund must know of a base effect to work out the multiplier's share of it."""
    return {
        "campaign": item.campaign.key,
        "revision": item.campaign.revision_pk,
        "slot": str(item.action.slot),
        "policy": item.action.policy(is_milestone=item.verdict.threshold is not None),
        "held": item.verdict.held,
        "exact": str(item.exact),
    }
