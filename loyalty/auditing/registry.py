"""Invariants: each is one statement that names the rows that break it, so it sees one moment of a live database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, ClassVar

from django.apps import apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.functional import Promise

from loyalty.rules.registry import Registry


class Invariant:
    """Something that must hold. `sql` selects one row for each violation; its first column names it.

    A table is written `{wallet}` for a model of loyalty and `{applabel_model}` for one of another app. Percent signs
    are doubled. Where databases differ, override `statement`.
    """

    key: ClassVar[str]
    # What holds, as a sentence.
    label: ClassVar[str | Promise]
    # What the first column is the key of.
    subject: ClassVar[str]
    sql: ClassVar[str] = ""

    def statement(self, connection: BaseDatabaseWrapper) -> tuple[str, Sequence[Any]]:
        """The statement and its parameters."""
        return self.fill(self.sql, connection), ()

    def fill(self, sql: str, connection: BaseDatabaseWrapper) -> str:
        """Put the names of tables into a statement."""
        return sql.format_map({name: connection.ops.quote_name(table) for name, table in _tables().items()})


@lru_cache(maxsize=1)
def _tables() -> Mapping[str, str]:
    tables = {}
    for model in apps.get_models(include_auto_created=True):
        label, name = model._meta.app_label, str(model._meta.model_name)
        tables[name if label == "loyalty" else f"{label}_{name}"] = model._meta.db_table
    return tables


invariants: Registry[Invariant] = Registry("invariant", Invariant, attribute="key")
register_invariant = invariants.register
