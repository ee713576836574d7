"""The milestones of a replay: all that were ever granted, of which a refund looks through those in its reach only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from loyalty.rules.events import EventState
from loyalty.rules.state import RewardState, State

Key = tuple[str, UUID, int, int]


class Milestones(dict[Key, list[RewardState]]):
    """Takes the place of `State.milestones`, where loading puts those of the cards that an event locks.

    A replay has all cards at hand. Counting every milestone at every refund would make it slower with each event, so
    `values` are those of the cards that loading would have brought: the event's, as many levels above it as campaigns
    and facts look, and cards merged with any of these.
    """

    def __init__(self, state: State, *, levels: int) -> None:
        super().__init__()
        self.state, self.levels = state, levels
        self.event: EventState | None = None  # the one at hand
        self._of_card: dict[int, dict[Key, list[RewardState]]] = {}

    def setdefault(self, key: Key, default: Any = None, /) -> Any:
        found = super().setdefault(key, default)
        _campaign, _slot, card_id, _threshold = key
        self._of_card.setdefault(card_id, {})[key] = found
        return found

    def values(self) -> Any:
        reach = set(self._cards())
        reach |= {gone for gone in self.state.merges if self.state.survivor_id(gone) in reach}
        return [held for pk in sorted(reach) for held in self._of_card.get(pk, {}).values()]

    def _cards(self) -> Iterator[int]:
        """The cards that the event is about, and those above them."""
        state, event = self.state, self.event
        purchase = state.purchases.get(event.purchase_key) if event is not None else None
        for start in (event and event.card_id, purchase and purchase.card_id):
            above = state.cards.get(start or 0)
            for _level in range(self.levels + 1):
                if above is None:
                    break
                yield above.pk
                survivor = state.survivor_id(above.pk)
                yield survivor
                above = state.cards.get(state.cards[survivor].parent_id or 0)
