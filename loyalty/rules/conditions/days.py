"""Calendar days in the program's time zone, and when the same questions are put to the database."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q

# Ten years: how far back a question about recent purchases may look.
MOST_DAYS = 3660

EVERYBODY, NOBODY = Q(pk__isnull=False), Q(pk__in=())


def days_before(moment: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The instant, in UTC, that has the same local time so many calendar days earlier.

    A time that the clocks skip moves on by as much as they jump; of one that comes twice the first is taken.
    """
    return (moment.astimezone(zone).replace(fold=0) - timedelta(days)).astimezone(UTC)


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """The first instant, in UTC, of a local day."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def always(holds: bool) -> Q:
    """The audience of a question about the moment alone: everybody or nobody."""
    return EVERYBODY if holds else NOBODY
