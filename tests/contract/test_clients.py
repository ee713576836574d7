"""Clients that others' generators make from the schema, used against a live server (`make soak`: they are fetched anew).

Python by openapi-python-client from PyPI, TypeScript by openapi-typescript from npm under `tsc --strict`, run by node.
Both live through the same day and must be told the same.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.cache import cache
from drf_spectacular.generators import SchemaGenerator

from loyalty import services
from loyalty.models import Card
from tests.loyalty.conftest import LONG_AGO

pytestmark = [
    pytest.mark.soak,
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("tests.integration.access.urls"),
]

PROGRAMS = Path(__file__).parent / "clients"
MINUTES = 10 * 60
# NDJSON and pictures are no JSON: the generator hands them through as bytes when it is told so.
GENERATOR = """
project_name_override: loyalty-client
package_name_override: loyalty_client
content_type_overrides:
  application/x-ndjson: application/octet-stream
  image/svg+xml: application/octet-stream
  image/png: application/octet-stream
"""
NPM = ["openapi-typescript@7", "openapi-fetch@0.17", "typescript@5", "@types/node@20"]
STRICT = ["--strict", "--noUncheckedIndexedAccess", "--module", "nodenext", "--target", "es2022"]

DAY = {
    "refusal": "referral_code_malformed",
    "same card": True,
    "state": "applied",
    "granted": "10",
    "same event": True,
    "one spending": True,
    "refused": ["insufficient_points", 409],
    "left of the purchase": "50.00",
    "available": "0",
    "uploaded": ["new", "rejected"],
    "picture": "<svg",
    "foreign": "card_not_found",
    "spends": ["1", "4"],
    "home": ["0"],
    "rewards": 1,
}


def run(*command: object, cwd: Path) -> str:
    """What a command prints; what it complains of is the failure."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=MINUTES,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def schema(tmp_path: Path) -> Path:
    """The schema of both apps as a file."""
    raw = SchemaGenerator(urlconf="tests.urls").get_schema(request=None, public=True)
    written = tmp_path / "schema.json"
    written.write_text(json.dumps(raw, default=str))
    return written


@pytest.fixture
def shop(live_server: Any) -> str:
    """A server with a campaign, a member, a till that may upload, and somebody else; answers its address."""
    cache.clear()
    program = services.create_program(slug="club")
    action = {"slot": "buyer", "kind": "loyalty.credit", "currency": "points"}
    definition = {
        "key": "ten-percent",
        "trigger": {"kind": "loyalty.purchase"},
        "actions": [action | {"amount": {"kind": "loyalty.percent", "percent": "10"}}],
    }
    campaign = services.save_draft(program=program, definition=definition)
    services.publish_campaign(campaign=campaign, effective_from=LONG_AGO, allow_past=True)
    for name in ("anna", "till", "stranger"):
        user: Any = get_user_model().objects.create_user(name, password=name)
        if name == "till":
            rights = Permission.objects.filter(codename__in=["use_till", "upload_events"])
            user.user_permissions.add(*rights)
    return str(live_server.url)


def test_a_python_client(schema: Path, shop: str, tmp_path: Path) -> None:
    environment = tmp_path / "venv"
    run(sys.executable, "-m", "venv", environment, cwd=tmp_path)
    python, made = environment / "bin/python", tmp_path / "client"
    run(python, "-m", "pip", "install", "--quiet", "openapi-python-client==0.29.*", "ruff", cwd=tmp_path)
    (tmp_path / "generator.yml").write_text(GENERATOR)
    run(
        "env",
        f"PATH={environment / 'bin'}:/usr/bin:/bin",
        environment / "bin/openapi-python-client",
        *("generate", "--fail-on-warning", "--path", schema),
        *("--config", tmp_path / "generator.yml", "--output-path", made),
        cwd=tmp_path,
    )

    told = run("env", f"PYTHONPATH={made}", python, PROGRAMS / "use_python.py", shop, cwd=tmp_path)

    assert json.loads(told) == DAY
    assert Card.objects.filter(external_id="boris").exists()


def test_a_typescript_client(schema: Path, shop: str, tmp_path: Path) -> None:
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("needs node and npm: install Node.js 20 or newer")
    (tmp_path / "package.json").write_text('{"type": "module", "private": true}')
    run("npm", "install", "--silent", "--no-audit", "--no-fund", *NPM, cwd=tmp_path)
    tools = tmp_path / "node_modules/.bin"
    run(tools / "openapi-typescript", schema, "--output", "schema.d.ts", cwd=tmp_path)
    shutil.copy(PROGRAMS / "use_typescript.ts", tmp_path)
    run(tools / "tsc", *STRICT, "use_typescript.ts", cwd=tmp_path)

    told = run("node", "use_typescript.js", shop, cwd=tmp_path)

    assert json.loads(told) == DAY
    assert Card.objects.filter(external_id="boris").exists()
