"""Reading rows past the ORM, for the few statements that every event pays for.

The values come out as the models' fields would give them; what the ORM costs here is putting the statement together.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db import connections, models

from loyalty.rows.arrays import array_writer
from loyalty.rows.columns import field_of

_write_keys = array_writer("bigint")


@dataclass(frozen=True, slots=True)
class Columns:
    """What a statement reads, in order: (model, its name within the statement, names of its fields)."""

    parts: tuple[tuple[type[models.Model], str, tuple[str, ...]], ...]

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
        return "= ANY(%s::bigint[])", _write_keys(list(keys))
    return "IN (SELECT value FROM json_each(%s))", json.dumps(list(keys))


def table(model: type[models.Model], *, using: str) -> str:
    """The quoted name of a model's table."""
    return connections[using].ops.quote_name(model._meta.db_table)


Converter = tuple[int, Callable[[Any], Any]]


@lru_cache(maxsize=64)
def _prepare(columns: Columns, using: str) -> tuple[str, tuple[Converter, ...]]:
    quote = connections[using].ops.quote_name
    listed: list[str] = []
    converters: list[Converter] = []
    for model, name, fields in columns.parts:
        for field_name in fields:
            field = field_of(model, field_name)
            convert = _converter(field, using)
            if convert is not None:
                converters.append((len(listed), convert))
            listed.append(f"{name}.{quote(field.column)}")
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
