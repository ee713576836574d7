"""Keys of rows that must have been written by now."""

from __future__ import annotations

from typing import Any, Protocol


class HasKey(Protocol):
    """Anything that is or stands for a row."""

    @property
    def pk(self) -> Any:
        """The key, None while it is not written."""


def key_of(row: HasKey | None) -> int:
    """The key of a written row; an AssertionError means that rows are written in the wrong order."""
    assert row is not None
    assert row.pk is not None, "This row should have been written before."
    return int(row.pk)


def known(pk: int | None) -> int:
    """A key that stored things have, and drafts in memory have not."""
    assert pk is not None, "Only what is published can be stored."
    return pk
