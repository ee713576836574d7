"""Calendar time in the program's zone: durations, ends of days, limit periods."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.periods import (
    PERIOD_LABELS,
    PERIODS,
    Duration,
    add,
    end_of_local_day,
    format_instant,
    local_date,
    moment_of_day,
    period_start,
)

MOSCOW = ZoneInfo("Europe/Moscow")
BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
UTC_ZONE = ZoneInfo("UTC")

durations = st.builds(
    Duration, years=st.integers(0, 100), months=st.integers(0, 1200), days=st.integers(0, 36_525)
)
instants = st.datetimes(datetime(1900, 1, 2), datetime(2999, 12, 30), timezones=st.just(UTC))
zones = st.sampled_from(
    [MOSCOW, BERLIN, NEW_YORK, UTC_ZONE, ZoneInfo("Asia/Kathmandu"), ZoneInfo("Pacific/Apia")]
)


@pytest.mark.parametrize(
    ("text", "duration", "canonical"),
    [
        ("P14D", Duration(days=14), "P14D"),
        ("P2W", Duration(days=14), "P14D"),
        ("P3M", Duration(months=3), "P3M"),
        ("P12M", Duration(months=12), "P12M"),
        ("P1Y", Duration(years=1), "P1Y"),
        ("P1Y2M3D", Duration(years=1, months=2, days=3), "P1Y2M3D"),
        ("P1Y3D", Duration(years=1, days=3), "P1Y3D"),
        ("P0D", Duration(), "P0D"),
        ("P0Y0M0D", Duration(), "P0D"),
        ("P0W", Duration(), "P0D"),
        ("P007D", Duration(days=7), "P7D"),
        ("P100Y", Duration(years=100), "P100Y"),
        ("P1200M", Duration(months=1200), "P1200M"),
        ("P36525D", Duration(days=36_525), "P36525D"),
    ],
)
def test_durations_are_read_and_written_canonically(text: str, duration: Duration, canonical: str) -> None:
    assert Duration.parse(text) == duration
    assert str(duration) == canonical


@pytest.mark.parametrize(
    "text",
    [
        "",
        "P",
        "14",
        "14D",
        "p14d",
        "PD",
        "P14",
        "P-1D",
        "-P1D",
        "+P1D",
        "P1.5D",
        "P1,5D",
        "PT1H",
        "P1DT1H",
        "P1W2D",
        "P1Y1W",
        "P1D1M",
        "P1M1Y",
        "P1D1D",
        " P1D",
        "P1D ",
        "P1D\n",
        "P1_0D",
        "P１D",
        "P100000D",
        "P101Y",
        "P1201M",
        "P36526D",
        "P5218W",
    ],
    ids=ascii,
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^A duration "):
        Duration.parse(text)


def test_negative_durations_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="negative"):
        Duration(days=-1)


@given(durations)
def test_writing_and_reading_give_the_same_duration(duration: Duration) -> None:
    assert Duration.parse(str(duration)) == duration


@pytest.mark.parametrize(("duration", "truth"), [(Duration(), False), (Duration(days=1), True)], ids=str)
def test_only_the_empty_duration_is_false(duration: Duration, truth: bool) -> None:
    assert bool(duration) is truth


def test_worked_number_10_days_are_calendar_days_of_the_program() -> None:
    bought = datetime(2025, 1, 1, 12, 30, tzinfo=MOSCOW)

    available = add(bought, Duration.parse("P14D"), MOSCOW)
    expires = add(available, Duration.parse("P365D"), MOSCOW)

    assert available == datetime(2025, 1, 15, 12, 30, tzinfo=MOSCOW)
    assert expires == datetime(2026, 1, 15, 12, 30, tzinfo=MOSCOW)
    assert end_of_local_day(expires, MOSCOW) == datetime(2026, 1, 16, tzinfo=MOSCOW)


@pytest.mark.parametrize(
    ("start", "duration", "end"),
    [
        ("2025-01-31", "P1M", "2025-02-28"),
        ("2024-01-31", "P1M", "2024-02-29"),
        ("2025-08-31", "P6M", "2026-02-28"),
        ("2024-02-29", "P1Y", "2025-02-28"),
        ("2024-02-29", "P4Y", "2028-02-29"),
        ("2025-12-15", "P1M", "2026-01-15"),
        ("2025-11-30", "P13M", "2026-12-30"),
        ("2025-01-31", "P1M1D", "2025-03-01"),
        ("2025-12-31", "P1D", "2026-01-01"),
        ("2024-02-28", "P1D", "2024-02-29"),
        ("2025-06-10", "P0D", "2025-06-10"),
    ],
)
def test_months_are_clamped_to_their_last_day_and_days_come_after(
    start: str, duration: str, end: str
) -> None:
    moment = datetime.fromisoformat(f"{start}T09:00").replace(tzinfo=MOSCOW)

    result = add(moment, Duration.parse(duration), MOSCOW)

    assert result == datetime.fromisoformat(f"{end}T09:00").replace(tzinfo=MOSCOW)


def test_the_day_is_taken_in_the_zone_not_in_utc() -> None:
    # 31 January in Moscow, still 30 January in UTC.
    moment = datetime(2025, 1, 30, 22, tzinfo=UTC)

    assert add(moment, Duration(months=1), MOSCOW) == datetime(2025, 2, 27, 22, tzinfo=UTC)
    assert add(moment, Duration(months=1), UTC_ZONE) == datetime(2025, 2, 28, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        # Berlin, 30 March 2025: 02:00 becomes 03:00; 26 October 2025: 03:00 becomes 02:00.
        ("2025-03-29T10:00:00+01:00", "2025-03-30T10:00:00+02:00"),
        ("2025-10-25T10:00:00+02:00", "2025-10-26T10:00:00+01:00"),
        ("2025-03-29T02:30:00+01:00", "2025-03-30T03:30:00+02:00"),
        ("2025-03-29T02:00:00+01:00", "2025-03-30T03:00:00+02:00"),
        ("2025-10-25T02:30:00+02:00", "2025-10-26T02:30:00+02:00"),
        ("2025-10-26T02:30:00+01:00", "2025-10-27T02:30:00+01:00"),
    ],
    ids=[
        "23-hour day",
        "25-hour day",
        "skipped",
        "skipped at its start",
        "twice: the first",
        "from the second",
    ],
)
def test_local_time_stays_when_the_clocks_change(start: str, end: str) -> None:
    assert add(datetime.fromisoformat(start), Duration(days=1), BERLIN) == datetime.fromisoformat(end)


@pytest.mark.parametrize("offset", [1, 2])
def test_adding_nothing_stays_at_the_instant_even_in_a_repeated_hour(offset: int) -> None:
    moment = datetime(2025, 10, 26, 2, 30, tzinfo=timezone(timedelta(hours=offset)))

    assert add(moment, Duration(), BERLIN) == moment


@given(instants, durations, zones)
def test_adding_never_fails_never_goes_back_and_gives_utc(
    moment: datetime, duration: Duration, zone: ZoneInfo
) -> None:
    result = add(moment, duration, zone)

    assert result.tzinfo is UTC
    # A day may be shorter than a day by what the clocks jump (Apia once skipped a whole one).
    assert result >= moment - timedelta(hours=25)


@given(instants, st.integers(0, 10_000))
def test_days_in_utc_are_days_of_24_hours(moment: datetime, days: int) -> None:
    assert add(moment, Duration(days=days), UTC_ZONE) == moment + timedelta(days)


@pytest.mark.parametrize(
    ("zone", "moment", "end"),
    [
        ("UTC", "2025-01-15T00:00:00+00:00", "2025-01-16T00:00:00+00:00"),
        ("UTC", "2025-01-15T23:59:59.999999+00:00", "2025-01-16T00:00:00+00:00"),
        ("Europe/Moscow", "2025-01-15T22:00:00+00:00", "2025-01-16T21:00:00+00:00"),
        ("Europe/Berlin", "2025-03-30T00:00:00+01:00", "2025-03-31T00:00:00+02:00"),
        ("Europe/Berlin", "2025-10-26T00:00:00+02:00", "2025-10-27T00:00:00+01:00"),
        # Santiago, 8 September 2024: midnight does not exist, the day begins at 01:00.
        ("America/Santiago", "2024-09-07T12:00:00-04:00", "2024-09-08T01:00:00-03:00"),
        # Havana, 3 November 2024: midnight comes twice, the day begins at the first.
        ("America/Havana", "2024-11-02T12:00:00-04:00", "2024-11-03T00:00:00-04:00"),
        # Santiago, 6 April 2024: the hour before midnight comes twice, both belong to the day.
        ("America/Santiago", "2024-04-06T23:30:00-03:00", "2024-04-07T00:00:00-04:00"),
        ("America/Santiago", "2024-04-06T23:30:00-04:00", "2024-04-07T00:00:00-04:00"),
        # Apia skipped 30 December 2011 altogether.
        ("Pacific/Apia", "2011-12-29T12:00:00-10:00", "2011-12-31T00:00:00+14:00"),
    ],
)
def test_a_local_day_ends_where_the_next_begins(zone: str, moment: str, end: str) -> None:
    result = end_of_local_day(datetime.fromisoformat(moment), ZoneInfo(zone))

    assert result == datetime.fromisoformat(end)
    assert result.tzinfo is UTC


@given(instants, zones)
def test_the_end_of_a_day_is_the_first_instant_of_another(moment: datetime, zone: ZoneInfo) -> None:
    end = end_of_local_day(moment, zone)

    assert end > moment
    assert local_date(end, zone) > local_date(moment, zone)
    assert local_date(end - timedelta(microseconds=1), zone) == local_date(moment, zone)


@pytest.mark.parametrize(
    ("moment", "period", "label"),
    [
        ("2026-11-21T12:00:00+03:00", "lifetime", ""),
        ("2026-11-21T12:00:00+03:00", "day", "2026-11-21"),
        ("2026-11-21T12:00:00+03:00", "week", "2026-W47"),
        ("2026-11-21T12:00:00+03:00", "month", "2026-11"),
        ("2026-11-21T12:00:00+03:00", "quarter", "2026-Q4"),
        ("2026-11-21T12:00:00+03:00", "half_year", "2026-H2"),
        ("2026-11-21T12:00:00+03:00", "year", "2026"),
        # Already the next day, month and year in Moscow.
        ("2025-12-31T21:00:00+00:00", "day", "2026-01-01"),
        ("2025-12-31T20:59:59+00:00", "day", "2025-12-31"),
        ("2025-12-31T21:00:00+00:00", "month", "2026-01"),
        ("2025-12-31T21:00:00+00:00", "year", "2026"),
        ("2025-12-31T20:59:59+00:00", "quarter", "2025-Q4"),
        ("2025-12-31T21:00:00+00:00", "quarter", "2026-Q1"),
        ("2025-12-31T21:00:00+00:00", "half_year", "2026-H1"),
        # Quarters and half-years turn at the local midnight of their first month.
        ("2026-03-31T23:59:59+03:00", "quarter", "2026-Q1"),
        ("2026-04-01T00:00:00+03:00", "quarter", "2026-Q2"),
        ("2026-06-30T23:59:59+03:00", "half_year", "2026-H1"),
        ("2026-07-01T00:00:00+03:00", "half_year", "2026-H2"),
        ("2026-07-01T00:00:00+03:00", "quarter", "2026-Q3"),
        # ISO weeks: 29 December 2025 is in week 1 of 2026, 1 January 2027 in week 53 of 2026.
        ("2025-12-29T12:00:00+03:00", "week", "2026-W01"),
        ("2027-01-01T12:00:00+03:00", "week", "2026-W53"),
    ],
)
def test_s12_limits_count_in_the_local_period(moment: str, period: str, label: str) -> None:
    assert period_start(datetime.fromisoformat(moment), period, MOSCOW) == label


@pytest.mark.parametrize("period", ["", "hour", "Day", "half-year"])
def test_an_unknown_period_is_refused(period: str) -> None:
    with pytest.raises(ValueError, match="Use one of lifetime, day, week, month, quarter, half_year, year"):
        period_start(datetime(2026, 1, 1, tzinfo=UTC), period, MOSCOW)


def test_every_period_has_a_label_in_their_order() -> None:
    assert tuple(name for name, _label in PERIOD_LABELS) == PERIODS


@given(instants, instants, zones, st.sampled_from(PERIODS))
def test_labels_of_periods_sort_as_their_moments_do(
    one: datetime, other: datetime, zone: ZoneInfo, period: str
) -> None:
    earlier, later = sorted([one, other])

    assert period_start(earlier, period, zone) <= period_start(later, period, zone)


def test_the_local_date_is_the_zones() -> None:
    moment = datetime(2026, 11, 20, 22, tzinfo=UTC)

    assert local_date(moment, MOSCOW) == date(2026, 11, 21)
    assert local_date(moment, NEW_YORK) == date(2026, 11, 20)


@given(
    st.dates(date(1980, 1, 1), date(2060, 1, 1)),
    st.times(),
    st.sampled_from(["America/Nuuk", "America/Havana", "Pacific/Apia", "Europe/Berlin", "Asia/Gaza", "UTC"]),
)
def test_a_time_of_day_has_one_instant_on_each_date_that_there_was(day: date, at: time, name: str) -> None:
    zone = ZoneInfo(name)
    moment = moment_of_day(day, at, zone)

    if moment is None:
        assert (name, day) == ("Pacific/Apia", date(2011, 12, 30))
    else:
        assert local_date(moment, zone) == day


@pytest.mark.parametrize(
    ("day", "at", "zone", "moment"),
    [
        (date(2027, 3, 28), time(2, 30), BERLIN, datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),
        (date(2026, 10, 25), time(2, 30), BERLIN, datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        (date(2011, 12, 30), time(9), ZoneInfo("Pacific/Apia"), None),
    ],
    ids=["skipped", "twice", "no-such-date"],
)
def test_a_time_of_day_where_the_clocks_change(
    day: date, at: time, zone: ZoneInfo, moment: datetime | None
) -> None:
    assert moment_of_day(day, at, zone) == moment


def test_moments_without_a_zone_are_refused() -> None:
    naive = datetime(2026, 11, 21)

    for call in (
        lambda: add(naive, Duration(), MOSCOW),
        lambda: end_of_local_day(naive, MOSCOW),
        lambda: local_date(naive, MOSCOW),
        lambda: period_start(naive, "day", MOSCOW),
        lambda: format_instant(naive),
    ):
        with pytest.raises(ValueError, match="needs a time zone"):
            call()
