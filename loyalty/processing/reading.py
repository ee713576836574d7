"""Reading what waits in the inbox for claimed cards."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import Model

from loyalty.columns import Columns, among, table_of
from loyalty.models import Event, Program
from loyalty.processing.inbox import PARKED, PENDING
from loyalty.rules.events import EventState

_EVENT = (
    "id",
    "source",
    "kind",
    "key",
    "card_id",
    "occurred_at",
    "payload",
    "purchase_key",
    "cascaded",
    "attempts",
    "status",
)
_COLUMNS = Columns(((Event, "e", _EVENT), (Program, "p", ("id", "campaigns_version"))))

# Two branches, so that each finds its rows by an index of its own.
_SQL = """
SELECT {columns} FROM {event} e JOIN {program} p ON p.id = e.program_id
WHERE e.card_id {cards} AND e.status = %s
UNION ALL
SELECT {columns} FROM {event} c JOIN {event} e ON e.program_id = c.program_id AND e.purchase_key = c.purchase_key
JOIN {program} p ON p.id = e.program_id
WHERE c.card_id {cards} AND c.status = %s AND c.kind = 'loyalty.purchase' AND e.status = %s
ORDER BY 1
"""


def read_waiting(cards: Collection[int], *, using: str) -> tuple[Program | None, list[EventState]]:
    """What is pending for these cards, and what is parked for a purchase of theirs, whosever it is; with the program.

    Of the program only key and version are read: they are all that one needs who knows its campaigns already.
    """
    some, keys = among(cards, using=using)
    tables: dict[str, type[Model]] = {"event": Event, "program": Program}
    names = {name: table_of(model, using) for name, model in tables.items()}
    sql = _SQL.format(columns=_COLUMNS.listed(using), cards=some, **names)
    rows = _COLUMNS.read(sql, [keys, PENDING, keys, PENDING, PARKED], using=using)
    if not rows:
        return None, []
    program = Program.from_db(using, ("id", "campaigns_version"), rows[0][-2:])
    return program, [_make(*row[:-2]) for row in rows]


def _make(
    pk: int,
    source: str,
    kind: str,
    key: str,
    card_id: int | None,
    occurred_at: Any,
    payload: Any,
    purchase_key: str,
    cascaded: bool,
    attempts: int,
    status: str,
) -> EventState:
    return EventState(
        source=source,
        kind=kind,
        key=key,
        card_id=card_id,
        occurred_at=occurred_at,
        payload=payload,
        purchase_key=purchase_key,
        pk=pk,
        cascaded=cascaded,
        attempts=attempts,
        status=status,
        note={"card_was_unknown": True} if card_id is None else {},
    )
