"""Recording what happened: one row in the inbox, then processing, then what came of it (S6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connections, router
from django.utils import timezone

from loyalty.exceptions import EventConflict
from loyalty.models import Evaluation, Event, Program, Purchase, Reward
from loyalty.processing.follow_up import after_commit
from loyalty.processing.inbox import write_event


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of something recorded.

    `created` is False for a repeat. `outcome` is "applied", the code of a refusal, or empty while it is not
    processed: within a transaction, in deferred mode, for a refund that waits for its purchase. `rewards` are those
    of the event's own card that stand on the event or its purchase, as they are now; not those of others.
    """

    event_id: int
    created: bool
    outcome: str = ""
    purchase: Purchase | None = None
    rewards: list[Reward] = field(default_factory=list)


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


def record(fact: Fact, *, other_cards: Sequence[int | None] = ()) -> tuple[int, bool]:
    """Write the event; answers (its key, whether it is new).

    What the caller left out must not make a repeat differ from the first delivery: the moment, and the card where
    it was found by us (`other_cards`: how it may have been found then). Raises EventConflict, EventPayloadInvalid.
    """
    try:
        return _write(fact, fact.card_id, fact.occurred_at or timezone.now())
    except EventConflict:
        stored = Event.objects.filter(
            program=fact.program, source=fact.source, kind=fact.kind, key=fact.key
        ).first()
        if stored is None or (fact.occurred_at is not None and not other_cards):
            raise
        for card_id in (fact.card_id, *other_cards):
            try:
                return _write(fact, card_id, fact.occurred_at or stored.occurred_at)
            except EventConflict:
                continue
        raise


def follow(event_id: int, created: bool, *, card_id: int) -> Recorded:
    """Process what was recorded, now or on commit; outside of a transaction answer with what came of it."""
    inside = connections[router.db_for_write(Event)].in_atomic_block
    after_commit(card_id=card_id)
    return Recorded(event_id, created) if inside else read_result(event_id, created)


def read_result(event_id: int, created: bool) -> Recorded:
    """What came of an event."""
    found = Evaluation.objects.filter(event_id=event_id).select_related("event__card").first()
    if found is None:
        return Recorded(event_id, created)
    event = found.event
    purchase = _purchase_of(event) if event.purchase_key else None
    rewards = Reward.objects.filter(card=event.card).select_related("campaign", "currency").order_by("pk")
    mine = rewards.filter(event_id=event_id) if purchase is None else rewards.filter(purchase=purchase)
    return Recorded(event_id, created, found.outcome, purchase, list(mine))


def _purchase_of(event: Event) -> Purchase | None:
    source, _slash, external_id = event.purchase_key.partition("/")
    return Purchase.objects.filter(
        program_id=event.program_id, source=source, external_id=external_id
    ).first()


def _write(fact: Fact, card_id: int | None, at: datetime) -> tuple[int, bool]:
    return write_event(
        program=fact.program,
        source=fact.source,
        kind=fact.kind,
        key=fact.key,
        card_id=card_id,
        occurred_at=at,
        payload=fact.payload,
    )
