"""Columns of models by name, and reading them past the ORM: for the few statements that every event pays for.

What the ORM costs there is putting the statement together. Values come out as the models' fields give them, on every
database. A `Fact` of a host's may read with it too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db import connections, models

Model = type[models.Model]
Converter = tuple[int, Callable[[Any], Any]]


@dataclass(frozen=True, slots=True)
class Columns:
    """What a statement reads, in order: (model, its name within the statement, names of its fields)."""

    parts: tuple[tuple[Model, str, tuple[str, ...]], ...]

    def listed(self, using: str) -> str:
        """What stands after SELECT."""
        return _prepare(self, using)[0]

    def read(self, sql: str, params: Sequence[Any], *, using: str) -> list[Sequence[Any]]:
        """Run a statement that selects `listed`."""
        with connections[using].cursor() as cursor:
            cursor.execute(sql, params)
            rows: list[Sequence[Any]] = cursor.fetchall()
        converters = _prepare(self, using)[1]
        if not converters:
            return rows
        converted = [list(row) for row in rows]
        for place, convert in converters:
            for row in converted:
                row[place] = convert(row[place])
        return list(converted)


def among(keys: Collection[int], *, using: str) -> tuple[str, Any]:
    """What stands after a column to say that it is one of these keys, with its one parameter."""
    if len(keys) == 1:
        return "= %s", next(iter(keys))
    if connections[using].vendor == "postgresql":
        return "= ANY(%s::bigint[])", array_of(keys)
    return "IN (SELECT value FROM json_each(%s))", json.dumps(list(keys))


def array_of(keys: Iterable[int]) -> str:
    """Keys as PostgreSQL writes an array, to be cast to bigint[]: faster than the driver's own way by far."""
    return f"{{{','.join(map(str, keys))}}}"


@lru_cache(maxsize=256)
def table_of(model: Model, using: str) -> str:
    """The quoted name of a model's table."""
    return connections[using].ops.quote_name(model._meta.db_table)


@lru_cache(maxsize=1024)
def field_of(model: Model, name: str) -> Any:
    """The field with this name; "card" and "card_id" are the same."""
    return next(field for field in model._meta.concrete_fields if name in (field.name, field.attname))


def column_of(model: Model, name: str, using: str) -> str:
    """The quoted column of a field."""
    quoted: str = connections[using].ops.quote_name(field_of(model, name).column)
    return quoted


def type_of(field: Any, using: str) -> str:
    """The column's type; a key's is that of what it refers to. Casting to varchar(n) would cut what is too long."""
    connection = connections[using]
    while field.remote_field is not None:
        field = field.target_field
    kind: str = field.rel_db_type(connection) if field.primary_key else field.db_type(connection)
    return "text" if kind.startswith("varchar") else kind


@lru_cache(maxsize=64)
def _prepare(columns: Columns, using: str) -> tuple[str, tuple[Converter, ...]]:
    listed: list[str] = []
    converters: list[Converter] = []
    for model, name, fields in columns.parts:
        for field_name in fields:
            convert = _converter(field_of(model, field_name), using)
            if convert is not None:
                converters.append((len(listed), convert))
            listed.append(f"{name}.{column_of(model, field_name, using)}")
    return ", ".join(listed), tuple(converters)


def _converter(field: Any, using: str) -> Callable[[Any], Any] | None:
    """How a value of the database becomes the field's; None where it is that already."""
    connection = connections[using]
    column = field.get_col(field.model._meta.db_table)
    chain = [*connection.ops.get_db_converters(column), *field.get_db_converters(connection)]
    if not chain:
        return None

    def convert(value: Any) -> Any:
        for step in chain:
            value = step(value, column, connections[using])
        return value

    return convert
