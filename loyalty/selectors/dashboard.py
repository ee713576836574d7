"""The dashboard: a program over a period, from the stored days alone: the same cost for any number of events."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Max, Min, QuerySet, Sum

from loyalty.models import Card, Currency, DayActivity, DayMovement, DayParent, DayRefresh, Event, Program

MOVED = ("granted", "reversed", "adjusted", "spent", "expired")
DONE = (
    "enrolled",
    "closed",
    "purchases",
    "purchased",
    "refunded",
    "purchases_by_children",
    "purchased_by_children",
)
_BEST = 10
_MOST_FAILED = 1_000
_BY_DAY, _BY_WEEK, _BY_MONTH = 45, 200, 1_500


@dataclass(frozen=True, slots=True)
class Span:
    """A part of the period, both days included: a day, a week from Monday, a month or a year, cut at the period's ends."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class CurrencyFigures:
    """One currency in minor units: what moved within the period, and what all cards were owed at its end.

    `series` has each column of `MOVED` by span, `owed_by_span` what was owed at the end of each. `cost` is what is owed at
    the end in the currency of purchases, None where the currency has no worth.
    """

    currency: Currency
    moved: dict[str, int]
    owed: int
    series: dict[str, list[int]]
    owed_by_span: list[int]

    @property
    def cost(self) -> Decimal | None:
        """What the points owed cost when they are spent."""
        return self.cost_of(self.owed)

    def cost_of(self, amount: int) -> Decimal | None:
        """What an amount in minor units costs, in the currency of purchases."""
        worth = self.currency.worth
        return None if worth is None else Decimal(amount).scaleb(-self.currency.decimals) * worth


@dataclass(frozen=True, slots=True)
class BestParent:
    """A parent card with what its children bought within the period and kept; the amount in minor units."""

    card: Card
    purchases: int
    purchased: int


@dataclass(frozen=True, slots=True)
class DashboardFigures:
    """A program over a period. `done` sums the columns of `DONE`, `series` has each by span; amounts in minor units.

    `members` are those at the end of the period. `failed` are events that wait for a person now, at most 1,000 are
    counted. `first` and `last` are the days with any activity, None where there is none. `refreshed_at`: None before the
    days were ever counted.
    """

    program: Program
    since: date
    until: date
    refreshed_at: datetime | None
    first: date | None
    last: date | None
    members: int
    failed: int
    spans: list[Span]
    done: dict[str, int]
    series: dict[str, list[int]]
    currencies: list[CurrencyFigures]
    best_parents: list[BestParent] = field(default_factory=list)

    @property
    def share_by_children(self) -> Decimal | None:
        """Which part of the purchases' amount child cards made, from 0 to 1; None where nothing was bought."""
        bought = self.done["purchased"]
        return Decimal(self.done["purchased_by_children"]) / bought if bought else None


def get_dashboard(*, program: Program, since: date, until: date) -> DashboardFigures:
    """The figures of a period, both days included, in the program's time zone. Nine queries at any size.

    Only what is stored is read: `services.refresh_days` brings the days up to date.
    """
    spans = list(_spans(since, until))
    days = DayActivity.objects.filter(program=program)
    rows = _by_day(days.filter(on__gte=since, on__lte=until), DONE)
    so_far = days.filter(on__lte=until).aggregate(enrolled=Sum("enrolled"), closed=Sum("closed"))
    bounds = days.aggregate(first=Min("on"), last=Max("on"))
    series = {name: _fold(rows, spans, name) for name in DONE}
    refresh = DayRefresh.objects.filter(program=program).first()
    failed = Event.objects.filter(program=program, status=Event.Status.FAILED).order_by()
    return DashboardFigures(
        program=program,
        since=since,
        until=until,
        refreshed_at=refresh.refreshed_at if refresh else None,
        first=bounds["first"],
        last=bounds["last"],
        members=(so_far["enrolled"] or 0) - (so_far["closed"] or 0),
        failed=failed[:_MOST_FAILED].count(),
        spans=spans,
        done={name: sum(values) for name, values in series.items()},
        series=series,
        currencies=list(_currencies(program, since, until, spans)),
        best_parents=_best(program, since, until),
    )


def owed_by_day(
    *, program: Program, since: date, until: date
) -> Iterable[tuple[date, Currency, dict[str, int], int]]:
    """Day, currency, what moved on it, and what was owed at its end, in minor units: for accountants.

    Every day of the period, by currency, also those on which nothing moved. Three queries.
    """
    for currency, opening, rows in _movements(program, since, until):
        owed, day = opening, since
        while day <= until:
            moved = rows.get(day) or dict.fromkeys(MOVED, 0)
            owed += _change(moved)
            yield day, currency, moved, owed
            day += timedelta(days=1)


def _currencies(program: Program, since: date, until: date, spans: list[Span]) -> Iterable[CurrencyFigures]:
    for currency, opening, rows in _movements(program, since, until):
        series = {name: _fold(rows, spans, name) for name in MOVED}
        owed, by_span = opening, []
        for number in range(len(spans)):
            owed += _change({name: series[name][number] for name in MOVED})
            by_span.append(owed)
        moved = {name: sum(values) for name, values in series.items()}
        yield CurrencyFigures(currency, moved, owed, series, by_span)


def _movements(
    program: Program, since: date, until: date
) -> Iterable[tuple[Currency, int, dict[date, dict[str, int]]]]:
    """Each currency with what was owed before the period and what moved on each day of it."""
    moves = DayMovement.objects.filter(currency__program=program).order_by()
    before = _before(moves, since)
    by_currency: dict[int, dict[date, dict[str, int]]] = {}
    for row in moves.filter(on__gte=since, on__lte=until).values("currency_id", "on", *MOVED):
        by_currency.setdefault(row["currency_id"], {})[row["on"]] = {name: row[name] for name in MOVED}
    for currency in Currency.objects.filter(program=program).order_by("-spendable", "pk"):
        yield currency, before.get(currency.pk, 0), by_currency.get(currency.pk, {})


def _before(moves: QuerySet[DayMovement], since: date) -> dict[int, int]:
    sums = moves.filter(on__lt=since).values_list("currency_id").annotate(*(Sum(name) for name in MOVED))
    return {pk: _change(dict(zip(MOVED, amounts, strict=True))) for pk, *amounts in sums}


def _change(moved: dict[str, int]) -> int:
    """What movements do to what is owed."""
    return moved["granted"] + moved["adjusted"] - moved["reversed"] - moved["spent"] - moved["expired"]


def _best(program: Program, since: date, until: date) -> list[BestParent]:
    days = DayParent.objects.filter(program=program, on__gte=since, on__lte=until).order_by()
    sums = days.values_list("card_id").annotate(number=Sum("purchases"), total=Sum("purchased"))
    best = list(sums.order_by("-total", "-number", "card_id")[:_BEST])
    keys = [pk for pk, _number, _total in best]
    cards = Card.objects.select_related("user").prefetch_related("numbers").in_bulk(keys)
    return [BestParent(cards[pk], number, total) for pk, number, total in best]


def _by_day(rows: QuerySet[Any], columns: tuple[str, ...]) -> dict[date, dict[str, int]]:
    return {row["on"]: row for row in rows.values("on", *columns)}


def _fold(rows: dict[date, dict[str, int]], spans: list[Span], column: str) -> list[int]:
    """The sums of a column by span."""
    found = [0] * len(spans)
    number = 0
    for day in sorted(rows):
        while day > spans[number].last:
            number += 1
        found[number] += rows[day][column]
    return found


def _spans(since: date, until: date) -> Iterable[Span]:
    """Days, weeks, months or years, as fits the length."""
    length = (until - since).days + 1
    first = since
    while first <= until:
        if length <= _BY_DAY:
            last = first
        elif length <= _BY_WEEK:
            last = first + timedelta(days=6 - first.weekday())
        elif length <= _BY_MONTH:
            last = (first.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        else:
            last = first.replace(month=12, day=31)
        last = min(last, until)
        yield Span(first, last)
        first = last + timedelta(days=1)
