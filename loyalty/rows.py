"""Writing many rows in one statement per table: UNNEST on PostgreSQL, json_each on SQLite."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connections, models

Row = Sequence[Any]


def insert_models(rows: Sequence[models.Model], using: str) -> None:
    """Insert model instances of one kind, if there are any."""
    if rows:
        type(rows[0])._default_manager.using(using).bulk_create(rows)


def update_rows(model: type[models.Model], *, fields: Sequence[str], rows: Sequence[Row], using: str) -> None:
    """Set `fields` of the rows whose key stands first: rows are (pk, value, value ...)."""
    if not rows:
        return
    source, params, columns = _source(model, [_pk_name(model), *fields], rows, using)
    quote = connections[using].ops.quote_name
    table = quote(model._meta.db_table)
    sets = ", ".join(f"{quote(column)} = v.{quote(column)}" for column in columns[1:])
    key = quote(columns[0])
    with connections[using].cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {sets} FROM {source} WHERE {table}.{key} = v.{key}", params)


def upsert_rows(
    model: type[models.Model],
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
    names = [*keys, *fields, *add]
    source, params, columns = _source(model, names, rows, using)
    quote = connections[using].ops.quote_name
    quoted = [quote(column) for column in columns]
    sets = ", ".join(
        f"{column} = EXCLUDED.{column}" for column in quoted[len(keys) : len(keys) + len(fields)]
    )
    returned = ", ".join([quote(_pk_column(model)), *quoted[: len(keys)]])
    sql = (
        f"INSERT INTO {quote(model._meta.db_table)} ({', '.join(quoted)}) "
        f"SELECT {', '.join(f'v.{column}' for column in quoted)} FROM {source} WHERE TRUE "
        f"ON CONFLICT ({', '.join(quoted[: len(keys)])}) DO UPDATE SET {sets} RETURNING {returned}"
    )
    with connections[using].cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def insert_or_ignore(row: models.Model, *, using: str) -> int | None:
    """INSERT ... ON CONFLICT DO NOTHING RETURNING the key; None when a row with the same unique key is there.

    `bulk_create(ignore_conflicts=True)` does not tell which; a caught IntegrityError would break the host's transaction.
    """
    connection = connections[using]
    quote = connection.ops.quote_name
    fields = [field for field in row._meta.local_concrete_fields if not field.primary_key]
    values = [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields]
    sql = (
        f"INSERT INTO {quote(row._meta.db_table)} ({', '.join(quote(str(field.column)) for field in fields)}) "
        f"VALUES ({', '.join(['%s'] * len(values))}) ON CONFLICT DO NOTHING "
        f"RETURNING {quote(_pk_column(type(row)))}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found = cursor.fetchone()
    return int(found[0]) if found else None


def _pk_column(model: type[models.Model]) -> str:
    return str(model._meta.pk.column)


def _pk_name(model: type[models.Model]) -> str:
    return str(model._meta.pk.attname)


def _source(
    model: type[models.Model], names: Sequence[str], rows: Sequence[Row], alias: str
) -> tuple[str, list[Any], list[str]]:
    """A derived table `v` with one column a field, its parameters, and the columns."""
    connection = connections[alias]
    quote = connection.ops.quote_name
    fields = [_field(model, name) for name in names]
    columns = [field.column for field in fields]
    prepared: Iterable[list[Any]] = (
        [field.get_db_prep_save(value, connection) for value in values]
        for field, values in zip(fields, zip(*rows, strict=True), strict=True)
    )
    listed = ", ".join(quote(column) for column in columns)
    if connection.vendor == "postgresql":
        arrays = ", ".join(f"%s::{_type(field, alias)}[]" for field in fields)
        return f"UNNEST({arrays}) AS v ({listed})", list(prepared), columns
    extracted = ", ".join(
        f"json_extract(value, '$[{n}]') AS {quote(column)}" for n, column in enumerate(columns)
    )
    document = json.dumps(list(zip(*prepared, strict=True)), default=str)
    return f"(SELECT {extracted} FROM json_each(%s)) AS v", [document], columns


def _field(model: type[models.Model], name: str) -> Any:
    return next(field for field in model._meta.concrete_fields if name in (field.name, field.attname))


def _type(field: Any, alias: str) -> str:
    """The column's type; a key's is that of what it refers to."""
    connection = connections[alias]
    while field.remote_field is not None:
        field = field.target_field
    kind: str = field.rel_db_type(connection) if field.primary_key else field.db_type(connection)
    return kind
