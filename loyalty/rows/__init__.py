"""Many rows in one statement per table: UNNEST on PostgreSQL, json_each on SQLite, VALUES for a single row."""

from loyalty.rows.reading import Columns, among, table
from loyalty.rows.statements import (
    insert_models,
    insert_new_rows,
    insert_rows,
    set_fields,
    update_rows,
    upsert_rows,
)

__all__ = [
    "Columns",
    "among",
    "insert_models",
    "insert_new_rows",
    "insert_rows",
    "set_fields",
    "table",
    "update_rows",
    "upsert_rows",
]
