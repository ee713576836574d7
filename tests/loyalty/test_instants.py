"""Instants as text, RFC 3339 in and one canonical form out; zones by name (loyalty.periods)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.periods import format_instant, parse_instant


@pytest.mark.parametrize(
    ("text", "moment", "canonical"),
    [
        ("2026-11-21T10:00:00Z", datetime(2026, 11, 21, 10, tzinfo=UTC), "2026-11-21T10:00:00Z"),
        ("2026-11-21T10:00:00+03:00", datetime(2026, 11, 21, 7, tzinfo=UTC), "2026-11-21T07:00:00Z"),
        ("2026-11-21T10:00:00-00:30", datetime(2026, 11, 21, 10, 30, tzinfo=UTC), "2026-11-21T10:30:00Z"),
        (
            "2026-11-21T10:00:00.25Z",
            datetime(2026, 11, 21, 10, 0, 0, 250_000, tzinfo=UTC),
            "2026-11-21T10:00:00.250000Z",
        ),
        (
            "2026-11-21T10:00:00.123456789Z",
            datetime(2026, 11, 21, 10, 0, 0, 123_456, tzinfo=UTC),
            "2026-11-21T10:00:00.123456Z",
        ),
        ("2024-02-29T23:59:59Z", datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC), "2024-02-29T23:59:59Z"),
    ],
)
def test_instants_are_read_and_written_in_utc(text: str, moment: datetime, canonical: str) -> None:
    parsed = parse_instant(text)

    assert parsed == moment
    assert parsed.tzinfo is UTC
    assert format_instant(parsed) == canonical


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-21",
        "2026-11-21T10:00:00",
        "2026-11-21T10:00Z",
        "2026-11-21 10:00:00Z",
        "2026-11-21t10:00:00z",
        "20261121T100000Z",
        "2026-W47-6T10:00:00Z",
        "2026-325T10:00:00Z",
        "2026-11-21T24:00:00Z",
        "2026-11-21T23:60:00Z",
        "2026-11-21T23:59:60Z",
        "2026-02-29T10:00:00Z",
        "2026-13-01T10:00:00Z",
        "2026-11-21T10:00:00+0300",
        "2026-11-21T10:00:00+03",
        "2026-11-21T10:00:00+24:00",
        "2026-11-21T10:00:00+03:60",
        "2026-11-21T10:00:00.Z",
        "2026-11-21T10:00:00,5Z",
        "2026-11-21T10:00:00Z\n",
        " 2026-11-21T10:00:00Z",
        "２026-11-21T10:00:00Z",
        "1899-12-31T23:59:59Z",
        "0001-01-01T00:00:00+14:00",
        "3000-01-01T00:00:00Z",
        "9999-12-31T23:59:59-14:00",
        "1763719200",
    ],
    ids=ascii,
)
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_instant(text)


@given(st.datetimes(datetime(1900, 1, 2), datetime(2999, 12, 30), timezones=st.just(UTC)))
def test_writing_and_reading_give_the_same_instant(moment: datetime) -> None:
    assert parse_instant(format_instant(moment)) == moment
