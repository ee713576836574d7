"""Segments ready to run: named groups of cards, by conditions or by a list, each with its history."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from loyalty.rules.base import Need
from loyalty.rules.compiled import CompiledCondition

CONDITION = "loyalty.segment"
LISTS = "loyalty.segment_lists"  # the fact that knows the lists of segments

# By segment: since when a card is on its list (True), or no longer on it.
Listed = Mapping[str, Sequence[tuple[datetime, bool]]]


@dataclass(frozen=True, slots=True)
class SegmentRevision:
    """What a segment means from a moment on. `error` is set, and nothing else, where that does not compile any more."""

    effective_from: datetime
    groups: tuple[tuple[CompiledCondition, ...], ...] = ()
    listed: bool = False
    error: str = ""


@dataclass(frozen=True, eq=False)
class Segment:
    """A segment with its revisions in the order of writing. `content` is the same for two that say the same."""

    key: str
    revisions: tuple[SegmentRevision, ...] = ()
    content: str = ""
    archived: bool = False

    def at(self, moment: datetime) -> SegmentRevision | None:
        """What it means at a moment: the last written revision that is in effect by then (S5)."""
        in_effect = [one for one in self.revisions if one.effective_from <= moment]
        return in_effect[-1] if in_effect else None

    def needs(self) -> Iterable[Need]:
        """The facts that the question whether a card is in it reads."""
        for revision in self.revisions:
            if revision.listed:
                yield Need(LISTS, self.key)
            for item in self._items(revision):
                yield from item.condition.needs(item.params)

    @property
    def levels(self) -> int:
        """How far up the tree its conditions look."""
        return max((item.levels for one in self.revisions for item in self._items(one)), default=0)

    @staticmethod
    def _items(revision: SegmentRevision) -> Iterable[CompiledCondition]:
        return (item for group in revision.groups for item in group)


def is_listed(lists: Listed, key: str, at: datetime) -> bool:
    """Whether a card is on the list of a segment at a moment."""
    rows = lists.get(key, ())
    position = bisect_right(rows, at, key=lambda row: row[0])
    return bool(position and rows[position - 1][1])


def segments_named(definition: Mapping[str, Any]) -> set[str]:
    """The keys of the segments that a campaign's definition names: in its conditions, or as its trigger."""
    trigger = definition.get("trigger") or {}
    asked: list[Any] = [trigger.get("params")] if isinstance(trigger, Mapping) else []
    for group in definition.get("conditions") or ():
        asked += [item.get("params") for item in group if item.get("kind") == CONDITION]
    return {str(params["segment"]) for params in asked if isinstance(params, Mapping) and "segment" in params}
