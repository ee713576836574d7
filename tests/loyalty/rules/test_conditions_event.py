"""Conditions about the event and its moment, each seen to pass and to fail."""

from datetime import UTC, datetime
from typing import Any

import pytest

from loyalty.rules import EventState, Outcome
from tests.loyalty.rules.asking import ask, failed, happened, passed, program, refused


def at(day: int, hour: int, minute: int = 0) -> EventState:
    return happened(at=datetime(2026, 11, day, hour, minute, tzinfo=UTC))


def test_weekday() -> None:
    params = {"days": ["sun", "sat"]}

    assert ask("loyalty.weekday", params, at(21, 12)) == passed(["sat", "sun"], "sat")
    assert ask("loyalty.weekday", params, at(20, 12)) == failed("other_weekday", ["sat", "sun"], "fri")
    assert ask("loyalty.weekday", params, at(20, 15), of=program(zone="Asia/Tokyo")) == passed(
        ["sat", "sun"], "sat"
    )


@pytest.mark.parametrize(
    ("hour", "minute", "day_time", "night_time"),
    [
        (5, 59, False, True),
        (6, 0, True, False),
        (21, 59, True, False),
        (22, 0, False, True),
        (0, 0, False, True),
    ],
)
def test_hours(hour: int, minute: int, day_time: bool, night_time: bool) -> None:
    now = f"{hour:02}:{minute:02}"
    day, night = ["06:00", "22:00"], ["22:00", "06:00"]

    for hours, holds in ((day, day_time), (night, night_time)):
        params = {"start_time": hours[0], "end_time": hours[1]}
        outcome = ask("loyalty.hours", params, at(21, hour, minute))
        assert outcome == (passed(hours, now) if holds else failed("other_hours", hours, now))


def test_hours_are_local_whatever_the_clocks_did() -> None:
    params = {"start_time": "10:00", "end_time": "10:01"}

    for instant in (datetime(2026, 1, 5, 9, tzinfo=UTC), datetime(2026, 7, 5, 8, tzinfo=UTC)):
        outcome = ask("loyalty.hours", params, happened(at=instant), of=program(zone="Europe/Berlin"))
        assert outcome == passed(["10:00", "10:01"], "10:00")


def test_dates() -> None:
    params = {"starts_on": "2026-11-20", "ends_on": "2026-11-21"}

    assert ask("loyalty.dates", params, at(19, 23, 59)) == failed("too_early", params, "2026-11-19")
    assert ask("loyalty.dates", params, at(20, 0)) == passed(params, "2026-11-20")
    assert ask("loyalty.dates", params, at(21, 23, 59)) == passed(params, "2026-11-21")
    assert ask("loyalty.dates", params, at(22, 0)) == failed("too_late", params, "2026-11-22")
    outcome = ask("loyalty.dates", {"ends_on": "2026-11-21"}, at(21, 15), of=program(zone="Asia/Tokyo"))
    assert outcome == failed("too_late", {"starts_on": None, "ends_on": "2026-11-21"}, "2026-11-22")


def test_source() -> None:
    assert ask("loyalty.source", {"sources": ["web", "till"]}, happened()) == passed(["web", "till"], "till")
    assert ask("loyalty.source", {"sources": ["web"]}, happened()) == failed("other_source", ["web"], "till")


@pytest.mark.parametrize(
    ("params", "outcome"),
    [
        pytest.param(
            {"field": "score", "operator": "at_least", "value": "9"}, passed("9", "10"), id="number"
        ),
        pytest.param(
            {"field": "score", "operator": "at_most", "value": "9"},
            failed("other_value", "9", "10"),
            id="number-fails",
        ),
        pytest.param({"field": "done", "value": "true"}, passed("true", "true"), id="yes"),
        pytest.param({"field": "empty", "operator": "missing"}, passed(), id="empty-text"),
        pytest.param({"field": "list", "operator": "present"}, failed("value_missing"), id="no-single-value"),
        pytest.param({"field": "other", "value": "x"}, failed("value_missing", "x"), id="no-such-field"),
    ],
)
def test_payload_field(params: dict[str, Any], outcome: Outcome) -> None:
    payload = {"score": 10, "done": True, "empty": "", "list": ["a"]}

    assert ask("loyalty.payload_field", params, happened(payload=payload)) == outcome


@pytest.mark.parametrize(
    ("kind", "params", "path", "code"),
    [
        ("loyalty.weekday", {"days": []}, "days", "required"),
        ("loyalty.weekday", {"days": ["monday"]}, "days", "invalid_choice"),
        ("loyalty.hours", {"start_time": "10:00", "end_time": "10:00"}, "", "empty_hours"),
        ("loyalty.hours", {"start_time": "25:00", "end_time": "10:00"}, "start_time", "wrong_type"),
        ("loyalty.dates", {}, "", "range_missing"),
        ("loyalty.dates", {"starts_on": "2026-02-30"}, "starts_on", "wrong_type"),
        ("loyalty.dates", {"starts_on": "2026-02-02", "ends_on": "2026-02-01"}, "", "starts_after_it_ends"),
        ("loyalty.source", {"sources": []}, "sources", "required"),
    ],
)
def test_settings_that_make_no_sense_are_refused(
    kind: str, params: dict[str, Any], path: str, code: str
) -> None:
    assert refused(kind, params) == [(path, code)]
