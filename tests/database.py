"""The database of a test run. `python -m tests.database` says whether PostgreSQL answers.

`LOYALTY_TEST_DB` is `sqlite` (default, in memory) or `postgres`; `LOYALTY_TEST_DATABASE_URL` names a server.
"""

import os
import sys
from typing import Any
from urllib.parse import unquote, urlsplit


def wants_postgres() -> bool:
    """Whether this run was asked to use PostgreSQL."""
    return os.environ.get("LOYALTY_TEST_DB", "sqlite") == "postgres"


def in_ci() -> bool:
    """Whether this run is an automatic one, where nothing may be left out quietly."""
    return os.environ.get("CI") == "true"


def postgres_url() -> str:
    """The server to use, with a database that exists there."""
    return os.environ.get("LOYALTY_TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")


def database() -> dict[str, Any]:
    """The `DATABASES` entry of this run."""
    if not wants_postgres():
        options = {"transaction_mode": "IMMEDIATE", "timeout": 20}
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:", "OPTIONS": options}
    parts = urlsplit(postgres_url())
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        # A name of its own for each run, so that two runs on one machine do not drop each other's database.
        "TEST": {"NAME": f"test_loyalty_{os.getpid()}"},
    }


def postgres_problem() -> str:
    """One line on why PostgreSQL cannot be used, or an empty string."""
    url = postgres_url()
    try:
        import psycopg

        psycopg.connect(url.replace("postgres://", "postgresql://", 1), connect_timeout=3).close()
    except Exception as error:  # whatever it is, the answer is the same
        first_line = (str(error).strip() or type(error).__name__).splitlines()[0]
        return f"PostgreSQL does not answer at {url}: {first_line}"
    return ""


if __name__ == "__main__":
    sys.exit(postgres_problem() or 0)
