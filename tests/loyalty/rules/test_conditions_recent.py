"""Conditions about recent purchases: windows of calendar days, and how long ago the last one was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from loyalty.rules import Outcome
from loyalty.rules.conditions.days import days_before
from loyalty.rules.conditions.windows import FACT, RecentPurchases
from loyalty.rules.registry import conditions
from tests.loyalty.rules.asking import NOON, ask, bought, failed, happened, passed, program, refused
from tests.loyalty.rules.engine import START, World, credit, on_purchase

BERLIN = program(zone="Europe/Berlin")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def purchases(*told: tuple[datetime, int]) -> dict[str, Any]:
    """Kept purchases: when, and what remains of each."""
    known = RecentPurchases()
    for number, (moment, remaining) in enumerate(told):
        known.keep(f"till/{number}", moment, remaining)
    return {FACT: known}


def test_window_spend_sums_what_remains_within_the_window() -> None:
    known = purchases(
        (NOON - timedelta(days=7), 10000),  # at the edge: no longer
        (NOON - timedelta(days=7) + timedelta(microseconds=1), 250),
        (NOON, 1000),
        (NOON + timedelta(microseconds=1), 5000),  # told already, but later
    )

    def asked(**params: Any) -> Outcome:
        return ask("loyalty.window_spend", {"days": 7, **params}, happened(), known=known)

    assert asked(minimum="12.50") == passed({"minimum": "12.50"}, "12.50")
    assert asked(minimum="12.51") == failed("spent_too_little", {"minimum": "12.51"}, "12.50")
    assert asked(maximum="12.49") == failed("spent_too_much", {"maximum": "12.49"}, "12.50")
    assert asked(minimum="1", maximum="20") == passed({"minimum": "1.00", "maximum": "20.00"}, "12.50")


def test_window_purchases_counts_kept_ones() -> None:
    known = purchases((NOON - timedelta(days=1), 1), (NOON - timedelta(hours=1), 1), (NOON, 1))

    def asked(**params: Any) -> Outcome:
        return ask("loyalty.window_purchases", {"days": 1, **params}, happened(), known=known)

    assert asked(minimum=2) == passed({"minimum": 2}, 2)
    assert asked(minimum=3) == failed("too_few_purchases", {"minimum": 3}, 2)
    assert asked(maximum=1) == failed("too_many_purchases", {"maximum": 1}, 2)


@pytest.mark.parametrize(
    ("moment", "days", "began"),
    [
        pytest.param(
            "2026-03-30T12:00:00+02:00", 1, "2026-03-29T12:00:00+02:00", id="day-of-23-hours-behind"
        ),
        pytest.param("2026-03-29T12:00:00+02:00", 1, "2026-03-28T12:00:00+01:00", id="over-the-jump"),
        pytest.param("2026-10-25T12:00:00+01:00", 1, "2026-10-24T12:00:00+02:00", id="over-the-hour-twice"),
        pytest.param(
            "2026-03-30T02:30:00+02:00", 1, "2026-03-29T03:30:00+02:00", id="a-time-that-was-skipped"
        ),
        pytest.param(
            "2026-10-26T02:30:00+01:00", 1, "2026-10-25T02:30:00+02:00", id="a-time-that-came-twice"
        ),
        pytest.param("2026-10-25T02:30:00+01:00", 1, "2026-10-24T02:30:00+02:00", id="the-second-of-the-two"),
    ],
)
def test_a_window_begins_at_the_same_local_time(moment: str, days: int, began: str) -> None:
    assert days_before(at(moment), days, BERLIN.zone) == at(began)
    event = happened(at=at(moment))
    edge = purchases((at(began), 100), (at(began) + timedelta(microseconds=1), 1))

    asked = ask("loyalty.window_spend", {"days": days, "minimum": "0.01"}, event, of=BERLIN, known=edge)

    assert asked == passed({"minimum": "0.01"}, "0.01")


def days_since(days: float | None, count: int | None = None, **params: Any) -> Outcome:
    known = purchases(*([] if days is None else [(NOON - timedelta(days=days), 100)]))
    number = count if count is not None else int(days is not None)
    return ask("loyalty.days_since_purchase", params, happened(), known=known, purchases_count=number)


@pytest.mark.parametrize(
    ("days", "count", "params", "outcome"),
    [
        (0, None, {"minimum": 1}, failed("bought_too_recently", {"minimum": 1}, 0)),
        (0.6, None, {"minimum": 1}, passed({"minimum": 1}, 1)),
        (3, None, {"minimum": 1}, passed({"minimum": 1}, {"more_than": 1})),
        (30, None, {"minimum": 30}, passed({"minimum": 30}, 30)),
        (29, None, {"minimum": 30}, failed("bought_too_recently", {"minimum": 30}, 29)),
        (7, None, {"maximum": 7}, passed({"maximum": 7}, 7)),
        (8, None, {"maximum": 7}, failed("bought_too_long_ago", {"maximum": 7}, {"more_than": 7})),
        (None, 1, {"maximum": 7}, failed("bought_too_long_ago", {"maximum": 7}, {"more_than": 7})),
        (None, 1, {"minimum": 7}, passed({"minimum": 7}, {"more_than": 7})),
        (None, 0, {"minimum": 7}, failed("never_bought", {"minimum": 7})),
        (None, 0, {"minimum": 7, "or_never": True}, passed({"minimum": 7})),
        (2, None, {"minimum": 7, "or_never": True}, failed("bought_too_recently", {"minimum": 7}, 2)),
    ],
)
def test_days_since_purchase(days: Any, count: Any, params: dict[str, Any], outcome: Outcome) -> None:
    assert days_since(days, count, **params) == outcome


def test_what_was_loaded_beyond_the_question_does_not_show() -> None:
    known = purchases((NOON - timedelta(days=400), 100))

    loaded = ask("loyalty.days_since_purchase", {"minimum": 30}, happened(), known=known, purchases_count=1)
    left = ask(
        "loyalty.days_since_purchase", {"minimum": 30}, happened(), known=purchases(), purchases_count=1
    )

    assert loaded == left == passed({"minimum": 30}, {"more_than": 30})


def test_days_are_those_of_the_calendar_in_the_zone_of_the_program() -> None:
    known = purchases((at("2026-11-20T23:30:00+01:00"), 100))
    event = happened(at=at("2026-11-21T00:15:00+01:00"))

    asked = ask(
        "loyalty.days_since_purchase", {"minimum": 1}, event, of=BERLIN, known=known, purchases_count=1
    )

    assert asked == passed({"minimum": 1}, 1)


def test_the_purchase_at_hand_is_not_the_last_one() -> None:
    known = purchases((NOON - timedelta(days=40), 100), (NOON, 500))
    own = bought(500)
    own.external_id = "1"

    asked = ask("loyalty.days_since_purchase", {"maximum": 50}, happened(own), known=known, purchases_count=2)
    assert asked == passed({"maximum": 50}, 40)

    # Older than anything that was loaded, as when it is decided anew: then nothing else is known to be older.
    own.external_id = "old"
    alone = ask(
        "loyalty.days_since_purchase", {"maximum": 50}, happened(own), known=purchases(), purchases_count=1
    )
    assert alone == failed("never_bought", {"maximum": 50})


def test_refunds_and_late_purchases_move_windows() -> None:
    asks = {"kind": "loyalty.window_spend", "params": {"days": 2, "minimum": "30"}}
    world = World(on_purchase(credit("10"), conditions=[[asks]]))

    first = world.buy("20")
    world.refund(first, "5")
    world.buy("10", at=START + timedelta(days=1))
    assert world.balance() == 0  # 25 within two days
    world.buy("6", at=START - timedelta(days=1))  # told late: at its own time there was nothing else
    assert world.balance() == 0
    world.buy("10", at=START + timedelta(days=1))
    assert world.balance() == 1  # 15 + 10 + 10; the late one lies two days back exactly
    world.refund(first, at=START + timedelta(days=1))
    world.buy("9.99", at=START + timedelta(days=1))
    assert world.balance() == 1  # 29.99: what went back no longer counts


def test_s16_after_a_whole_refund_the_purchase_before_is_the_last() -> None:
    asks = {"kind": "loyalty.days_since_purchase", "params": {"minimum": 10}}
    world = World(on_purchase(credit("10"), conditions=[[asks]]))

    world.buy("10")
    second = world.buy("10", at=START + timedelta(days=9))
    assert world.balance() == 0
    world.refund(second)
    world.buy("10", at=START + timedelta(days=10))
    assert world.balance() == 1
    world.buy("10", at=START + timedelta(days=19))
    assert world.balance() == 1


@pytest.mark.parametrize(
    ("kind", "params", "mistakes"),
    [
        ("loyalty.window_spend", {"minimum": "1"}, [("days", "required")]),
        ("loyalty.window_spend", {"days": 0, "minimum": "1"}, [("days", "min_value")]),
        ("loyalty.window_spend", {"days": 3661, "minimum": "1"}, [("days", "max_value")]),
        ("loyalty.window_spend", {"days": 1}, [("", "range_missing")]),
        (
            "loyalty.window_purchases",
            {"days": 1, "minimum": 2, "maximum": 1},
            [("", "minimum_above_maximum")],
        ),
        ("loyalty.days_since_purchase", {"or_never": True}, [("", "range_missing")]),
        ("loyalty.days_since_purchase", {"minimum": 3661}, [("minimum", "max_value")]),
    ],
)
def test_settings_that_make_no_sense_are_refused(
    kind: str, params: dict[str, Any], mistakes: list[tuple[str, str]]
) -> None:
    assert refused(kind, params) == mistakes


def test_only_as_many_days_are_wanted_as_are_asked_for() -> None:
    since = conditions.get("loyalty.days_since_purchase")

    assert [need.detail for need in since.needs({"minimum": 30, "maximum": 60})] == [61]
    assert [need.detail for need in conditions.get("loyalty.window_spend").needs({"days": 90})] == [90]
