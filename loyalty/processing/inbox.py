"""The inbox: writing events, each unique by program, source, kind and key for ever (S6, R2)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import router
from django.utils import timezone

from loyalty.exceptions import EventConflict, EventKindUnknown, LoyaltyError
from loyalty.models import Event, Program
from loyalty.periods import format_instant
from loyalty.processing.campaigns import load_program_rules
from loyalty.rows import insert_new_rows
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
    rules, moment = load_program_rules(program), timezone.now()
    rows = [_prepare(rules, item, moment) for item in items]
    unique: dict[_Identity, _Row] = {}
    for row in rows:
        if isinstance(row, _Row):
            unique.setdefault(row.identity, row)
    stored = _insert(program, unique, using)
    return [row if isinstance(row, LoyaltyError) else _written(row, unique, stored) for row in rows]


_Identity = tuple[str, str, str]

# In the order of these the values of an event are written, here and where events follow from others.
EVENT_FIELDS = (
    "program_id",
    "source",
    "kind",
    "key",
    "card_id",
    "occurred_at",
    "payload",
    "body_hash",
    "purchase_key",
    "cause_id",
    "cascaded",
    "status",
    "attempts",
    "error",
    "recorded_at",
)
_IDENTITY = ("source", "kind", "key")


@dataclass(frozen=True, slots=True)
class _Row:
    """An event as it will be written; `values` are those of `EVENT_FIELDS`."""

    identity: _Identity
    digest: str
    values: tuple[Any, ...]


def _prepare(rules: ProgramRules, item: NewEvent, moment: datetime) -> _Row | LoyaltyError:
    try:
        kind = event_kinds.get(item.kind)
        payload = kind.clean(item.payload, rules)
    except UnknownKind as error:
        return EventKindUnknown(kind=error.kind)
    except LoyaltyError as error:
        return error
    occurred_at = item.occurred_at.astimezone(UTC)
    identity = (item.source, kind.kind, item.key)
    digest = body_hash(card_id=item.card_id, occurred_at=occurred_at, payload=payload)
    values = (
        rules.pk,
        *identity,
        item.card_id,
        occurred_at,
        payload,
        digest,
        kind.purchase_key(item.source, item.key, payload),
        None,
        False,
        PARKED if item.card_id is None else PENDING,
        0,
        "",
        moment,
    )
    return _Row(identity, digest, values)


def _insert(
    program: Program, rows: Mapping[_Identity, _Row], using: str
) -> dict[_Identity, tuple[int, str, bool]]:
    """One INSERT ... ON CONFLICT DO NOTHING; only repeats ask a second question. (key, hash, whether it is new)."""
    new = insert_new_rows(
        Event,
        fields=EVENT_FIELDS,
        rows=[row.values for row in rows.values()],
        returning=("id", *_IDENTITY),
        using=using,
    )
    found = {(source, kind, key): (pk, rows[source, kind, key].digest, True) for pk, source, kind, key in new}
    repeated = [identity for identity in rows if identity not in found]
    if repeated:
        sources, kinds, keys = (set(part) for part in zip(*repeated, strict=True))
        stored = Event.objects.using(using).filter(
            program_id=program.pk, source__in=sources, kind__in=kinds, key__in=keys
        )
        for pk, digest, source, kind, key in stored.values_list("pk", "body_hash", *_IDENTITY):
            found.setdefault((source, kind, key), (pk, digest, False))
    return found


def _written(
    row: _Row, unique: Mapping[_Identity, _Row], stored: Mapping[_Identity, tuple[int, str, bool]]
) -> EventWritten | LoyaltyError:
    pk, digest, created = stored[row.identity]
    if digest != row.digest:
        return EventConflict(kind=row.identity[1], key=row.identity[2])
    return EventWritten(pk, created and unique[row.identity] is row)
