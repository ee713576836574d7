"""Events of the host's own kinds, and those that failed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import router, transaction

from loyalty.conf import loyalty_settings
from loyalty.exceptions import EventKindUnknown
from loyalty.models import CardQueue, Event
from loyalty.processing.follow_up import after_commit
from loyalty.selectors.cards import CardLike, resolve_card
from loyalty.selectors.programs import ProgramLike
from loyalty.services.fields import clean_key, clean_moment, clean_source
from loyalty.services.recording import Fact, Recorded, record

__all__ = ["Recorded", "record_event", "retry_failed"]


def record_event(
    *,
    kind: str,
    card: CardLike,
    key: str | int,
    payload: Mapping[str, Any] | None = None,
    occurred_at: datetime | None = None,
    source: str | None = None,
    program: ProgramLike = None,
) -> Recorded:
    """Record that something of a kind registered by an app happened to a card (`register_event_kind`).

    `key` is unique per program, source and kind for ever. Within a transaction only one row is written, and
    processing follows on commit; outside, the call processes before it returns. The app's own kinds have services
    of their own. Raises EventKindUnknown, EventPayloadInvalid, EventConflict, CardNotFound.
    """
    if kind.startswith("loyalty."):
        raise EventKindUnknown(kind=kind)
    holder = resolve_card(card, program=program)
    return record(
        Fact(
            program=holder.program,
            source=clean_source(source or loyalty_settings.PURCHASE_SOURCE),
            kind=kind,
            key=clean_key(key, path="key"),
            card_id=holder.pk,
            occurred_at=None if occurred_at is None else clean_moment(occurred_at, path="occurred_at"),
            payload=payload or {},
        )
    )


def retry_failed(*, event: Event) -> Event:
    """Give a failed event, or one that waits for its next attempt, a fresh start at once. Others are left alone."""
    using = router.db_for_write(Event)
    fresh = Event.Status.PENDING if event.card_id is not None else Event.Status.PARKED
    with transaction.atomic(using=using):
        waiting = Event.objects.using(using).filter(pk=event.pk, status__in=["failed", "pending"])
        if waiting.update(status=fresh, attempts=0, error="") and event.card_id is not None:
            CardQueue.objects.using(using).filter(card_id=event.card_id).update(retry_at=None)
    if event.card_id is not None:
        after_commit(card_id=event.card_id)
    event.refresh_from_db()
    return event
