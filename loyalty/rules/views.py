"""What a condition sees of a card."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from loyalty.rules.state import CardState, ProgramRules, State


REWARDED = "loyalty.rewarded"  # the fact that knows how many rewards of campaigns a card has kept


class CardView:
    """A card as it stands at the moment of an event: its own fields, its attributes and the facts about it.

    `campaign` is the key of the campaign that asks.
    """

    __slots__ = ("_card", "_state", "at", "campaign")

    def __init__(self, state: State, card: CardState, at: datetime, campaign: str = "") -> None:
        self._state, self._card, self.at, self.campaign = state, card, at, campaign

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

    def rewarded(self, campaign: str) -> int:
        """How many rewards of a campaign the card has kept, of which something is left (`Need` it from REWARDED)."""
        stored: int = self.fact(REWARDED).get(campaign, 0)
        return stored + self._state.rewarded.get((campaign, self._card.pk), 0)

    @property
    def parent(self) -> CardView | None:
        """The parent card by a link that was in effect then, where it was loaded (`Condition.levels`)."""
        parent_id = self._card.parent_at(self.at)
        parent = None if parent_id is None else self._state.cards.get(parent_id)
        return CardView(self._state, parent, self.at, self.campaign) if parent else None
