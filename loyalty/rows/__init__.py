"""Many rows in one statement per table: UNNEST on PostgreSQL, json_each on SQLite, VALUES for a single row."""

from loyalty.rows.statements import (
    insert_models,
    insert_new_rows,
    insert_rows,
    set_fields,
    update_rows,
    upsert_rows,
)

__all__ = [
    "insert_models",
    "insert_new_rows",
    "insert_rows",
    "set_fields",
    "update_rows",
    "upsert_rows",
]
