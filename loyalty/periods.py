"""Calendar time: durations, local days and limit periods in a program's time zone; instants in UTC.

Days are calendar days of the program: a lot earned at 10:00 and held for 14 days becomes available at 10:00
local time, whatever the clocks did in between.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

Period = Literal["lifetime", "day", "week", "month", "quarter", "half_year", "year"]
PERIODS: tuple[Period, ...] = get_args(Period)

# As people choose them; the order is that of PERIODS.
PERIOD_LABELS = (
    ("lifetime", _("for ever")),
    ("day", _("day")),
    ("week", _("week (from Monday)")),
    ("month", _("month")),
    ("quarter", _("quarter")),
    ("half_year", _("half-year")),
    ("year", _("year")),
)

# Durations and instants are bounded so that adding one to the other never leaves the years of a datetime.
_CENTURY_YEARS, _CENTURY_MONTHS, _CENTURY_DAYS = 100, 1_200, 36_525
_FIRST_YEAR, _LAST_YEAR = 1900, 2999

_DURATION = re.compile(r"P(?:([0-9]{1,5})W|(?=.)(?:([0-9]{1,5})Y)?(?:([0-9]{1,5})M)?(?:([0-9]{1,5})D)?)")
_INSTANT = re.compile(
    r"([0-9]{4})-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?"
    r"(?:Z|[+-](?:0[0-9]|1[0-9]|2[0-3]):[0-5][0-9])"
)


@dataclass(frozen=True, slots=True)
class Duration:
    """A span of calendar years, months and days, each from none to a century.

    Written as an ISO 8601 duration without a time part: "P1Y", "P3M", "P14D". Weeks are read as days.
    """

    years: int = 0
    months: int = 0
    days: int = 0

    def __post_init__(self) -> None:
        if min(self.years, self.months, self.days) < 0:
            raise ValueError("A duration cannot be negative.")
        if self.years > _CENTURY_YEARS or self.months > _CENTURY_MONTHS or self.days > _CENTURY_DAYS:
            raise ValueError("A duration can be a century at most.")

    def __bool__(self) -> bool:
        return bool(self.years or self.months or self.days)

    def __str__(self) -> str:
        parts = ((self.years, "Y"), (self.months, "M"), (self.days, "D"))
        return "P" + ("".join(f"{number}{unit}" for number, unit in parts if number) or "0D")

    @staticmethod
    def parse(text: str) -> Duration:
        """The duration written as `text`. Raises ValueError for anything but P[nY][nM][nD] or PnW."""
        return _parse_duration(text)


@lru_cache(maxsize=1024)
def _parse_duration(text: str) -> Duration:
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError("A duration looks like P14D, P2W, P3M or P1Y.")
    weeks, years, months, days = (int(number or 0) for number in match.groups())
    return Duration(years=years, months=months, days=weeks * 7 + days)


def add(moment: datetime, duration: Duration, zone: ZoneInfo) -> datetime:
    """The instant, in UTC, that has the local time of `moment` so many years, months and then days later.

    A month that is too short is clamped to its last day: 31 January and P1M is 28 or 29 February. A time that
    the clocks skip moves on by as much as they jump (02:30 becomes 03:30); of one that comes twice the first
    is taken. Raises ValueError when `moment` has no time zone.
    """
    local = _localise(moment, zone)
    if not duration:
        return moment.astimezone(UTC)
    year, month, day = local.year, local.month, local.day
    if duration.years or duration.months:
        years, month = divmod(month - 1 + duration.months, 12)
        year += duration.years + years
        month += 1
        day = min(day, monthrange(year, month)[1])
    # fold=0: PEP 495 gives the offset before the jump for a skipped time, and the first of two equal ones.
    return (local.replace(year=year, month=month, day=day, fold=0) + timedelta(duration.days)).astimezone(UTC)


def end_of_local_day(moment: datetime, zone: ZoneInfo) -> datetime:
    """The instant, in UTC, at which the next local day begins: the first after the day of `moment`."""
    tomorrow = local_date(moment, zone) + timedelta(1)
    return datetime.combine(tomorrow, time(), zone).astimezone(UTC)


def moment_of_day(day: date, at: time, zone: ZoneInfo) -> datetime | None:
    """The instant, in UTC, at which it is `at` o'clock on a calendar date; None for a date that the zone never had.

    A time that the clocks skip moves on by as much as they jump, within its date; of one that comes twice the first
    is taken. (Samoa went from 29 to 31 December 2011.)
    """
    moment = datetime.combine(day, at, zone).astimezone(UTC)
    if local_date(moment, zone) == day:
        return moment
    # Skipped over midnight: the last instant that is still of this date.
    last = datetime.combine(day + timedelta(1), time(), zone).astimezone(UTC) - timedelta(microseconds=1)
    return last if local_date(last, zone) == day else None


def local_date(moment: datetime, zone: ZoneInfo) -> date:
    """The calendar date of `moment` in `zone`. Raises ValueError when `moment` has no time zone."""
    return _localise(moment, zone).date()


def period_start(moment: datetime, period: str, zone: ZoneInfo) -> str:
    """The stable label of the period in which `moment` lies, as limit counters are keyed.

    "lifetime" is "", "day" is "2026-11-21", "week" is the ISO week "2026-W47", "month" is "2026-11", "quarter" is
    "2026-Q4", "half_year" is "2026-H2", "year" is "2026". Raises ValueError for another period.
    """
    if period == "lifetime":
        return ""
    local = local_date(moment, zone)
    if period == "day":
        return local.isoformat()
    if period == "week":
        year, week, _weekday = local.isocalendar()
        return f"{year:04d}-W{week:02d}"
    if period == "month":
        return f"{local.year:04d}-{local.month:02d}"
    if period == "quarter":
        return f"{local.year:04d}-Q{(local.month + 2) // 3}"
    if period == "half_year":
        return f"{local.year:04d}-H{(local.month + 5) // 6}"
    if period == "year":
        return f"{local.year:04d}"
    raise ValueError(f"{period!r} is not a period. Use one of {', '.join(PERIODS)}.")


def parse_instant(text: str) -> datetime:
    """The instant written as "2026-11-21T10:00:00+03:00" or "...Z" (RFC 3339), in UTC.

    Digits beyond microseconds are dropped. Raises ValueError for everything else: no offset, no seconds,
    lower case, a date that does not exist, a year outside 1900 to 2999.
    """
    match = _INSTANT.fullmatch(text)
    if match is None:
        raise ValueError("An instant looks like 2026-11-21T10:00:00+03:00 or 2026-11-21T07:00:00Z.")
    if not _FIRST_YEAR <= int(match[1]) <= _LAST_YEAR:
        raise ValueError(f"An instant lies in the years {_FIRST_YEAR} to {_LAST_YEAR}.")
    return datetime.fromisoformat(text).astimezone(UTC)


def format_instant(moment: datetime) -> str:
    """The instant in its one canonical form: "2026-11-21T07:00:00Z", with microseconds only if there are any.

    Raises ValueError when `moment` has no time zone.
    """
    return _localise(moment, UTC).isoformat()[:-6] + "Z"


def _localise(moment: datetime, zone: tzinfo) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("A moment needs a time zone: naive datetimes mean another instant on every machine.")
    return moment.astimezone(zone)
