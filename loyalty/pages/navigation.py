"""The entries of the pages' own navigation. Another app's pages add theirs when their addresses are included."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Entry:
    """A page that members find from every other: `name` as `reverse` takes it."""

    name: str
    label: str | Promise


_entries: dict[str, Entry] = {}


def register_entry(*, name: str, label: str | Promise) -> None:
    """Add a page to the navigation, after those that stand there already; a second time changes its label."""
    _entries[name] = Entry(name, label)


def list_entries() -> list[tuple[str, str | Promise]]:
    """Address and label of each page that the host has included."""
    found = []
    for entry in _entries.values():
        try:
            found.append((reverse(entry.name), entry.label))
        except NoReverseMatch:
            continue  # registered by an app whose addresses are not included
    return found


register_entry(name="loyalty_pages:card", label=_("My card"))
register_entry(name="loyalty_pages:statement", label=_("Statement"))
