"""Load: lock the cards involved and read what decisions need into plain objects, in few statements."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import datetime

from loyalty.models import Card, CardAttribute, CardStatusChange
from loyalty.processing.load_counters import load_counters
from loyalty.processing.load_merges import load_merges, peek_merges
from loyalty.processing.load_purchases import (
    load_milestones,
    load_purchases,
    peek_history,
    peek_refunds,
    peek_reopened,
)
from loyalty.processing.load_wallets import load_spends, load_wallets
from loyalty.processing.locking import TreeMoved, lock_cards, lock_program, parents_above
from loyalty.rules.base import Fact, LoadRequest
from loyalty.rules.compiled import CampaignBook
from loyalty.rules.events import EventState
from loyalty.rules.kinds.base import Needs
from loyalty.rules.registry import event_kinds
from loyalty.rules.state import ProgramRules, State

ATTRIBUTES = "loyalty.attributes"


def load_state(
    *,
    program: ProgramRules,
    campaigns: CampaignBook,
    events: Sequence[EventState],
    facts: Sequence[Fact],
    using: str,
    lock: bool = True,
) -> State:
    """Everything that deciding these events can read. Cards stay locked until the transaction ends.

    Raises TreeMoved when the tree changed meanwhile: roll back and start again.
    """
    needs, roots, singles = Needs(), set[int](), set[int]()
    for event in events:
        kind = event_kinds.get(event.kind)
        kind.needs(event, needs)
        if event.card_id is not None:
            (roots if kind.triggers or kind.climbs else singles).add(event.card_id)
    state = State(program)
    roots |= {parent for parents in needs.parents.values() for parent in parents}
    levels = max([campaigns.levels, *(fact.levels for fact in facts)], default=0)
    moments = {event.occurred_at for event in events}
    if needs.history:
        moments |= peek_history(program=program, needs=needs, using=using)
    moments |= peek_reopened(program=program, needs=needs, using=using)
    earliest = min(moments)
    follows = campaigns.follows_rewards
    if needs.refunds:
        singles |= peek_refunds(
            program=program, needs=needs, roots=roots, follows_rewards=follows, using=using
        )
    pairs = needs.merges | needs.partings
    moving = _lock_program_to_move(program, needs, using) if lock else False
    if pairs:
        singles |= peek_merges(needs=needs, using=using)
        roots |= {pk for pair in pairs for pk in pair}
        needs.complete |= {pk for pair in pairs for pk in pair}
    state.cards = lock_cards(
        roots=roots,
        singles=singles - roots,
        levels=levels,
        merges=program.has_merges,
        using=using,
        lock=lock,
    )
    if needs.parents or pairs:
        _load_tree(state, needs, moving=moving, lock=lock, using=using)
    _load_statuses(state, earliest, using)
    load_wallets(state, horizon=max(moments), complete=_complete(state, needs), using=using)
    if needs.spends:
        load_spends(state, needs.spends, using=using)
    if pairs:
        load_merges(state, needs, using=using)
    if needs.refunds:
        load_purchases(state, needs.purchases, using=using)
    if needs.refunds or campaigns.has_milestones:
        affected = _affected(state, roots) if needs.refunds else set[int]()
        load_milestones(state, affected=affected, follows_rewards=follows, using=using)
    details = details_of(campaigns, facts, program)
    if details.get(ATTRIBUTES):
        load_attributes(state, {str(name) for name in details[ATTRIBUTES]}, using=using)
    load_counters(state, campaigns, moments=moments, using=using, lock=lock)
    load_facts(state, facts=facts, details=details, events=events, earliest=earliest)
    return state


def details_of(
    campaigns: CampaignBook, facts: Iterable[Fact], program: ProgramRules
) -> Mapping[str, frozenset[Hashable]]:
    """What campaigns and facts want of each fact."""
    wanted = dict(campaigns.needs)
    for fact in facts:
        for need in fact.needs(program):
            wanted[need.fact] = wanted.get(need.fact, frozenset()) | {need.detail}
    return wanted


def load_facts(
    state: State,
    *,
    facts: Sequence[Fact],
    details: Mapping[str, frozenset[Hashable]],
    events: Sequence[EventState],
    earliest: datetime,
) -> None:
    """Ask each fact for its states."""
    for fact in facts:
        wanted = details.get(fact.key, frozenset())
        request = LoadRequest(state.program, state.cards, wanted, events, earliest)
        state.facts.install(fact, fact.load(request), request.details)


def load_attributes(state: State, names: set[str], *, using: str) -> None:
    """The values of named attributes by date (S37)."""
    rows = (
        CardAttribute.objects.using(using)
        .filter(card_id__in=list(state.cards), name__in=names)
        .order_by("since", "pk")
    )
    found: dict[int, dict[str, list[tuple[datetime, str]]]] = {}
    for card_id, name, since, value in rows.values_list("card_id", "name", "since", "value"):
        found.setdefault(card_id, {}).setdefault(name, []).append((since, value))
    for card_id, values in found.items():
        state.cards[card_id].attributes = values


def _affected(state: State, roots: set[int]) -> set[int]:
    """The cards whose counts a refund can lower: the buyers and their parents."""
    parents = {state.cards[pk].parent_id for pk in roots if pk in state.cards}
    return roots | {pk for pk in parents if pk is not None}


def _complete(state: State, needs: Needs) -> set[int]:
    """The cards whose open lots are all needed: those that spend, and all that a clawback may reach."""
    if needs.refunds:
        return set(state.cards)
    return {owner for pk in needs.complete & set(state.cards) for owner in (pk, state.survivor_id(pk))}


def _lock_program_to_move(program: ProgramRules, needs: Needs, using: str) -> bool:
    """S27: only a card that has children needs the program's lock, or a merge; asked before any card is locked."""
    moving = bool(needs.merges or needs.partings)
    if needs.parents and not moving:
        moving = Card.objects.using(using).filter(parent_id__in=list(needs.parents)).exists()
    if moving:
        lock_program(program_pk=program.pk, using=using)
    return moving


def _load_tree(state: State, needs: Needs, *, moving: bool, lock: bool, using: str) -> None:
    """The chains above the new parents, and proof that no child appeared since we looked."""
    if not moving:
        if lock and Card.objects.using(using).filter(parent_id__in=list(needs.parents)).exists():
            raise TreeMoved
        if len(needs.parents) == 1:
            return
    highest = [
        card_id
        for card_id, card in state.cards.items()
        if card.parent_id is not None and card.parent_id not in state.cards
    ]
    if highest:
        state.parents_above = parents_above(highest, using=using)


def _load_statuses(state: State, earliest: datetime, using: str) -> None:
    """S13: the status history of cards whose present status is younger than the earliest event."""
    late = [
        card.pk for card in state.cards.values() if card.status_since is None or card.status_since > earliest
    ]
    late = [pk for pk in late if state.cards[pk].status_since != state.cards[pk].enrolled_at]
    if not late:
        return
    rows = CardStatusChange.objects.using(using).filter(card_id__in=late).order_by("since", "pk")
    for pk, card_id, since, status in rows.values_list("pk", "card_id", "since", "status"):
        state.cards[card_id].timeline.append((since, pk, status))
