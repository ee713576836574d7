"""Files to import, written line by line."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from loyalty.models import Program

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file of lines: dicts as JSON, text and bytes as they are."""

    def write_file(*lines: dict[str, Any] | str | bytes, name: str = "lines.jsonl") -> Path:
        path = tmp_path / name
        path.write_bytes(b"\n".join(map(to_bytes, lines)) + b"\n")
        return path

    return write_file


@pytest.fixture
def bring(program: Program) -> Callable[..., str]:
    """Import files; answers what the command printed."""

    def import_files(*paths: Path, **options: Any) -> str:
        out = io.StringIO()
        call_command("loyalty_import", *map(str, paths), stdout=out, stderr=out, **options)
        return out.getvalue()

    return import_files


def to_bytes(line: dict[str, Any] | str | bytes) -> bytes:
    if isinstance(line, bytes):
        return line
    return (line if isinstance(line, str) else json.dumps(line)).encode()


def bought(number: int, customer: str = "anna", **more: Any) -> dict[str, Any]:
    """A purchase line, one a minute."""
    at = f"2025-01-01T{10 + number // 60:02d}:{number % 60:02d}:00Z"
    return {"id": f"p{number}", "customer": customer, "occurred_at": at, "total": "10.00", **more}


def rejects(path: Path) -> list[dict[str, Any]]:
    """What the file of rejects of a file holds."""
    target = path.with_name(f"{path.name}.rejects.jsonl")
    return [json.loads(line) for line in target.read_text().splitlines()] if target.exists() else []
