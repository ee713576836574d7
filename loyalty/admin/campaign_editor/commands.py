"""Adding, moving and removing rows: each is a change of a list of names in what was posted, and of nothing else.

A row has a short name, such as "c3", before which its fields stand ("c3-kind"). Which rows there are, and in which order,
is said by lists of these names: "groups", "g1-conditions", "actions", "limits", and "…-row" for the rows of a table.
So no field is ever renamed, and whatever was typed stays typed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext as _

NEXT = "next"
MOST_ROWS = 60

_LIST = re.compile(r"groups|actions|limits|g[0-9]+-conditions|[a-z][0-9a-zA-Z_-]*-row", re.ASCII)
_TOKEN = re.compile(r"[gcalr][0-9]{1,6}", re.ASCII)
_LETTERS = {"groups": "g", "actions": "a", "limits": "l"}


@dataclass(frozen=True, slots=True)
class Done:
    """What a command did, for those who do not see it, and the id of the element that gets the focus."""

    note: str = ""
    focus: str = ""


def carry_out(data: QueryDict, command: str) -> Done:
    """Carry out "add LIST", "remove LIST ROW", "up LIST ROW" or "down LIST ROW"; anything else changes nothing."""
    verb, _blank, rest = command.partition(" ")
    name, _blank, row = rest.partition(" ")
    if not _LIST.fullmatch(name):
        return Done()
    rows = rows_of(data, name)
    if verb == "add":
        return _add(data, name, rows)
    if row not in rows:
        return Done()
    if verb == "remove":
        rows.remove(row)
        data.setlist(name, rows)
        return Done(_("Removed. Nothing is saved yet."), f"add-{name}")
    place = rows.index(row) + {"up": -1, "down": 1}.get(verb, 0)
    if verb in ("up", "down") and 0 <= place < len(rows):
        rows.remove(row)
        rows.insert(place, row)
        data.setlist(name, rows)
        at_edge = place == (0 if verb == "up" else len(rows) - 1)
        button = {"up": "down", "down": "up"}[verb] if at_edge else verb
        note = _("Moved to place %(place)s of %(count)s.") % {"place": place + 1, "count": len(rows)}
        return Done(note, f"{button}-{row}")
    return Done()


def rows_of(data: QueryDict, name: str) -> list[str]:
    """The rows of a list in their order; what is no name of a row is left out, and what stands there twice."""
    return [row for row in dict.fromkeys(data.getlist(name)) if _TOKEN.fullmatch(row)][:MOST_ROWS]


def _add(data: QueryDict, name: str, rows: list[str]) -> Done:
    if len(rows) >= MOST_ROWS:
        return Done(_("There is no room for more than %(most)s rows.") % {"most": MOST_ROWS})
    number = _next(data)
    row = f"{_letter(name)}{number}"
    data.setlist(name, [*rows, row])
    if name == "groups":
        data.setlist(f"{row}-conditions", [f"c{number}"])
        row = f"c{number}"
    data[NEXT] = str(number + 1)
    place = f"{name.removesuffix('-row')}-{row}" if name.endswith("-row") else row
    return Done(_("Added. Fill it in; nothing is saved yet."), f"row-{place}")


def _letter(name: str) -> str:
    return _LETTERS.get(name) or ("c" if name.endswith("-conditions") else "r")


def _next(data: QueryDict) -> int:
    text = data.get(NEXT, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1
