"""What apps show on the card page, from their own `admin` modules.

@register_card_panel
def show_warranty(card, request):
    return CardPanel(title=_("Warranty"), template="shop/warranty_panel.html", context={...})

@register_child_notes
def count_devices(cards):
    return {card_id: "3 devices", ...}
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.utils.functional import Promise

from loyalty.models import Card


@dataclass(frozen=True, slots=True)
class CardPanel:
    """One section of the page: its heading, and a template that is rendered with `card` and the context."""

    title: str | Promise
    template: str
    context: Mapping[str, Any] = field(default_factory=dict)


# Makes a panel for a card and whoever looks, or None where there is nothing to show or they may not see it.
MakePanel = Callable[[Card, HttpRequest], CardPanel | None]
# A short note for each of these cards, by key, for the tree; in one query for all of them.
MakeNotes = Callable[[Collection[int]], Mapping[int, str]]

_panels: list[MakePanel] = []
_notes: list[MakeNotes] = []


def register_card_panel(make: MakePanel) -> MakePanel:
    """Add a section to the card page; can stand as a decorator. It must cost a constant number of queries."""
    if make not in _panels:
        _panels.append(make)
    return make


def register_child_notes(make: MakeNotes) -> MakeNotes:
    """Add a note to each child card of the tree, such as how many friends it has; can stand as a decorator."""
    if make not in _notes:
        _notes.append(make)
    return make


def make_panels(card: Card, request: HttpRequest) -> list[CardPanel]:
    """The sections of the apps, in the order in which they were registered."""
    made = (make(card, request) for make in _panels)
    return [panel for panel in made if panel is not None]


def make_notes(cards: Collection[int]) -> dict[int, list[str]]:
    """The notes of the apps by card."""
    found: dict[int, list[str]] = {}
    for make in _notes:
        for card_id, note in make(cards).items():
            found.setdefault(card_id, []).append(note)
    return found
