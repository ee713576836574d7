"""What a condition sees of a card."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from loyalty.rules.state import CardState, ProgramRules, State


class CardView:
    """A card as it stands at the moment of an event: its own fields, its attributes and the facts about it."""

    __slots__ = ("_card", "_state", "at")

    def __init__(self, state: State, card: CardState, at: datetime) -> None:
        self._state, self._card, self.at = state, card, at

    @property
    def pk(self) -> int:
        """The card's key."""
        return self._card.pk

    @property
    def program(self) -> ProgramRules:
        """The program, for its time zone and decimals."""
        return self._state.program

    @property
    def enrolled_at(self) -> datetime:
        """When the card was enrolled."""
        return self._card.enrolled_at

    @property
    def linked_at(self) -> datetime | None:
        """When the card first got a parent; a later move does not change it."""
        return self._card.linked_at

    @property
    def status(self) -> str:
        """The card's status at the moment of the event."""
        return self._card.status_at(self.at)

    @property
    def purchases_count(self) -> int:
        """Kept purchases over the card's lifetime, this event included."""
        return self._card.purchases_count

    @property
    def spent_total(self) -> int:
        """Spent over the card's lifetime less refunds, this event included; minor units of the purchase currency."""
        return self._card.spent_total

    @property
    def age(self) -> timedelta:
        """Time since enrolment."""
        return self.at - self._card.enrolled_at

    def attribute(self, name: str) -> str | None:
        """The value of an attribute at the moment of the event (S37)."""
        return self._card.attribute(name, self.at)

    def fact(self, key: str) -> Any:
        """What a registered fact knows about the card."""
        return self._state.facts.get(key, self._card.pk)
