"""The figures of days, counted from the rows themselves: a constant number of queries for any span of days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import TruncDate

from loyalty.models import (
    Card,
    CardStatusChange,
    DayActivity,
    DayMovement,
    DayParent,
    Event,
    LedgerEntry,
    ParentChange,
    Program,
    Purchase,
    Refund,
)
from loyalty.selectors.since import first_since

# A row is written at most a day before the moment that it is dated; one more for clocks.
_AHEAD = timedelta(days=2)
_NET = F("available") + F("pending") + F("held") - F("debt")
_COLUMNS = {
    "earn": ("granted", 1),
    "reverse": ("reversed", -1),
    "adjust": ("adjusted", 1),
    "spend": ("spent", -1),
    "capture": ("spent", -1),
    "return": ("spent", -1),
    "expire": ("expired", -1),
}


@dataclass(frozen=True, slots=True)
class Span:
    """Local days of a program, both included. None: all that there are.

    With `late` nothing is known of when the rows of these days were written, so all rows are looked through.
    """

    program: Program
    first: date | None = None
    last: date | None = None
    late: bool = False

    def within(self, rows: QuerySet[Any], field: str) -> QuerySet[Any]:
        """The rows whose instant lies in the span, each with its local `day`."""
        if self.first is not None and self.last is not None:
            start, end = self.start_of(self.first), self.start_of(self.last + timedelta(days=1))
            rows = rows.filter(**{f"{field}__gte": start, f"{field}__lt": end})
        found: QuerySet[Any] = rows.annotate(day=TruncDate(field, tzinfo=self.program.zone)).order_by()
        return found

    def first_key(self, rows: QuerySet[Any], field: str) -> int:
        """From which key on rows can be of the span, by when they were written: older ones need not be read."""
        if self.first is None or self.late:
            return 0
        return first_since(rows, field, self.start_of(self.first) - _AHEAD)

    def start_of(self, day: date) -> datetime:
        """The instant at which a local day begins."""
        return datetime.combine(day, time(), self.program.zone)


def count_activity(span: Span) -> tuple[list[DayActivity], list[DayParent]]:
    """What members did by day, and what children bought by day and parent card; days without anything are left out."""
    days: dict[date, DayActivity] = {}

    def of(day: date) -> DayActivity:
        return days.setdefault(day, DayActivity(program=span.program, on=day))

    newest = span.first_key(Event.objects.all(), "recorded_at")
    for day, number in _enrolled(span):
        of(day).enrolled = number
    for day, number in _closed(span):
        of(day).closed = number
    parents = []
    for day, parent, number, total, kept, remaining in _bought(span, newest):
        found = of(day)
        found.purchases += number
        found.purchased += total
        if parent is not None:
            found.purchases_by_children += number
            found.purchased_by_children += total
            if kept:
                parents.append(
                    DayParent(
                        program=span.program, on=day, card_id=parent, purchases=kept, purchased=remaining
                    )
                )
    for day, amount in _refunded(span, newest):
        of(day).refunded = amount
    return list(days.values()), parents


def count_movements(span: Span) -> list[DayMovement]:
    """What moved by currency and day; days on which nothing came in or went out are left out."""
    entries = LedgerEntry.objects.filter(
        wallet__currency__program=span.program,
        kind__in=_COLUMNS,
        pk__gte=span.first_key(LedgerEntry.objects.all(), "posted_at"),
    )
    rows = span.within(entries, "effective_at").values_list("day", "wallet__currency_id", "kind")
    sums: dict[tuple[int, date], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for day, currency, kind, amount in rows.annotate(net=Sum(_NET)):
        column, sign = _COLUMNS[kind]
        sums[currency, day][column] += sign * int(amount)
    return [DayMovement(currency_id=currency, on=day, **moved) for (currency, day), moved in sums.items()]


def _enrolled(span: Span) -> Iterable[tuple[date, int]]:
    cards = Card.objects.filter(
        program=span.program, pk__gte=span.first_key(Card.objects.all(), "created_at")
    )
    counted: Iterable[tuple[date, int]] = (
        span.within(cards, "enrolled_at").values_list("day").annotate(number=Count("pk"))
    )
    return counted


def _closed(span: Span) -> Iterable[tuple[date, int]]:
    closed = CardStatusChange.objects.filter(
        card__program=span.program, status="closed", card__status="closed", since=F("card__status_since")
    )
    days = span.within(closed, "since").values_list("day")
    counted: Iterable[tuple[date, int]] = days.annotate(number=Count("card", distinct=True))
    return counted


def _bought(span: Span, newest: int) -> Iterator[tuple[date, int | None, int, int, int, int]]:
    """Day, parent card at the time, purchases, their total, those of which something is kept, what is kept."""
    latest = ParentChange.objects.filter(card=OuterRef("card"), since__lte=OuterRef("occurred_at"))
    parent = Subquery(latest.order_by("-since", "-pk").values("new_parent")[:1])
    purchases = Purchase.objects.filter(program=span.program, event__gte=newest).annotate(parent_then=parent)
    rows = span.within(purchases, "occurred_at").values_list("day", "parent_then")
    counted = rows.annotate(
        number=Count("pk"),
        total_sum=Sum("total"),
        kept=Count("pk", filter=Q(remaining__gt=0)),
        remaining_sum=Sum("remaining"),
    )
    for day, parent_id, number, total, kept, remaining in counted:
        yield day, parent_id, number, int(total), kept, int(remaining)


def _refunded(span: Span, newest: int) -> Iterable[tuple[date, int]]:
    refunds = Refund.objects.filter(purchase__program=span.program, undone=None, event__gte=newest)
    rows = span.within(refunds, "occurred_at").values_list("day").annotate(total=Sum("amount"))
    return ((day, int(total)) for day, total in rows)
