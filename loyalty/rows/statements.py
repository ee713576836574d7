"""The statements, one per table however many rows.

Rows are tuples of values as the models' fields take them. This is the hot path: the statement of a table is put
together once, and values go to the database without a model instance in between. The ORM is for everything else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db import connections, models

from loyalty.columns import among, column_of, field_of, table_of, type_of
from loyalty.rows.arrays import array_writer

Row = Sequence[Any]
Model = type[models.Model]


def insert_models(rows: Sequence[models.Model], using: str) -> None:
    """Insert model instances of one kind, if there are any; for what is written rarely."""
    if rows:
        type(rows[0])._default_manager.using(using).bulk_create(rows)


def insert_rows(model: Model, *, fields: Sequence[str], rows: Sequence[Row], using: str) -> list[int]:
    """Insert rows of (fields...); answers their keys in the same order. Every column without a default is named."""
    if not rows:
        return []
    table = _table(model, tuple(fields), using)
    source, params = table.source(rows)
    sql = f"INSERT INTO {table.name} ({table.listed}) {source} RETURNING {table.key}"
    return [key for (key,) in _fetch(sql, params, using)]


def insert_new_rows(
    model: Model, *, fields: Sequence[str], rows: Sequence[Row], returning: Sequence[str], using: str
) -> list[tuple[Any, ...]]:
    """Insert the rows whose unique keys are not there yet; answers the `returning` fields of those, in no order.

    `bulk_create(ignore_conflicts=True)` does not tell which; a caught IntegrityError would break the host's transaction.
    """
    if not rows:
        return []
    table = _table(model, tuple(fields), using)
    source, params = table.source(rows)
    told = ", ".join(column_of(model, name, using) for name in returning)
    where = " WHERE TRUE" if len(rows) > 1 else ""  # else SQLite takes ON CONFLICT for a join's ON
    sql = f"INSERT INTO {table.name} ({table.listed}) {source}{where} ON CONFLICT DO NOTHING RETURNING {told}"
    return _fetch(sql, params, using)


def update_rows(model: Model, *, fields: Sequence[str], rows: Sequence[Row], using: str) -> None:
    """Set `fields` of the rows whose key stands first: rows are (pk, value, value ...)."""
    if not rows:
        return
    table = _table(model, (model._meta.pk.attname, *fields), using)
    if len(rows) == 1:
        sets = ", ".join(
            f"{column} = {mark}" for column, mark in zip(table.columns[1:], table.marks[1:], strict=True)
        )
        key, *values = table.prepare(rows[0])
        _run(f"UPDATE {table.name} SET {sets} WHERE {table.key} = %s", [*values, key], using)
        return
    derived, params = table.derived(rows)
    sets = ", ".join(f"{column} = v.{column}" for column in table.columns[1:])
    _run(
        f"UPDATE {table.name} SET {sets} FROM {derived} WHERE {table.name}.{table.key} = v.{table.key}",
        params,
        using,
    )


def set_fields(model: Model, *, values: Mapping[str, Any], keys: Sequence[int], using: str) -> None:
    """Give some fields the same values in all rows with these keys."""
    if not keys:
        return
    table = _table(model, tuple(values), using)
    sets = ", ".join(f"{column} = {mark}" for column, mark in zip(table.columns, table.marks, strict=True))
    some, param = among(keys, using=using)
    _run(
        f"UPDATE {table.name} SET {sets} WHERE {table.key} {some}",
        [*table.prepare(list(values.values())), param],
        using,
    )


def upsert_rows(
    model: Model,
    *,
    keys: Sequence[str],
    fields: Sequence[str],
    rows: Sequence[Row],
    add: Sequence[str] = (),
    using: str,
) -> list[tuple[Any, ...]]:
    """Insert rows of (keys..., fields..., add...) or overwrite `fields` of those that exist; `add` is for new rows only.

    Answers (pk, keys...) of all rows, in no order.
    """
    if not rows:
        return []
    table = _table(model, (*keys, *fields, *add), using)
    source, params = table.source(rows)
    unique = ", ".join(table.columns[: len(keys)])
    changing = table.columns[len(keys) : len(keys) + len(fields)]
    sets = ", ".join(f"{column} = EXCLUDED.{column}" for column in changing)
    where = " WHERE TRUE" if len(rows) > 1 else ""
    sql = (
        f"INSERT INTO {table.name} ({table.listed}) {source}{where} "
        f"ON CONFLICT ({unique}) DO UPDATE SET {sets} RETURNING {table.key}, {unique}"
    )
    return _fetch(sql, params, using)


@dataclass(frozen=True, slots=True)
class _Table:
    """Some columns of a table, and how rows of them get into a statement."""

    name: str
    key: str
    columns: tuple[str, ...]
    listed: str
    marks: tuple[str, ...]
    types: tuple[str, ...]
    one: tuple[Callable[[Any], Any], ...]
    many: tuple[Callable[[Sequence[Any]], Any], ...]

    def prepare(self, row: Row) -> list[Any]:
        """The values of one row as parameters."""
        return [write(value) for write, value in zip(self.one, row, strict=True)]

    def source(self, rows: Sequence[Row]) -> tuple[str, list[Any]]:
        """What stands after INSERT INTO, and its parameters."""
        if len(rows) == 1:
            return f"VALUES ({', '.join(self.marks)})", self.prepare(rows[0])
        derived, params = self.derived(rows)
        return f"SELECT {', '.join(f'v.{column}' for column in self.columns)} FROM {derived}", params

    def derived(self, rows: Sequence[Row]) -> tuple[str, list[Any]]:
        """A derived table `v` of these columns, and its parameters."""
        if self.many:
            columns = zip(*rows, strict=True)
            params = [write(values) for write, values in zip(self.many, columns, strict=True)]
            arrays = ", ".join(f"%s::{kind}[]" for kind in self.types)
            return f"UNNEST({arrays}) AS v ({self.listed})", params
        extracted = ", ".join(
            f"json_extract(value, '$[{n}]') AS {column}" for n, column in enumerate(self.columns)
        )
        document = json.dumps([self.prepare(row) for row in rows], default=str)
        return f"(SELECT {extracted} FROM json_each(%s)) AS v", [document]


@lru_cache(maxsize=256)
def _table(model: Model, names: tuple[str, ...], alias: str) -> _Table:
    connection = connections[alias]
    fields = [field_of(model, name) for name in names]
    columns = tuple(column_of(model, name, alias) for name in names)
    on_postgresql = connection.vendor == "postgresql"
    kinds = tuple(type_of(field, alias) for field in fields)
    return _Table(
        name=table_of(model, alias),
        key=column_of(model, model._meta.pk.attname, alias),
        columns=columns,
        listed=", ".join(columns),
        marks=tuple("%s::jsonb" if on_postgresql and kind == "jsonb" else "%s" for kind in kinds),
        types=kinds,
        one=tuple(_writer(field, kind, alias) for field, kind in zip(fields, kinds, strict=True)),
        many=tuple(array_writer(kind) for kind in kinds) if on_postgresql else (),
    )


def _writer(field: Any, kind: str, alias: str) -> Callable[[Any], Any]:
    """How one value becomes a parameter. PostgreSQL's driver takes nearly all values as they are."""
    connection = connections[alias]
    if connection.vendor != "postgresql":
        return lambda value: field.get_db_prep_save(value, connections[alias])
    if kind == "jsonb":
        return lambda value: None if value is None else json.dumps(value)
    return lambda value: value


def _run(sql: str, params: Sequence[Any], using: str) -> None:
    with connections[using].cursor() as cursor:
        cursor.execute(sql, params)


def _fetch(sql: str, params: Sequence[Any], using: str) -> list[tuple[Any, ...]]:
    with connections[using].cursor() as cursor:
        cursor.execute(sql, params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
