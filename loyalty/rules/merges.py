"""A merge of two cards as the engine sees it, and what follows from one (S29)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loyalty.exceptions import CardMerged, ParentCycle
from loyalty.ledger import book
from loyalty.ledger.book import Lot

if TYPE_CHECKING:
    from loyalty.rules.events import EventState
    from loyalty.rules.state import CardState, State


@dataclass(frozen=True, slots=True)
class Move:
    """A card that got another parent by a merge or by its end; none: it would have become its own."""

    card_id: int
    old_parent_id: int | None
    new_parent_id: int | None


@dataclass(slots=True, eq=False)
class Merge:
    """One card went into another. `undone` is the event that parted them again, `is_new` that no row tells of it yet."""

    event: EventState
    survivor_id: int
    merged_id: int
    moves: list[Move]
    undone: EventState | None = None
    is_new: bool = True


def refuse_merged(state: State, card_id: int | None) -> None:
    """A card that went into another is a pointer: nothing is done with it itself. Raises CardMerged."""
    card = state.cards.get(card_id or 0)
    if card is not None and card.merged_into_id is not None:
        raise CardMerged


def moves_by_merging(state: State, survivor: CardState, merged: CardState) -> list[Move]:
    """The children of the card that goes, under the survivor; nobody becomes a child of what stands for itself."""
    moves = []
    for pk, card in sorted(state.cards.items()):
        stands_for_it = state.survivor_id(pk)
        if card.parent_id == merged.pk:
            moves.append(Move(pk, merged.pk, None if stands_for_it == survivor.pk else survivor.pk))
        elif card.parent_id == survivor.pk and stands_for_it == merged.pk:
            moves.append(Move(pk, survivor.pk, None))
    return moves


def moves_by_parting(state: State, merge: Merge) -> list[Move]:
    """Those that a merge moved and that stand where it put them, back to where they were."""
    moves = []
    for move in merge.moves:
        card = state.cards[move.card_id]
        # A link that the merge dropped keeps its date; one that staff cut has none.
        if card.parent_id == move.new_parent_id and card.parent_since is not None:
            moves.append(Move(move.card_id, move.new_parent_id, move.old_parent_id))
    return moves


def refuse_circle(state: State, moves: list[Move]) -> None:
    """S27: up the loaded cards, as they would be after these moves, and the stored ones. Raises ParentCycle."""
    wanted: Mapping[int, int | None] = {move.card_id: move.new_parent_id for move in moves}
    for start in {parent_id for parent_id in wanted.values() if parent_id is not None}:
        seen: set[int] = set()
        here: int | None = start
        while here is not None:
            if here in seen:
                raise ParentCycle
            seen.add(here)
            loaded = state.cards.get(here)
            above = loaded.parent_id if loaded is not None else state.parents_above.get(here)
            here = wanted.get(here, above)


def settle_to_move(state: State, event: EventState, *, source_id: int, target_id: int) -> bool:
    """Settle a card's wallets up to where another card's stand; answers whether nothing is held in them."""
    for (card_id, code), wallet in sorted(state.wallets.items()):
        if card_id == source_id and wallet.clock is not None:
            other = state.wallets.get((target_id, code))
            clock = other.clock if other is not None else None
            at = event.occurred_at if clock is None else max(clock, event.occurred_at)
            book.touch(wallet=wallet, at=at, event=event)
    return not any(wallet.held for (card_id, _code), wallet in state.wallets.items() if card_id == source_id)


def forward(state: State, event: EventState, card_id: int) -> None:
    """Let what is in the wallets of a merged card go on to the card that stands for it."""
    survivor_id = state.survivor_id(card_id)
    if survivor_id == card_id:
        return
    for (owner_id, code), wallet in sorted(state.wallets.items()):
        if owner_id == card_id and (wallet.available or wallet.pending or wallet.debt):
            target = state.wallet(survivor_id, code)
            book.transfer(source=wallet, target=target, at=event.occurred_at, event=event)


def give_back(state: State, event: EventState, merge: Merge) -> None:
    """Let what is left of the lots that were moved go back to the lots they came from."""
    for (card_id, _code), wallet in sorted(state.wallets.items()):
        if card_id != merge.survivor_id:
            continue
        moved = []
        for lot in sorted(wallet.lots):
            origin = _origin_of(state, lot)
            if origin is not None and origin.wallet.card_id == merge.merged_id:
                moved.append((lot, origin))
        book.move_back(source=wallet, moved=moved, at=event.occurred_at, event=event)


def _origin_of(state: State, lot: Lot) -> Lot | None:
    if lot.origin is None or isinstance(lot.origin, Lot):
        return lot.origin
    return state.lots.get(getattr(lot.origin, "pk", 0))
