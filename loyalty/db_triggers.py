"""The database itself refuses to change what is written once: ledger entries and what they took from lots.

Nothing depends on these triggers but the refusal of somebody else's UPDATE, so a database that has none still
works: a system check names what is missing. On PostgreSQL UPDATE and DELETE are refused per row, TRUNCATE is
not, so that a host's `TransactionTestCase` can empty the tables; on SQLite, where it deletes rows, only
UPDATE is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.core.checks import CheckMessage, Tags, register
from django.core.checks import Warning as CheckWarning
from django.db import connections, router
from django.db.backends.base.base import BaseDatabaseWrapper

from loyalty.models import LedgerEntry, LotAllocation

APPEND_ONLY = (LedgerEntry, LotAllocation)

# SQLSTATE 23001 is restrict_violation: Django shows it as IntegrityError, as SQLite's ABORT.
_POSTGRESQL_FUNCTION = """
    CREATE OR REPLACE FUNCTION loyalty_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'Rows of % are written once and never changed.', TG_TABLE_NAME USING ERRCODE =
        '23001';
    END $$
"""
_CREATE = {
    "postgresql": (
        "CREATE TRIGGER {trigger} BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION loyalty_refuse_change()"
    ),
    "sqlite": (
        "CREATE TRIGGER {trigger} BEFORE UPDATE ON {table} "
        "BEGIN SELECT RAISE(ABORT, 'Rows of this table never change.'); END"
    ),
}
_EXISTING = {
    "postgresql": (
        "SELECT t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
        "WHERE t.tgenabled <> 'D' AND c.relname = ANY(%s) AND pg_table_is_visible(c.oid)"
    ),
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
}


def install(*, using: str, **_options: object) -> None:
    """Create the triggers that are missing in the database `using`; safe to run after every migration."""
    connection = connections[using]
    missing = find_missing(connection)
    if not missing:
        return
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_POSTGRESQL_FUNCTION)
        for table in missing:
            cursor.execute(
                _CREATE[connection.vendor].format(trigger=quote(_trigger_of(table)), table=quote(table))
            )


def find_missing(connection: BaseDatabaseWrapper) -> list[str]:
    """The existing append-only tables that nothing guards; none where we write no triggers."""
    if connection.vendor not in _CREATE:
        return []
    tables = [
        model._meta.db_table for model in APPEND_ONLY if router.allow_migrate_model(connection.alias, model)
    ]
    if not tables:
        return []
    with connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor))
        cursor.execute(_EXISTING[connection.vendor], [tables] if connection.vendor == "postgresql" else None)
        guarded = {row[0] for row in cursor.fetchall()}
    return [table for table in tables if table in there and _trigger_of(table) not in guarded]


# A warning, not an error: `migrate` runs this check first and must be able to mend what it reports.
@register(Tags.database)
def check_triggers(*, databases: Iterable[str] | None = None, **_options: object) -> Sequence[CheckMessage]:
    """One warning for each table whose trigger is missing."""
    return [
        CheckWarning(
            f"Nothing in the database {alias!r} stops rows of {table} from being changed.",
            hint=f"Run `manage.py migrate --database {alias}`: it creates the missing trigger.",
            id="loyalty.W001",
        )
        for alias in databases or ()
        for table in find_missing(connections[alias])
    ]


def _trigger_of(table: str) -> str:
    return f"{table}_append_only"
