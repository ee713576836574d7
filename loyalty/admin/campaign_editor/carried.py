"""What a page carries along as JSON, to come back as it went out; and what comes back although it never went out."""

from __future__ import annotations

import json
from typing import Any

from loyalty.imports.raw import find_bad_character

_MOST_NESTED = 200


def write_carried(value: Any) -> str:
    """A stored value as the text of a hidden box."""
    return json.dumps(value, ensure_ascii=False)


def read_carried(text: str) -> Any:
    """The value of such a text. Raises ValueError for what no database takes, and for what is nested beyond all reason."""
    if text.count("{") + text.count("[") > _MOST_NESTED:
        raise ValueError("It is nested too deeply.")
    found = json.loads(text)
    json.dumps(found, allow_nan=False)  # refuses what is not a number, and what is none any more: 1e999
    if find_bad_character(found):
        raise ValueError("It holds a character that no database takes.")
    return found
