"""The triggers that keep what is written once from being changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.translation import gettext_lazy as _

from loyalty.auditing.registry import Invariant
from loyalty.db_triggers import find_missing


class TriggersArePresent(Invariant):
    """SQLite loses them whenever a table is remade; `migrate` puts them back."""

    key = "loyalty.append_only"
    label = _("The database refuses changes of entries and of what they took from lots.")
    subject = "table"

    def statement(self, connection: BaseDatabaseWrapper) -> tuple[str, Sequence[Any]]:
        missing = find_missing(connection)
        rows = " UNION ALL ".join(["SELECT CAST(%s AS text) AS unguarded"] * len(missing))
        return rows or "SELECT 'none' AS unguarded WHERE 0 = 1", missing
