"""Recording what happened: one row in the inbox, then processing, then what came of it (S6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from typing import Any

from django.utils import timezone

from loyalty.exceptions import EventConflict
from loyalty.models import Evaluation, Event, Program, Purchase, Reward
from loyalty.processing.follow_up import write_and_follow
from loyalty.processing.inbox import write_event
from loyalty.selectors.cards import were_merged


@dataclass(frozen=True)
class Recorded:
    """What became of something recorded. `created` is False for a repeat.

    What came of it is read when it is first asked for, so that a checkout that does not ask pays nothing.
    """

    event_id: int
    created: bool

    @property
    def outcome(self) -> str:
        """`applied`, the code of a refusal, or empty while it is not processed: within a transaction, in deferred mode."""
        found = Evaluation.objects.filter(event_id=self.event_id).values_list("outcome", flat=True).first()
        return found or ""

    @cached_property
    def purchase(self) -> Purchase | None:
        """The purchase that it is about, once it is processed."""
        key = self._event.purchase_key
        if not key:
            return None
        source, _slash, external_id = key.partition("/")
        purchases = Purchase.objects.filter(program_id=self._event.program_id, source=source)
        return purchases.filter(external_id=external_id).first()

    @cached_property
    def rewards(self) -> list[Reward]:
        """Rewards of the event's own card, for the event or its purchase, as they are now; not those of others."""
        rewards = Reward.objects.filter(card__events=self.event_id).select_related("campaign", "currency")
        mine = (
            rewards.filter(event_id=self.event_id)
            if self.purchase is None
            else rewards.filter(purchase=self.purchase)
        )
        return list(mine.order_by("pk"))

    @cached_property
    def _event(self) -> Event:
        return Event.objects.only("purchase_key", "program_id", "card_id").get(pk=self.event_id)


@dataclass(frozen=True, slots=True)
class Fact:
    """An event as the caller tells it; without a moment it happened now, or when it was first told."""

    program: Program
    source: str
    kind: str
    key: str
    card_id: int | None
    occurred_at: datetime | None
    payload: Mapping[str, Any]


def record(fact: Fact, *, other_cards: Sequence[int | None] = ()) -> Recorded:
    """Write the event and process it: at once, or on commit of the caller's transaction. Without a card it waits.

    What the caller left out must not make a repeat differ from the first delivery: the moment, and the card where
    it was found by us (`other_cards`: how it may have been found then). Raises EventConflict, EventPayloadInvalid.
    """
    try:
        return _write(fact, fact.card_id, fact.occurred_at or timezone.now())
    except EventConflict:
        stored = Event.objects.filter(
            program=fact.program, source=fact.source, kind=fact.kind, key=fact.key
        ).first()
        if stored is None:
            raise
        if stored.card_id != fact.card_id and were_merged(card_id=fact.card_id, other_id=stored.card_id):
            # S29: told first of a card that the named one stands for since, or of who stood for it then.
            other_cards = (*other_cards, stored.card_id)
        if fact.occurred_at is not None and not other_cards:
            raise
        for card_id in (fact.card_id, *other_cards):
            try:
                return _write(fact, card_id, fact.occurred_at or stored.occurred_at)
            except EventConflict:
                continue
        raise


def _write(fact: Fact, card_id: int | None, at: datetime) -> Recorded:
    write = partial(
        write_event,
        program=fact.program,
        source=fact.source,
        kind=fact.kind,
        key=fact.key,
        card_id=card_id,
        occurred_at=at,
        payload=fact.payload,
    )
    if fact.card_id is None:
        return Recorded(*write())
    return Recorded(*write_and_follow(write=write, card_id=fact.card_id))
