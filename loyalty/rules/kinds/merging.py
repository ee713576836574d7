"""Two cards become one, and part again (S29). See docs/adr/0007-merging-cards.md."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from loyalty.exceptions import CardClosed, CardMerged, CardNotFound, CardNotMerged, MergeIsSelf, OpenHolds
from loyalty.rules.events import EventState
from loyalty.rules.kinds.base import EventKind, Needs
from loyalty.rules.kinds.payloads import PayloadReader
from loyalty.rules.merges import (
    Merge,
    Move,
    forward,
    give_back,
    moves_by_merging,
    moves_by_parting,
    refuse_circle,
    settle_to_move,
)
from loyalty.rules.state import CLOSED, CardChange, CardState, ProgramRules, State


class PairKind(EventKind):
    """Base of both; the event's card is the one that stays. Payload: `merged`, the key of the other card."""

    triggers = False
    climbs = True

    def clean(self, payload: Mapping[str, Any], program: ProgramRules) -> dict[str, Any]:
        reader = PayloadReader(payload, kind=self.kind)
        merged = reader.rest.pop("merged", None)
        if not isinstance(merged, int) or isinstance(merged, bool):
            reader.refuse("merged", "invalid_card", "Give the key of a card.")
        return reader.done() | {"merged": merged}

    def cards(self, state: State, event: EventState) -> tuple[CardState, CardState]:
        """The card that stays and the other. Raises CardNotFound, MergeIsSelf, CardMerged when the first went itself."""
        assert event.card_id is not None
        survivor, merged = state.cards[event.card_id], state.cards.get(event.payload["merged"])
        if merged is None:
            raise CardNotFound
        if merged is survivor:
            raise MergeIsSelf
        if survivor.merged_into_id is not None:
            raise CardMerged
        return survivor, merged

    def move(self, state: State, event: EventState, moves: list[Move]) -> None:
        """Give cards another parent; when a link took effect stays as it was, for late events of before."""
        for move in moves:
            card = state.cards[move.card_id]
            card.parent_id, card.dirty = move.new_parent_id, True
            change = CardChange(
                event,
                card.pk,
                event.occurred_at,
                old_parent_id=move.old_parent_id,
                new_parent_id=move.new_parent_id,
            )
            state.card_changes.append(change)
        event.note = {"moves": moves}


class CardMergedKind(PairKind):
    """A card went into another: balances and children move, purchases and their counters stay."""

    kind = "loyalty.card_merged"
    label = _("Cards merged")

    def needs(self, event: EventState, needs: Needs) -> None:
        assert event.card_id is not None
        needs.merges.add((event.card_id, event.payload["merged"]))

    def apply(self, state: State, event: EventState) -> None:
        survivor, merged = self.cards(state, event)
        if merged.merged_into_id is not None:
            raise CardMerged
        if CLOSED in (survivor.status_at(event.occurred_at), merged.status_at(event.occurred_at)):
            raise CardClosed
        moves = moves_by_merging(state, survivor, merged)
        refuse_circle(state, moves)
        if not settle_to_move(state, event, source_id=merged.pk, target_id=survivor.pk):
            raise OpenHolds
        self.move(state, event, moves)
        merged.merged_into_id, merged.dirty = survivor.pk, True
        merge = Merge(event, survivor.pk, merged.pk, moves)
        state.merges[merged.pk] = merge
        state.changed_merges.append(merge)
        forward(state, event, merged.pk)


class CardsPartedKind(PairKind):
    """A merge ended: what is left of the balances goes back, and the children that still hang where it put them."""

    kind = "loyalty.cards_parted"
    label = _("Cards parted")

    def needs(self, event: EventState, needs: Needs) -> None:
        assert event.card_id is not None
        needs.partings.add((event.card_id, event.payload["merged"]))

    def apply(self, state: State, event: EventState) -> None:
        survivor, merged = self.cards(state, event)
        if merged.merged_into_id != survivor.pk:
            raise CardNotMerged
        merge = state.merges[merged.pk]
        moves = moves_by_parting(state, merge)
        refuse_circle(state, moves)
        self.move(state, event, moves)
        merged.merged_into_id, merged.dirty = None, True
        merge.undone = event
        del state.merges[merged.pk]
        if not merge.is_new:
            state.changed_merges.append(merge)
        give_back(state, event, merge)
