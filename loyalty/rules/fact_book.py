"""The facts of the loaded cards, as decisions read and change them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from loyalty.rules.state import State


class FactBook:
    """The facts of the loaded cards: read with `get`, changed with `put`."""

    def __init__(self, state: State) -> None:
        self.state = state
        self._values: dict[str, dict[int, Any]] = {}
        self._initial: dict[str, Any] = {}
        self.details: dict[str, frozenset[Hashable]] = {}
        self.changed: dict[str, set[int]] = {}

    def install(
        self, fact: Any, values: Mapping[int, Any], details: frozenset[Hashable] = frozenset()
    ) -> None:
        """Take over what a fact loaded, and which details of it campaigns ask for."""
        self.details[fact.key] = details
        self._values[fact.key] = dict(values)
        self._initial[fact.key] = fact.initial

    def get(self, key: str, card_id: int) -> Any:
        """The state of a fact for a loaded card."""
        values = self._values[key]
        if card_id not in values:
            values[card_id] = self._initial[key](self.state.cards[card_id])
        return values[card_id]

    def put(self, key: str, card_id: int, value: Any) -> None:
        """Replace the state of a fact; it will be stored."""
        self._values[key][card_id] = value
        self.changed.setdefault(key, set()).add(card_id)

    def drain(self, key: str) -> dict[int, Any]:
        """What changed since the last call."""
        changed = self.changed.pop(key, set())
        return {card_id: self._values[key][card_id] for card_id in sorted(changed)}
