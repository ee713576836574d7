"""What clients rely on: paths, methods, names and statuses of the schema, kept in a file so that a change is seen.

`python -m tests.contract.test_promise` writes the file anew.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

KEPT = Path(__file__).with_name("promise.txt")
METHODS = ("get", "post", "put", "patch", "delete")


def read_promise() -> str:
    """A line for each operation: method, path, name, statuses, * before what a body or a header must have."""
    from drf_spectacular.generators import SchemaGenerator

    schema: Any = SchemaGenerator(urlconf="tests.urls").get_schema(request=None, public=True)
    lines = []
    for path, item in sorted(schema["paths"].items()):
        for method in METHODS:
            if method in item:
                found = item[method]
                lines.append(
                    f"{method} {path} {found['operationId']}: {' '.join(sorted(found['responses']))}"
                )
                lines += [f"    {part}" for part in _takes(schema, found)]
    return "\n".join(lines) + "\n"


def _takes(schema: Any, operation: Any) -> list[str]:
    """What an operation reads, * for what must be there."""
    found = [
        f"{one['in']} {one['name']}{'*' if one.get('required') else ''}"
        for one in operation.get("parameters", ())
        if one["in"] != "path"
    ]
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        reference = content["schema"].get("$ref", "").rpartition("/")[2]
        body = schema["components"]["schemas"].get(reference, {})
        required = body.get("required", ())
        names = (f"{name}{'*' if name in required else ''}" for name in sorted(body.get("properties", ())))
        found.append(f"{media}: {', '.join(names)}".rstrip(": "))
    return found


@pytest.mark.once
def test_the_promise_is_kept() -> None:
    assert read_promise() == KEPT.read_text(), (
        "If clients may see this: python -m tests.contract.test_promise"
    )


@pytest.mark.once
@pytest.mark.parametrize("settings", ["tests.settings", "tests.settings_loyalty_only"])
def test_the_schema_is_valid_for_both_apps_and_for_loyalty_alone(settings: str, tmp_path: Path) -> None:
    command = ["spectacular", "--validate", "--fail-on-warn", "--urlconf", "tests.urls", "--file"]
    program = (
        "from django.conf import settings; import django, sys; "
        "settings.INSTALLED_APPS.append('drf_spectacular'); django.setup(); "
        "from django.core.management import call_command; call_command(*sys.argv[1:])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *command, str(tmp_path / "schema.yml")],
        env={"DJANGO_SETTINGS_MODULE": settings, "PATH": "/usr/bin:/bin"},
        cwd=KEPT.parents[2],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")


if __name__ == "__main__":
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    KEPT.write_text(read_promise())
