"""From campaigns that fire to what they would give: base amounts, multipliers, pots. Nothing is cut by a limit yet."""

from __future__ import annotations

from collections.abc import Iterator
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
    base: int | None = None
    granted: int = 0
    cut_reason: str = ""
    terms: dict[str, Any] = field(default_factory=dict)


def propose(
    state: State, event: EventState, fired: list[tuple[CompiledCampaign, Verdict]]
) -> tuple[list[Proposal], list[dict[str, Any]]]:
    """The proposals in the order of S38, and who was denied and why."""
    denied: list[dict[str, Any]] = []
    base = [
        proposal
        for campaign, verdict in fired
        if campaign.phase == "base"
        for action in campaign.actions
        for proposal in _cut_by_pot(
            state, event, action.pot, list(_of_action(state, event, campaign, verdict, action, denied))
        )
    ]
    multipliers = [item for item in fired if item[0].phase == "multiplier"]
    return base + list(_multiply(state, event, multipliers, base, denied)), denied


def recipients(
    state: State, event: EventState, action: CompiledAction, denied: list[dict[str, Any]]
) -> Iterator[tuple[int, CardState]]:
    """Levels and cards that an action pays. A blocked or closed card gets nothing; its level goes as S13 says."""
    assert event.card_id is not None
    card, role = state.cards[event.card_id], action.recipient.role
    at = event.occurred_at
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
    denied: list[dict[str, Any]],
) -> Iterator[Proposal]:
    assert event.card_id is not None
    for level, card in recipients(state, event, action, denied):
        effect = action.action.effect(event=event, card=card, level=level, params=action.params)
        if not isinstance(effect, Credit):
            yield Proposal(campaign, verdict, action, effect, card.pk, level, Fraction(1), 1)
            continue
        assert action.amount is not None
        assert action.currency is not None
        occasion = Occasion(
            event=event,
            program=state.program,
            currency=state.program.currencies[action.currency],
            level=level,
            card=CardView(state, state.cards[event.card_id], event.at),
            recipient=CardView(state, card, event.at),
        )
        quote = action.amount.amount.quote(occasion, action.amount.params)
        if quote is None or quote.exact <= 0:
            denied.append({"slot": action.slot_name, "card": card.pk, "code": "nothing_to_give"})
            continue
        yield Proposal(
            campaign, verdict, action, effect, card.pk, level, quote.exact, floor(quote.exact), quote.base
        )


def _cut_by_pot(state: State, event: EventState, pot: Pot | None, asked: list[Proposal]) -> list[Proposal]:
    """S12: what one action may pay in all, cut in proportion or in the order of levels, each part rounded down."""
    for proposal in asked:
        proposal.granted = proposal.requested
    if pot is None or not asked or event.purchase is None:
        return asked
    currency = asked[0].action.currency
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


def _multiply(
    state: State,
    event: EventState,
    multipliers: list[tuple[CompiledCampaign, Verdict]],
    base: list[Proposal],
    denied: list[dict[str, Any]],
) -> Iterator[Proposal]:
    """S34: several multiply; each one's own reward is floor(base x product) - floor(base x product before it)."""
    products: dict[tuple[int, str], Fraction] = {}
    for campaign, verdict in multipliers:
        for action in campaign.actions:
            for level, card in recipients(state, event, action, denied):
                effect = action.action.effect(event=event, card=card, level=level, params=action.params)
                assert isinstance(effect, Multiply)
                assert action.currency is not None
                of = [
                    item
                    for item in base
                    if item.card_id == card.pk
                    and item.action.currency == action.currency
                    and item.exact
                    and isinstance(item.effect, Credit)
                ]
                if not of:
                    denied.append({"slot": action.slot_name, "card": card.pk, "code": "nothing_to_multiply"})
                    continue
                before = products.get((card.pk, action.currency), Fraction(1))
                products[(card.pk, action.currency)] = before * effect.factor
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
