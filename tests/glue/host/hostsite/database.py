"""The host's database: a file, or PostgreSQL where the test says so."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit


def database(scratch: Path) -> dict[str, Any]:
    """The entry of DATABASES."""
    if not (url := os.environ.get("HOST_DATABASE_URL")):
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": scratch / "host.sqlite3"}
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
    }
