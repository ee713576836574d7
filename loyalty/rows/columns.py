"""Fields and columns of models by name."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.db import connections, models


@lru_cache(maxsize=1024)
def field_of(model: type[models.Model], name: str) -> Any:
    """The field with this name; "card" and "card_id" are the same."""
    return next(field for field in model._meta.concrete_fields if name in (field.name, field.attname))


def column_of(model: type[models.Model], name: str, using: str) -> str:
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
