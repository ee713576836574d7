"""Birthdays and anniversaries: days of the year, 29 February among them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from loyalty.rules import Outcome
from tests.loyalty.rules.asking import ask, failed, happened, passed, program, refused

EVER = datetime(1990, 1, 1, tzinfo=UTC)


def birthday(born: str | None, at: str, **params: Any) -> Outcome:
    attributes = {"birthday": [(EVER, born)]} if born is not None else {}
    event = happened(at=datetime.fromisoformat(f"{at}T12:00:00+00:00"))
    return ask("loyalty.birthday", params, event, attributes=attributes)


EXACTLY = {"days_before": 0, "days_after": 0}


@pytest.mark.parametrize(
    ("born", "at", "params", "outcome"),
    [
        ("1990-11-21", "2026-11-21", {}, passed(EXACTLY, "11-21")),
        ("1990-11-21", "2026-11-22", {}, failed("other_day", EXACTLY, "11-21")),
        (
            "1990-11-21",
            "2026-11-14",
            {"days_before": 7},
            passed({"days_before": 7, "days_after": 0}, "11-21"),
        ),
        (
            "1990-11-21",
            "2026-11-13",
            {"days_before": 7},
            failed("other_day", {"days_before": 7, "days_after": 0}, "11-21"),
        ),
        ("1990-11-21", "2026-11-24", {"days_after": 3}, passed({"days_before": 0, "days_after": 3}, "11-21")),
        (
            "1990-11-21",
            "2026-11-25",
            {"days_after": 3},
            failed("other_day", {"days_before": 0, "days_after": 3}, "11-21"),
        ),
        (
            "1990-01-02",
            "2026-12-30",
            {"days_before": 3},
            passed({"days_before": 3, "days_after": 0}, "01-02"),
        ),
        ("1990-12-30", "2026-01-02", {"days_after": 3}, passed({"days_before": 0, "days_after": 3}, "12-30")),
        ("1992-02-29", "2026-02-28", {}, passed(EXACTLY, "02-29")),
        ("1992-02-29", "2026-03-01", {}, failed("other_day", EXACTLY, "02-29")),
        ("1992-02-29", "2028-02-28", {}, failed("other_day", EXACTLY, "02-29")),
        ("1992-02-29", "2028-02-29", {}, passed(EXACTLY, "02-29")),
        ("1990-02-28", "2028-02-28", {}, passed(EXACTLY, "02-28")),
        (None, "2026-11-21", {}, failed("birthday_missing", EXACTLY)),
        ("", "2026-11-21", {}, failed("birthday_missing", EXACTLY)),
        ("21.11.1990", "2026-11-21", {}, failed("birthday_not_a_date", EXACTLY, "21.11.1990")),
        ("1990-02-30", "2026-11-21", {}, failed("birthday_not_a_date", EXACTLY, "1990-02-30")),
        ("1990-W47-3", "2026-11-21", {}, failed("birthday_not_a_date", EXACTLY, "1990-W47-3")),
        ("0000-11-21", "2026-11-21", {}, passed(EXACTLY, "11-21")),
    ],
)
def test_birthday(born: str | None, at: str, params: dict[str, int], outcome: Outcome) -> None:
    assert birthday(born, at, **params) == outcome


def test_a_birthday_stands_in_the_attribute_that_is_named_and_goes_by_the_zone() -> None:
    event = happened(at=datetime(2026, 11, 20, 22, tzinfo=UTC))
    attributes = {"childs-birthday": [(EVER, "2020-11-21")]}
    params = {"attribute": "childs-birthday"}

    asked = ask("loyalty.birthday", params, event, of=program(zone="Europe/Moscow"), attributes=attributes)

    assert asked == passed(EXACTLY, "11-21")


def anniversary(enrolled: str, at: str, zone: str = "UTC", **params: Any) -> Outcome:
    return ask(
        "loyalty.anniversary",
        params,
        happened(at=datetime.fromisoformat(f"{at}T12:00:00+00:00")),
        of=program(zone=zone),
        enrolled_at=datetime.fromisoformat(enrolled),
    )


@pytest.mark.parametrize(
    ("enrolled", "at", "params", "holds"),
    [
        ("2024-11-21T10:00Z", "2026-11-21", {}, True),
        ("2024-11-21T10:00Z", "2026-11-20", {}, False),
        ("2024-11-21T10:00Z", "2024-11-21", {}, False),  # the day itself is no anniversary
        ("2024-11-21T10:00Z", "2024-11-25", {"days_after": 10}, False),
        ("2024-11-21T10:00Z", "2025-11-25", {"days_after": 4}, True),
        ("2024-11-21T10:00Z", "2025-11-26", {"days_after": 4}, False),
        ("2024-01-02T10:00Z", "2025-12-30", {"days_before": 3}, True),
        ("2024-12-30T10:00Z", "2027-01-02", {"days_after": 3}, True),
        ("2024-11-21T10:00Z", "2026-11-21", {"years": 2}, True),
        ("2024-11-21T10:00Z", "2026-11-21", {"years": 1}, False),
        ("2024-12-30T10:00Z", "2027-01-02", {"days_after": 3, "years": 2}, True),
        ("2024-02-29T10:00Z", "2025-02-28", {}, True),
        ("2024-02-29T10:00Z", "2025-03-01", {}, False),
        ("2024-02-29T10:00Z", "2028-02-29", {}, True),
        ("2024-02-29T10:00Z", "2028-02-28", {}, False),
        ("2023-02-28T10:00Z", "2028-02-28", {}, True),
    ],
)
def test_anniversary(enrolled: str, at: str, params: dict[str, int], holds: bool) -> None:
    expected = {"days_before": 0, "days_after": 0, **params}
    told = passed if holds else lambda expected, actual: failed("other_day", expected, actual)

    assert anniversary(enrolled, at, **params) == told(expected, enrolled[:10])


def test_an_anniversary_goes_by_local_dates() -> None:
    asked = anniversary("2024-11-20T22:00Z", "2026-11-21", zone="Europe/Moscow")

    assert asked == passed({"days_before": 0, "days_after": 0}, "2024-11-21")


@pytest.mark.parametrize(
    ("kind", "params", "mistakes"),
    [
        ("loyalty.birthday", {"days_before": 181}, [("days_before", "max_value")]),
        ("loyalty.birthday", {"days_after": -1}, [("days_after", "min_value")]),
        ("loyalty.birthday", {"attribute": "a b"}, [("attribute", "invalid")]),
        ("loyalty.anniversary", {"years": 0}, [("years", "min_value")]),
        ("loyalty.anniversary", {"years": 101}, [("years", "max_value")]),
    ],
)
def test_settings_that_make_no_sense_are_refused(
    kind: str, params: dict[str, Any], mistakes: list[tuple[str, str]]
) -> None:
    assert refused(kind, params) == mistakes
