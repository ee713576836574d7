"""A site that is not shaped like ours plugs both apps in: by few lines, and everything works there."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.database import postgres_url

HOST = Path(__file__).resolve().parent / "host"
ROOT = Path(__file__).resolve().parent.parent.parent

MOST_LINES = 20


def glue() -> dict[str, list[str]]:
    """By file the lines that a host writes for us: those between the marks, without blank ones."""
    found: dict[str, list[str]] = {}
    for path in sorted(HOST.rglob("*.py")):
        marked = False
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip() in ("# >>> loyalty", "# <<< loyalty"):
                marked = line.strip().startswith("# >>>")
            elif marked and line.strip():
                found.setdefault(str(path.relative_to(HOST)), []).append(line)
    return found


def run(scratch: Path, **environment: str) -> dict[str, Any]:
    """The journey, in a process and with a database of its own; what was seen there."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "manage.py", "journey"],
        cwd=HOST,
        env={
            **os.environ,
            "PYTHONPATH": f"{HOST}{os.pathsep}{ROOT}",
            "PYTHONIOENCODING": "utf-8",
            "DJANGO_SETTINGS_MODULE": "hostsite.settings",
            "HOST_SCRATCH": str(scratch),
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    seen: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return seen


def check(seen: dict[str, Any]) -> None:
    """Everything went as it does on a site of our own shape."""
    assert seen == {
        "missing migrations": "No changes detected\n",
        "checks": [],
        "link": "http://host.example/invited/CODE",
        "landed": [302, "/", True],
        "parent": True,
        "method": "cookie",
        # Boris has 5 % of 200.00 and the host's own gift, Anna 10 %.
        "after a purchase": ["11", "20"],
        # The order stands, and so does what the other campaigns gave for it.
        "order of the raising condition": True,
        "its event": ["processed", "applied"],
        "others' rewards": ["17", "33"],
        "brought by garbage": 0,
        "typed code": True,
        "API": [200, "application/json"],
        "link in the API": True,
        "API for nobody": True,
        "pages": {"loyalty_pages:card": 200, "referrals_pages:invite": 200, "referrals_pages:friends": 200},
        "against the policy": [],
        "admin": {
            "": 200,
            "loyalty/card/": 200,
            "loyalty/card/?q=anna": 200,
            "loyalty/campaign/": 200,
            "loyalty_referrals/referral/": 200,
            "loyalty/card/1/change/": 200,
        },
        "books": seen["books"],
    }
    assert seen["books"][0].endswith("invariants hold.")


@pytest.mark.once
def test_a_host_writes_at_most_twenty_lines() -> None:
    lines = glue()

    assert set(lines) == {"hostsite/settings.py", "hostsite/urls.py", "store/receivers.py", "store/views.py"}
    assert sum(map(len, lines.values())) <= MOST_LINES


@pytest.mark.once
def test_nothing_else_in_the_host_knows_of_us() -> None:
    """Its broken rule apart, which is an extension and no glue."""
    marked = {line for lines in glue().values() for line in lines}
    others = {
        f"{path.relative_to(HOST)}: {line}"
        for path in HOST.rglob("*.py")
        if path.name not in ("loyalty_rules.py", "journey.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and str(node.module).partition(".")[0] in ("loyalty", "referrals")
        for line in [path.read_text(encoding="utf-8").splitlines()[node.lineno - 1]]
        if line not in marked
    }

    assert others == set()


@pytest.mark.once
def test_a_site_of_another_shape(tmp_path: Path) -> None:
    check(run(tmp_path))


@pytest.fixture
def database_url() -> Iterator[str]:
    """A database on the server of this run, for as long as the test takes."""
    import psycopg

    server = postgres_url().replace("postgres://", "postgresql://", 1)
    name = f"loyalty_glue_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}"')
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            yield f"{postgres_url().rpartition('/')[0]}/{name}"
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.mark.postgres
def test_a_site_of_another_shape_on_postgresql(tmp_path: Path, database_url: str) -> None:
    check(run(tmp_path, HOST_DATABASE_URL=database_url))
