"""End-of-campaign and time-zone edges, to the microsecond."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from loyalty.periods import Duration, add
from tests.loyalty.rules.engine import World, credit, on_purchase

TICK, DAY = timedelta(microseconds=1), timedelta(days=1)
ONCE_A_DAY = [{"per": "recipient", "measure": "times", "max": "1", "period": "day"}]


def world_in(zone: str, *definitions: dict[str, Any], **settings: Any) -> World:
    """A world whose days are those of a time zone."""
    world = World(*definitions, **settings)
    world.state.program = replace(world.state.program, zone=ZoneInfo(zone))
    return world


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def granted_at(definition: dict[str, Any], zone: str, moments: list[datetime]) -> list[datetime]:
    """At which of these moments a purchase is rewarded, each told in its turn."""
    world = world_in(zone, definition)
    for at in moments:
        world.buy("100.00", at=at)
    return [reward.occurred_at for reward in world.rewards]


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu", "Pacific/Apia"])
def test_end_of_campaign_edges_are_instants_whatever_the_zone(zone):
    """From `starts_at` on, until just before `ends_at`."""
    start, end = instant("2025-03-30T00:00:00+05:45"), instant("2025-04-30T00:00:00+05:45")
    offer = on_purchase(
        credit("10"), starts_at="2025-03-30T00:00:00+05:45", ends_at="2025-04-30T00:00:00+05:45"
    )

    given = granted_at(offer, zone, [start - TICK, start, end - TICK, end, end + TICK])

    assert given == [start, end - TICK]


@pytest.mark.parametrize(
    ("zone", "day", "begins", "ends"),
    [
        ("UTC", "2025-03-30", "2025-03-30T00:00:00+00:00", "2025-03-31T00:00:00+00:00"),
        ("Asia/Kathmandu", "2025-03-30", "2025-03-29T18:15:00+00:00", "2025-03-30T18:15:00+00:00"),
        ("Europe/Berlin", "2025-03-30", "2025-03-30T00:00:00+01:00", "2025-03-31T00:00:00+02:00"),
        ("Europe/Berlin", "2025-10-26", "2025-10-26T00:00:00+02:00", "2025-10-27T00:00:00+01:00"),
        # Midnight of 4 November 2018 did not exist in Sao Paulo, and the last hour of 17 February 2018 came twice.
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04T01:00:00-02:00", "2018-11-05T00:00:00-02:00"),
        ("America/Sao_Paulo", "2018-02-17", "2018-02-17T00:00:00-02:00", "2018-02-18T00:00:00-03:00"),
        ("Pacific/Apia", "2011-12-29", "2011-12-29T00:00:00-10:00", "2011-12-31T00:00:00+14:00"),
        ("Europe/Moscow", "2024-02-29", "2024-02-28T21:00:00+00:00", "2024-02-29T21:00:00+00:00"),
    ],
)
def test_time_zone_edges_of_a_day(zone, day, begins, ends):
    """A condition of dates and a limit of a day agree on where the day begins and ends."""
    first, last = instant(begins), instant(ends) - TICK
    moments = [first - TICK, first, last, last + TICK]
    dates = [[{"kind": "loyalty.dates", "params": {"starts_on": day, "ends_on": day}}]]

    assert granted_at(on_purchase(credit("10"), conditions=dates), zone, moments) == [first, last]
    given = granted_at(on_purchase(credit("10"), limits=ONCE_A_DAY), zone, moments)
    assert given == [first - TICK, first, last + TICK]


@pytest.mark.parametrize(
    ("zone", "period", "edge"),
    [
        ("Europe/Berlin", "week", "2025-03-31T00:00:00+02:00"),
        ("Europe/Berlin", "week", "2025-10-27T00:00:00+01:00"),
        ("Europe/Berlin", "month", "2025-04-01T00:00:00+02:00"),
        ("Europe/Berlin", "month", "2025-11-01T00:00:00+01:00"),
        ("Europe/Berlin", "year", "2026-01-01T00:00:00+01:00"),
        ("America/Sao_Paulo", "day", "2018-11-04T01:00:00-02:00"),
        ("America/Sao_Paulo", "day", "2018-02-18T00:00:00-03:00"),
        ("America/Sao_Paulo", "week", "2018-11-05T00:00:00-02:00"),
        ("Pacific/Apia", "day", "2011-12-31T00:00:00+14:00"),
        ("Pacific/Apia", "month", "2012-01-01T00:00:00+14:00"),
        ("Pacific/Apia", "year", "2012-01-01T00:00:00+14:00"),
        ("Asia/Kathmandu", "day", "2025-01-01T00:00:00+05:45"),
        ("Asia/Kathmandu", "week", "2024-12-30T00:00:00+05:45"),
        ("Asia/Kathmandu", "month", "2025-02-01T00:00:00+05:45"),
        ("Asia/Kathmandu", "year", "2025-01-01T00:00:00+05:45"),
        ("UTC", "day", "2024-02-29T00:00:00+00:00"),
        ("UTC", "day", "2024-03-01T00:00:00+00:00"),
        ("UTC", "month", "2024-03-01T00:00:00+00:00"),
        ("UTC", "week", "2020-12-28T00:00:00+00:00"),
    ],
)
def test_time_zone_edges_of_a_limit(zone, period, edge):
    """A microsecond before the edge the old period counts, at the edge a new one; nothing counts in both."""
    limit = {"per": "recipient", "measure": "times", "max": "1", "period": period}
    at = instant(edge)

    given = granted_at(
        on_purchase(credit("10"), limits=[limit]), zone, [at - 2 * TICK, at - TICK, at, at + TICK]
    )

    assert given == [at - 2 * TICK, at]


def test_time_zone_edges_of_an_hour_that_comes_twice():
    """02:30 happens twice in Berlin on 26 October 2025: one day, so one reward, and both are at night."""
    first, second = instant("2025-10-26T02:30:00+02:00"), instant("2025-10-26T02:30:00+01:00")
    night = [[{"kind": "loyalty.hours", "params": {"start_time": "02:00", "end_time": "03:00"}}]]

    assert granted_at(on_purchase(credit("10"), conditions=night), "Europe/Berlin", [first, second]) == [
        first,
        second,
    ]
    assert granted_at(on_purchase(credit("10"), limits=ONCE_A_DAY), "Europe/Berlin", [first, second]) == [
        first
    ]


def test_time_zone_edges_of_an_hour_that_does_not_come():
    """From 02:00 to 03:00 there is nothing in Berlin on 30 March 2025: a night offer misses out, nothing breaks."""
    edge = instant("2025-03-30T03:00:00+02:00")
    night = [[{"kind": "loyalty.hours", "params": {"start_time": "02:00", "end_time": "03:00"}}]]

    given = granted_at(on_purchase(credit("10"), conditions=night), "Europe/Berlin", [edge - TICK, edge])

    assert given == []


@pytest.mark.parametrize(
    ("zone", "at", "weekday"),
    [
        ("Pacific/Apia", "2011-12-30T09:59:59.999999+00:00", "thu"),
        ("Pacific/Apia", "2011-12-30T10:00:00+00:00", "sat"),
        ("Asia/Kathmandu", "2025-03-29T18:14:59.999999+00:00", "sat"),
        ("Asia/Kathmandu", "2025-03-29T18:15:00+00:00", "sun"),
    ],
)
def test_time_zone_edges_of_a_weekday(zone, at, weekday):
    """Apia went from Thursday to Saturday."""
    days = [[{"kind": "loyalty.weekday", "params": {"days": [weekday]}}]]

    assert granted_at(on_purchase(credit("10"), conditions=days), zone, [instant(at)]) == [instant(at)]


@pytest.mark.parametrize(
    ("zone", "bought", "expires"),
    [
        ("Europe/Berlin", "2025-03-29T02:30:00+01:00", "2025-03-30T03:30:00+02:00"),
        ("Europe/Berlin", "2025-10-25T02:30:00+02:00", "2025-10-26T02:30:00+02:00"),
        ("America/Sao_Paulo", "2018-11-03T00:30:00-03:00", "2018-11-04T01:30:00-02:00"),
        ("Pacific/Apia", "2011-12-29T10:00:00-10:00", "2011-12-31T10:00:00+14:00"),
        ("Asia/Kathmandu", "2025-03-29T00:00:00+05:45", "2025-03-30T00:00:00+05:45"),
        ("UTC", "2024-02-28T23:59:59.999999+00:00", "2024-02-29T23:59:59.999999+00:00"),
    ],
)
def test_time_zone_edges_of_an_expiry_of_a_day(zone, bought, expires):
    """A microsecond before it expires a lot is there; then it is not."""
    world = world_in(zone, on_purchase(credit("10")), validity="P1D")
    world.buy("100.00", at=instant(bought))

    assert world.buckets(at=instant(expires) - TICK) == (10, 0, 0, 0)
    assert world.buckets(at=instant(expires)) == (0, 0, 0, 0)


def test_leap_day_a_year_later_is_the_last_of_february():
    zone = ZoneInfo("UTC")
    leap = instant("2024-02-29T12:00:00+00:00")

    assert add(leap, Duration(years=1), zone) == instant("2025-02-28T12:00:00+00:00")
    assert add(leap, Duration(years=4), zone) == instant("2028-02-29T12:00:00+00:00")
    world = world_in("UTC", on_purchase(credit("10")), validity="P1Y")
    world.buy("100.00", at=leap)
    assert world.buckets(at=instant("2025-02-28T12:00:00+00:00") - TICK) == (10, 0, 0, 0)
    assert world.buckets(at=instant("2025-02-28T12:00:00+00:00")) == (0, 0, 0, 0)
