"""Locking cards: all that a batch involves, in one statement, in one order everywhere (S3, S27)."""

from __future__ import annotations

from collections.abc import Collection

from django.db import OperationalError, connections

from loyalty.models import Card, Program
from loyalty.rules.state import CardState

# Rows come out from the highest key to the lowest: children are usually enrolled after their parents, so they are
# locked before them. Any one order is free of deadlocks; this one makes others wait less at a hot parent.
_SQL = """
WITH RECURSIVE chain(id, parent_id, depth) AS (
    SELECT id, parent_id, 0 FROM {card} WHERE id IN ({roots})
    UNION
    SELECT c.id, c.parent_id, chain.depth + 1 FROM {card} c JOIN chain ON c.id = chain.parent_id WHERE chain.depth < %s
)
SELECT id, COALESCE(external_id, ''), status, status_since, enrolled_at, parent_id, parent_since, linked_at,
       purchases_count, spent_total
FROM {card} WHERE id IN (SELECT id FROM chain) OR id IN ({singles})
ORDER BY id DESC {lock}
"""


class TreeMoved(Exception):
    """The tree changed between finding the cards and locking them: start again."""


def has_lost_race(error: BaseException) -> bool:
    """Whether the database gave way to another transaction (deadlock, serialization): the same again may succeed."""
    state = getattr(error.__cause__, "sqlstate", None)
    return isinstance(error, OperationalError) and state in ("40001", "40P01")


def lock_cards(
    *, roots: Collection[int], singles: Collection[int], levels: int, using: str, lock: bool = True
) -> dict[int, CardState]:
    """Lock `roots` with `levels` of their ancestors, and `singles` without; answers their states.

    Raises TreeMoved when a card got another parent while we waited for its lock.
    """
    connection = connections[using]
    locks = lock and connection.features.has_select_for_update
    sql = _SQL.format(
        card=connection.ops.quote_name(Card._meta.db_table),
        roots=", ".join(["%s"] * len(roots)) or "NULL",
        singles=", ".join(["%s"] * len(singles)) or "NULL",
        lock=f"FOR {'NO KEY ' if connection.features.has_select_for_no_key_update else ''}UPDATE"
        if locks
        else "",
    )
    field = {field.attname: field for field in Card._meta.concrete_fields}
    dates = ("status_since", "enrolled_at", "parent_since", "linked_at")
    with connection.cursor() as cursor:
        cursor.execute(sql, [*sorted(roots), levels, *sorted(singles)])
        rows = cursor.fetchall()
    convert = {
        name: connection.ops.get_db_converters(field[name].get_col(Card._meta.db_table, field[name]))
        for name in dates
    }

    def date(name: str, value: object) -> object:
        for converter in convert[name]:
            value = converter(value, field[name].get_col(Card._meta.db_table, field[name]), connection)
        return value

    cards = {
        row[0]: CardState(
            pk=row[0],
            external_id=row[1],
            status=row[2],
            status_since=date("status_since", row[3]),  # type: ignore[arg-type]
            enrolled_at=date("enrolled_at", row[4]),  # type: ignore[arg-type]
            parent_id=row[5],
            parent_since=date("parent_since", row[6]),  # type: ignore[arg-type]
            linked_at=date("linked_at", row[7]),  # type: ignore[arg-type]
            purchases_count=row[8],
            spent_total=row[9],
        )
        for row in rows
    }
    _verify(cards, roots, levels)
    return cards


def _verify(cards: dict[int, CardState], roots: Collection[int], levels: int) -> None:
    for root in roots:
        here = cards.get(root)
        for _level in range(levels):
            if here is None or here.parent_id is None:
                break
            if here.parent_id not in cards:
                raise TreeMoved
            here = cards[here.parent_id]


def lock_program(*, program_pk: int, using: str) -> None:
    """Taken before the cards to move a card that has children: two such moves could close a cycle together (S27)."""
    programs = Program.objects.using(using)
    if connections[using].features.has_select_for_update:
        programs = programs.select_for_update(no_key=True)
    programs.filter(pk=program_pk).values_list("pk").get()


def parents_above(cards: Collection[int], *, using: str) -> dict[int, int | None]:
    """The parents of these cards, of their parents, and so on to the top."""
    connection = connections[using]
    table = connection.ops.quote_name(Card._meta.db_table)
    marks = ", ".join(["%s"] * len(cards))
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE chain(id, parent_id) AS (SELECT id, parent_id FROM {table} WHERE id IN ({marks}) UNION "
            f"SELECT c.id, c.parent_id FROM {table} c JOIN chain ON c.id = chain.parent_id) "
            f"SELECT id, parent_id FROM chain",
            [*cards],
        )
        return dict(cursor.fetchall())
