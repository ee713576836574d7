"""Names for new actions: readable, and never one that the campaign has had before (a grant is recognised by it)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from loyalty.admin.campaign_editor.rows import ActionRow


def name_slots(actions: Sequence[ActionRow], used: Sequence[str]) -> list[str]:
    """The name of each action; those that have one keep it."""
    taken = {*used, *(row.name for row in actions)}
    names = []
    for row in actions:
        name = row.name or _free(row, taken)
        taken.add(name)
        names.append(name)
    return names


def _free(row: ActionRow, taken: set[str]) -> str:
    what = row.slot.kind.rpartition(".")[2] or "action"
    base = f"{row.role}-{what}".replace("_", "-")
    for number in count(1):
        name = base if number == 1 else f"{base}-{number}"
        if name not in taken:
            return name
    raise AssertionError  # the numbers do not end
