"""Checking all invariants, one after the other."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django.db import DatabaseError, connections, router, transaction

from loyalty.auditing.registry import Invariant, invariants
from loyalty.models import LedgerEntry


@dataclass(frozen=True, slots=True)
class Finding:
    """How one invariant came out: how many rows break it and the first of them, or why it could not be checked."""

    key: str
    label: str
    subject: str
    count: int
    first: list[str]
    seconds: float
    error: str = ""

    @property
    def is_sound(self) -> bool:
        """Whether it was checked and nothing breaks it."""
        return not self.count and not self.error


def run_invariants(*, only: Collection[str] = (), first: int = 10) -> Iterator[Finding]:
    """Check every invariant, or those named by `only`; gives each as soon as it is known."""
    using = router.db_for_write(LedgerEntry)
    for invariant in sorted(invariants, key=lambda one: one.key):
        if not only or invariant.key in only:
            yield _run(invariant, using, first)


def _run(invariant: Invariant, using: str, first: int) -> Finding:
    started = time.monotonic()
    count, names, error = 0, list[str](), ""
    connection = connections[using]
    try:
        sql, params = invariant.statement(connection)
        # The count comes with the first rows: one statement, and no more than those rows to fetch.
        counted = f"SELECT v.*, COUNT(*) OVER () FROM ({sql}) v ORDER BY 1 LIMIT %s"
        with transaction.atomic(using=using), connection.cursor() as cursor:
            cursor.execute(counted, [*params, max(1, first)])
            rows = cursor.fetchall()
        if rows:
            count, names = int(rows[0][-1]), [str(row[0]) for row in rows[:first]]
    except DatabaseError as problem:
        error = f"{type(problem).__name__}: {problem}".strip()
    return Finding(
        key=invariant.key,
        label=str(invariant.label),
        subject=invariant.subject,
        count=count,
        first=names,
        seconds=time.monotonic() - started,
        error=error,
    )
