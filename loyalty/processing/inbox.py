"""The inbox: writing events, each unique by program, source, kind and key for ever (S6, R2)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import router

from loyalty.exceptions import EventConflict, EventKindUnknown, LoyaltyError
from loyalty.models import Event, Program
from loyalty.periods import format_instant
from loyalty.processing.campaigns import load_program_rules
from loyalty.rows import insert_or_ignore
from loyalty.rules.registry import UnknownKind, event_kinds
from loyalty.rules.state import ProgramRules

PENDING, PROCESSED, PARKED, FAILED = "pending", "processed", "parked", "failed"


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to be written; `payload` as the caller gave it."""

    source: str
    kind: str
    key: str
    card_id: int | None
    occurred_at: datetime
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EventWritten:
    """The stored event's key and whether it is new."""

    pk: int
    created: bool


def body_hash(*, card_id: int | None, occurred_at: datetime, payload: Mapping[str, Any]) -> str:
    """What a repeat must have in common with the first delivery: card, time and canonical payload."""
    body = [card_id, format_instant(occurred_at), payload]
    return hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def write_event(
    *,
    program: Program,
    source: str,
    kind: str,
    key: str,
    card_id: int | None,
    occurred_at: datetime,
    payload: Mapping[str, Any],
) -> tuple[int, bool]:
    """Write one event into the inbox, in the caller's transaction; answers (key, whether it is new).

    Raises EventKindUnknown, EventPayloadInvalid, and EventConflict for a known key with another body.
    """
    item = NewEvent(source, kind, key, card_id, occurred_at, payload)
    (written,) = write_events(program=program, items=[item])
    if isinstance(written, LoyaltyError):
        raise written
    return written.pk, written.created


def write_events(*, program: Program, items: Sequence[NewEvent]) -> list[EventWritten | LoyaltyError]:
    """Write many events in a constant number of statements; a refused one gives its refusal in its place."""
    using = router.db_for_write(Event)
    rules = load_program_rules(program)
    rows: list[Event | LoyaltyError] = [_prepare(program, rules, item) for item in items]
    unique: dict[tuple[str, str, str], Event] = {}
    for row in rows:
        if isinstance(row, Event):
            unique.setdefault(_identity(row), row)
    if len(unique) == 1:
        keys = _insert_one(next(iter(unique.values())), using)
    else:
        keys = _insert_many(list(unique.values()), program, using)
    return [row if isinstance(row, LoyaltyError) else _written(row, unique, keys) for row in rows]


def _prepare(program: Program, rules: ProgramRules, item: NewEvent) -> Event | LoyaltyError:
    try:
        kind = event_kinds.get(item.kind)
        payload = kind.clean(item.payload, rules)
    except UnknownKind as error:
        return EventKindUnknown(kind=error.kind)
    except LoyaltyError as error:
        return error
    occurred_at = item.occurred_at.astimezone(UTC)
    return Event(
        program_id=program.pk,
        source=item.source,
        kind=kind.kind,
        key=item.key,
        card_id=item.card_id,
        occurred_at=occurred_at,
        payload=payload,
        body_hash=body_hash(card_id=item.card_id, occurred_at=occurred_at, payload=payload),
        purchase_key=kind.purchase_key(item.source, item.key, payload),
        status=PARKED if item.card_id is None else PENDING,
    )


def _identity(row: Event) -> tuple[str, str, str]:
    return (row.source, row.kind, row.key)


_Stored = dict[tuple[str, str, str], tuple[int, str, bool]]


def _insert_one(row: Event, using: str) -> _Stored:
    """One INSERT ... ON CONFLICT DO NOTHING RETURNING; only a repeat asks a second question."""
    pk = insert_or_ignore(row, using=using)
    if pk is not None:
        return {_identity(row): (pk, row.body_hash, True)}
    stored = (
        Event.objects.using(using)
        .only("pk", "body_hash")
        .get(program_id=row.program_id, source=row.source, kind=row.kind, key=row.key)
    )
    return {_identity(row): (stored.pk, stored.body_hash, False)}


def _insert_many(rows: list[Event], program: Program, using: str) -> _Stored:
    if not rows:
        return {}
    before = _stored(rows, program, using)
    fresh = [row for row in rows if _identity(row) not in before]
    if fresh:
        Event.objects.using(using).bulk_create(fresh, ignore_conflicts=True)
    after = _stored(rows, program, using) if fresh else before
    return {identity: (pk, digest, identity not in before) for identity, (pk, digest) in after.items()}


def _stored(rows: list[Event], program: Program, using: str) -> dict[tuple[str, str, str], tuple[int, str]]:
    found = Event.objects.using(using).filter(
        program_id=program.pk,
        source__in={row.source for row in rows},
        kind__in={row.kind for row in rows},
        key__in=[row.key for row in rows],
    )
    return {
        (source, kind, key): (pk, digest)
        for source, kind, key, pk, digest in found.values_list("source", "kind", "key", "pk", "body_hash")
    }


def _written(
    row: Event, unique: dict[tuple[str, str, str], Event], keys: _Stored
) -> EventWritten | LoyaltyError:
    pk, digest, created = keys[_identity(row)]
    if digest != row.body_hash:
        return EventConflict(kind=row.kind, key=row.key)
    return EventWritten(pk, created and unique[_identity(row)] is row)
