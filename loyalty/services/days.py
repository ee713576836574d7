"""The stored days: only those are counted anew that something was written for since the last time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import router, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from loyalty.models import (
    Card,
    CardStatusChange,
    DayActivity,
    DayMovement,
    DayParent,
    DayRefresh,
    Evaluation,
    LedgerEntry,
    ParentChange,
    Program,
    Purchase,
    Refund,
)
from loyalty.periods import local_date
from loyalty.selectors.programs import ProgramLike, get_program
from loyalty.selectors.since import first_since
from loyalty.services.day_figures import Span, count_activity, count_movements

__all__ = ["refresh_days"]

# Rows are dated when their transaction begins: those that were not yet to be seen last time come within this.
_OVERLAP = timedelta(hours=1)
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
# Days so close to each other are counted in one go.
_GAP = timedelta(days=7)
_CHUNK = 1_000


def refresh_days(*, program: ProgramLike = None, anew: bool = False) -> int:
    """Bring the stored days of a program up to date; answers how many days were counted, with `anew` all of them.

    Late events change the days on which they happened. Two at once wait for each other, and a repeat changes nothing.
    Raises ProgramNotFound, ProgramAmbiguous.
    """
    where = get_program(program)
    using = router.db_for_write(DayRefresh)
    with transaction.atomic(using=using):
        states = DayRefresh.objects.using(using)
        states.get_or_create(program=where, defaults={"refreshed_at": _NEVER})
        state = states.select_for_update().get(program=where)
        started = timezone.now()
        if anew or state.refreshed_at == _NEVER:
            spans = [Span(where)]
        else:
            changed = _changed_days(where, state.refreshed_at - _OVERLAP)
            spans = list(_spans(where, changed, state.ahead_until))
        counted = [day for span in spans for day in _count(span, using)]
        state.refreshed_at = started
        state.ahead_until = max(
            (day for day in (*counted, state.ahead_until) if day and day > local_date(started, where.zone)),
            default=None,
        )
        state.save(update_fields=["refreshed_at", "ahead_until"])
    return len(counted)


def _count(span: Span, using: str) -> set[date]:
    """Write the days of a span anew; answers which days have figures."""
    activity, parents = count_activity(span)
    movements = count_movements(span)
    mine: tuple[tuple[QuerySet[Any], list[Any]], ...] = (
        (DayActivity.objects.using(using).filter(program=span.program), activity),
        (DayParent.objects.using(using).filter(program=span.program), parents),
        (DayMovement.objects.using(using).filter(currency__program=span.program), movements),
    )
    for stored, rows in mine:
        between = {} if span.first is None else {"on__gte": span.first, "on__lte": span.last}
        stored.filter(**between).delete()
        stored.model._default_manager.using(using).bulk_create(rows, batch_size=_CHUNK)
    counted: tuple[DayActivity | DayMovement, ...] = (*activity, *movements)
    return {row.on for row in counted}


def _spans(program: Program, days: set[date], ahead_until: date | None) -> Iterator[Span]:
    """The changed days as few spans."""
    waiting = sorted(days)
    while waiting:
        first = last = waiting.pop(0)
        while waiting and waiting[0] - last <= _GAP:
            last = waiting.pop(0)
        yield Span(program, first, last, late=ahead_until is not None and first <= ahead_until)


def _changed_days(program: Program, since: datetime) -> set[date]:
    """The local days of whatever was written since a moment."""

    def days(rows: QuerySet[Any], field: str) -> set[date]:
        found = rows.annotate(day=TruncDate(field, tzinfo=program.zone)).order_by()
        return set(found.values_list("day", flat=True).distinct())

    # Events are processed in the order of their evaluations, whenever they were recorded.
    first = first_since(Evaluation.objects.all(), "processed_at", since)
    late = {"event__evaluation__gte": first}
    cards = Card.objects.filter(program=program, created_at__gte=since)
    cards = cards.filter(pk__gte=first_since(Card.objects.all(), "created_at", since))
    entries = LedgerEntry.objects.filter(wallet__currency__program=program)
    entries = entries.filter(pk__gte=first_since(LedgerEntry.objects.all(), "posted_at", since))
    purchases = Purchase.objects.filter(program=program)
    refunds = Refund.objects.filter(purchase__program=program)
    returned = refunds.filter(**late) | refunds.filter(undone__evaluation__gte=first)
    closings = CardStatusChange.objects.filter(card__program=program, **late).values("card")
    moves = ParentChange.objects.filter(card__program=program, **late)
    moved = purchases.filter(
        card__parent_changes__in=moves, occurred_at__gte=F("card__parent_changes__since")
    )
    return set().union(
        days(cards, "enrolled_at"),
        days(entries, "effective_at"),
        days(purchases.filter(**late), "occurred_at"),
        days(returned, "occurred_at"),
        days(returned, "purchase__occurred_at"),
        days(CardStatusChange.objects.filter(card__in=closings), "since"),
        days(moved, "occurred_at"),
    )
