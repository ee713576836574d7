"""The database of a test run. `python -m tests.database` says whether PostgreSQL answers.

`LOYALTY_TEST_DB` is `sqlite` (default, in memory) or `postgres`; `LOYALTY_TEST_DATABASE_URL` names a server.
"""

import os
import sys
from typing import Any

from example_project.database_url import parse_database_url, sqlite_options

POSTGRES_URL = "postgres://postgres@127.0.0.1:5432/postgres"


def wants_postgres() -> bool:
    """Whether this run was asked to use PostgreSQL."""
    return os.environ.get("LOYALTY_TEST_DB", "sqlite") == "postgres"


def in_ci() -> bool:
    """Whether this run is an automatic one, where nothing may be left out quietly."""
    return os.environ.get("CI") == "true"


def database() -> dict[str, Any]:
    """The `DATABASES` entry of this run."""
    if not wants_postgres():
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:", "OPTIONS": sqlite_options()}
    entry = parse_database_url(os.environ.get("LOYALTY_TEST_DATABASE_URL", POSTGRES_URL))
    # A name of its own for each run, so that two runs on one machine do not drop each other's database.
    return {**entry, "TEST": {"NAME": f"test_loyalty_{os.getpid()}"}}


def postgres_problem() -> str:
    """One line on why PostgreSQL cannot be used, or an empty string."""
    url = os.environ.get("LOYALTY_TEST_DATABASE_URL", POSTGRES_URL)
    try:
        import psycopg

        psycopg.connect(url.replace("postgres://", "postgresql://", 1), connect_timeout=3).close()
    except Exception as error:  # whatever it is, the answer is the same
        first_line = (str(error).strip() or type(error).__name__).splitlines()[0]
        return f"PostgreSQL does not answer at {url}: {first_line}"
    return ""


if __name__ == "__main__":
    sys.exit(postgres_problem() or 0)
