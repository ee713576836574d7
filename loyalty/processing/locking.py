"""Locking cards: all that a batch involves, in one statement, in one order everywhere (S3, S27)."""

from __future__ import annotations

from collections.abc import Collection

from django.db import OperationalError, connections

from loyalty.columns import Columns, among, table_of
from loyalty.models import Card, Program
from loyalty.rules.state import CardState

# Rows come out from the highest key to the lowest: children are usually enrolled after their parents, so they are
# locked before them. Any one order is free of deadlocks; this one makes others wait less at a hot parent.
# A subquery and an array instead of joins: the planner thinks of a recursion as long, and would read all cards for it.
_SQL = """
WITH RECURSIVE chain(id, parent_id, depth) AS (
    SELECT id, parent_id, CASE WHEN id {roots} THEN 0 ELSE %s END FROM {card} WHERE id {named}
    UNION
    SELECT chain.parent_id, (SELECT p.parent_id FROM {card} p WHERE p.id = chain.parent_id), chain.depth + 1
    FROM chain WHERE chain.parent_id IS NOT NULL AND chain.depth < %s
)
SELECT {columns} FROM {card} c WHERE c.id {chain} ORDER BY c.id DESC {lock}
"""
# Where cards were ever merged (S29): first the named cards with those that stand for them. Who was merged has no
# children, so it is none's ancestor. The planning alone of this one costs every event a tenth.
_SQL_WITH_MERGES = """
WITH RECURSIVE named(id, merged_into_id, depth) AS (
    SELECT id, merged_into_id, CASE WHEN id {roots} THEN 0 ELSE %s END FROM {card} WHERE id {named}
    UNION
    SELECT named.merged_into_id, (SELECT p.merged_into_id FROM {card} p WHERE p.id = named.merged_into_id), named.depth
    FROM named WHERE named.merged_into_id IS NOT NULL
), chain(id, parent_id, depth) AS (
    SELECT id, parent_id, CASE WHEN id {climbing} THEN 0 ELSE %s END FROM {card} WHERE id {standing}
    UNION
    SELECT chain.parent_id, (SELECT p.parent_id FROM {card} p WHERE p.id = chain.parent_id), chain.depth + 1
    FROM chain WHERE chain.parent_id IS NOT NULL AND chain.depth < %s
)
SELECT {columns} FROM {card} c WHERE c.id {chain} ORDER BY c.id DESC {lock}
"""
_CARD = (
    "id",
    "external_id",
    "status",
    "status_since",
    "enrolled_at",
    "parent_id",
    "parent_since",
    "linked_at",
    "merged_into_id",
    "purchases_count",
    "spent_total",
)
_COLUMNS = Columns(((Card, "c", _CARD),))


class TreeMoved(Exception):
    """The tree changed between finding the cards and locking them: start again."""


def has_lost_race(error: BaseException) -> bool:
    """Whether the database gave way to another transaction (deadlock, serialization): the same again may succeed."""
    state = getattr(error.__cause__, "sqlstate", None)
    return isinstance(error, OperationalError) and state in ("40001", "40P01")


def lock_cards(
    *,
    roots: Collection[int],
    singles: Collection[int],
    levels: int,
    merges: bool,
    using: str,
    lock: bool = True,
) -> dict[int, CardState]:
    """Lock `roots` with `levels` of their ancestors, and `singles` without; answers their states.

    With `merges` who was merged comes with the card that stands for it since. Raises TreeMoved when a card got another
    parent, or was merged, while we waited for its lock.
    """
    features = connections[using].features
    climbing, roots_param = among(roots, using=using)
    named, named_param = among({*roots, *singles}, using=using)
    how = f"FOR {'NO KEY ' if features.has_select_for_no_key_update else ''}UPDATE"
    within = "= ANY(ARRAY({}))" if connections[using].vendor == "postgresql" else "IN ({})"
    sql = (_SQL_WITH_MERGES if merges else _SQL).format(
        card=table_of(Card, using),
        columns=_COLUMNS.listed(using),
        roots=climbing,
        named=named,
        chain=within.format("SELECT id FROM chain"),
        standing=within.format("SELECT id FROM named"),
        climbing=within.format("SELECT id FROM named WHERE depth = 0"),
        lock=how if lock and features.has_select_for_update else "",
    )
    params = [roots_param, levels, named_param, *([levels] if merges else ()), levels]
    cards = {
        pk: CardState(
            pk=pk,
            external_id=external_id or "",
            status=status,
            status_since=status_since,
            enrolled_at=enrolled_at,
            parent_id=parent_id,
            parent_since=parent_since,
            linked_at=linked_at,
            merged_into_id=merged_into_id,
            purchases_count=purchases_count,
            spent_total=spent_total,
        )
        for (
            pk,
            external_id,
            status,
            status_since,
            enrolled_at,
            parent_id,
            parent_since,
            linked_at,
            merged_into_id,
            purchases_count,
            spent_total,
        ) in _COLUMNS.read(sql, params, using=using)
    }
    _verify(cards, roots, levels)
    return cards


def _verify(cards: dict[int, CardState], roots: Collection[int], levels: int) -> None:
    survivors = set()
    for card in cards.values():
        if card.merged_into_id is not None:
            if card.merged_into_id not in cards:
                raise TreeMoved
            if card.pk in roots or card.pk in survivors:
                survivors.add(card.merged_into_id)
    for root in (*roots, *survivors):
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
