"""What questions about recent purchases share: the fact that they read, and what they ask of the database."""

from __future__ import annotations

from bisect import bisect_right, insort
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from django import forms
from django.utils.translation import gettext_lazy as _

from loyalty.rules.conditions.days import MOST_DAYS, days_before
from loyalty.rules.conditions.ranges import MoneyRange, NumberRange
from loyalty.rules.views import CardView

FACT = "loyalty.recent_purchases"

_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(slots=True)
class RecentPurchases:
    """The kept purchases of a card since some moment, all of them where nothing was stored yet.

    How far back is up to whoever loads: far enough for every question that campaigns ask. That there are older ones is
    known from the card's own count.
    """

    remaining: dict[str, int] = field(default_factory=dict)
    by_time: list[tuple[datetime, str]] = field(default_factory=list)

    def keep(self, key: str, occurred_at: datetime, remaining: int) -> None:
        """Take note of what remains of a purchase."""
        if key in self.remaining and not remaining:
            self.by_time.remove((occurred_at, key))
            del self.remaining[key]
        elif remaining:
            if key not in self.remaining:
                insort(self.by_time, (occurred_at, key))
            self.remaining[key] = remaining

    def within(self, since: datetime, until: datetime) -> list[str]:
        """The keys of those after `since` and until `until`, in their order."""
        return [key for _at, key in self.by_time[self._after(since) : self._after(until)]]

    def latest(self, until: datetime, *, without: str) -> datetime | None:
        """When the last one until then was made, one of them left out."""
        for occurred_at, key in reversed(self.by_time[: self._after(until)]):
            if key != without:
                return occurred_at
        return None

    def _after(self, moment: datetime) -> int:
        return bisect_right(self.by_time, moment, key=lambda item: item[0])


@dataclass(frozen=True, slots=True)
class Bought:
    """What the fact is asked as a query: cards whose kept purchases after `since` and until `until` come to so much.

    `measure` sums what remains of them, or counts them. Both bounds count; None leaves a side open.
    """

    since: datetime | None
    until: datetime
    measure: Literal["remaining", "purchases"]
    minimum: int | None = None
    maximum: int | None = None


class WindowParams(forms.Form):
    """How far back the window reaches."""

    days = forms.IntegerField(label=_("in the last … days"), min_value=1, max_value=MOST_DAYS)


class MoneyWindow(WindowParams, MoneyRange):
    """So many days, and amounts of the purchase currency."""

    field_order = ("days", "minimum", "maximum")


class NumberWindow(WindowParams, NumberRange):
    """So many days, and whole numbers."""

    field_order = ("days", "minimum", "maximum")


def recent(about: CardView, days: int) -> list[int]:
    """What remains of each kept purchase of the last so many calendar days, this event's included."""
    known: RecentPurchases = about.fact(FACT)
    keys = known.within(days_before(about.at, days, about.program.zone), about.at)
    return [known.remaining[key] for key in keys]
