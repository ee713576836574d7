"""Loading what merging two cards, or parting them, reaches: children, the merge itself, the lots that were moved (S29)."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q, QuerySet

from loyalty.models import Card, CardMerge, Lot, ParentChange
from loyalty.processing.load_wallets import LOT_FIELDS, lot_of
from loyalty.processing.locking import TreeMoved
from loyalty.processing.store import read_event
from loyalty.rules.kinds.base import Needs
from loyalty.rules.merges import Merge, Move
from loyalty.rules.state import State


def peek_merges(*, needs: Needs, using: str) -> set[int]:
    """The cards that get another parent by a merge or by its end; asked before locking, proven after by `load_merges`."""
    moving = set(_moving(needs.merges, using).values_list("pk", flat=True)) if needs.merges else set()
    if needs.partings:
        merges = _in_force(needs.partings, using).values("event_id")
        moved = ParentChange.objects.using(using).filter(event__in=merges)
        moving |= set(moved.values_list("card_id", flat=True))
    return moving


def load_merges(state: State, needs: Needs, *, using: str) -> None:
    """The merges that are to end, with what they moved. Raises TreeMoved when a card is missing that they reach."""
    if needs.merges and not state.cards.keys() >= set(
        _moving(needs.merges, using).values_list("pk", flat=True)
    ):
        raise TreeMoved
    if not needs.partings:
        return
    by_event: dict[int | None, Merge] = {}
    for row in _in_force(needs.partings, using).select_related("event"):
        assert row.event is not None
        merge = Merge(read_event(row.event), row.survivor_id, row.merged_id, [], is_new=False)
        by_event[row.event_id] = state.merges[row.merged_id] = merge
    moves = ParentChange.objects.using(using).filter(event_id__in=list(by_event)).order_by("pk")
    for change in moves:
        if change.card_id not in state.cards:
            raise TreeMoved
        assert change.old_parent_id is not None
        by_event[change.event_id].moves.append(
            Move(change.card_id, change.old_parent_id, change.new_parent_id)
        )
    for survivor_id, merged_id in needs.partings:
        merged = state.cards.get(merged_id)
        if merged is not None and merged.merged_into_id is not None and merged_id not in state.merges:
            raise TreeMoved
        _load_origins(state, survivor_id, merged_id, using)


def _load_origins(state: State, survivor_id: int, merged_id: int, using: str) -> None:
    """The lots of the merged card that lots of the survivor carry on, open or closed."""
    codes = {rules.pk: code for code, rules in state.program.currencies.items()}
    rows = Lot.objects.using(using).filter(wallet__card_id=merged_id, successors__wallet__card_id=survivor_id)
    for pk, currency_id, *values in rows.values_list("pk", "wallet__currency_id", *LOT_FIELDS).distinct():
        lot_of(state, state.wallet(merged_id, codes[currency_id]), pk, values)


def _moving(merges: Collection[tuple[int, int]], using: str) -> QuerySet[Card]:
    """The children of the cards that go, and the merged cards under those that stay: one may become its own parent."""
    going = {merged for _survivor, merged in merges}
    staying = {survivor for survivor, _merged in merges}
    return Card.objects.using(using).filter(
        Q(parent_id__in=going) | Q(parent_id__in=staying, merged_into__isnull=False)
    )


def _in_force(partings: Collection[tuple[int, int]], using: str) -> QuerySet[CardMerge]:
    merged = {merged for _survivor, merged in partings}
    return CardMerge.objects.using(using).filter(merged_id__in=merged, undone=None)
