"""What is drawn: a program with its currencies, cards and campaigns, and what happens to it, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2025, 2, 20, 9, tzinfo=UTC)
SLUG = "law"


def day(number: float) -> datetime:
    """An instant so many days after the start."""
    return START + timedelta(days=number)


@dataclass(frozen=True)
class CardPlan:
    """A card: when it was enrolled (days after the start), its attributes by date, and when which segment listed it."""

    enrolled: float = 0
    attributes: tuple[tuple[str, float, str], ...] = ()
    listed: tuple[tuple[str, float, bool], ...] = ()


@dataclass(frozen=True)
class SegmentPlan:
    """A segment: what it means from which day on."""

    key: str
    revisions: tuple[tuple[float, dict[str, Any]], ...]


@dataclass(frozen=True)
class CampaignPlan:
    """A campaign: its revisions, and which of them decides from which day on (None: paused)."""

    key: str
    revisions: tuple[dict[str, Any], ...]
    publications: tuple[tuple[float, int | None], ...] = ((-400, 0),)


@dataclass(frozen=True)
class Step:
    """One event of the history. `gap` are hours since the step before, `late` days by which it occurred earlier.

    `which` names an earlier or later purchase or spend by its number, as far as the kind needs one. With `arrives_later`
    it reaches the inbox only when all steps before it have been processed.
    """

    kind: str
    card: int = 0
    gap: float = 0
    late: float = 0
    source: str = "shop"
    which: int = 0
    is_other_card: bool = False
    arrives_later: bool = False
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Scene:
    """All of it, and sizes of batches to process it in."""

    zone: str
    currencies: tuple[dict[str, Any], ...]
    cards: tuple[CardPlan, ...]
    campaigns: tuple[CampaignPlan, ...]
    steps: tuple[Step, ...]
    segments: tuple[SegmentPlan, ...] = ()
    batches: tuple[int, ...] = (2, 3)
