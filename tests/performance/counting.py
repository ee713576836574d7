"""Counting what a call asks of the database: statements of transactions aside."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from django.db import connection
from django.test.utils import CaptureQueriesContext

_FRAMES = ("BEGIN", "SAVEPOINT", "RELEASE SAVEPOINT", "COMMIT", "ROLLBACK")


class Counted(list[str]):
    """The statements, in order."""

    def __str__(self) -> str:
        return f"{len(self)} statements:\n" + "\n".join(f"  {sql.strip()[:110]}" for sql in self)


@contextlib.contextmanager
def counted() -> Iterator[Counted]:
    """The statements of the block, once it is left."""
    statements = Counted()
    with CaptureQueriesContext(connection) as queries:
        yield statements
    statements.extend(query["sql"] for query in queries if not query["sql"].startswith(_FRAMES))
