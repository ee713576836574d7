"""Purchases over HTTP: recorded once for ever, refunded by amount and by lines, reopened, previewed."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from loyalty.models import Campaign, Card, Event, Purchase, Refund
from loyalty.testing import balance_of

pytestmark = pytest.mark.django_db

PURCHASES = "/api/v1/till/purchases/"


def purchase(**changes: Any) -> dict[str, Any]:
    """A purchase of anna's."""
    return {"external_id": "o-1", "card": {"external_id": "anna"}, "total": "100.00"} | changes


def test_a_purchase_is_recorded_and_what_it_brought_is_answered(
    till: APIClient, card: Card, ten_percent: Campaign
) -> None:
    answer = till.post(PURCHASES, purchase(occurred_at="2026-11-01T10:00:00+03:00", channel="app"))

    assert answer.status_code == 201, answer.json()
    assert answer.json() == {
        "event": Event.objects.get(kind="loyalty.purchase").pk,
        "state": "applied",
        "purchase": {
            "external_id": "o-1",
            "source": "shop",
            "occurred_at": "2026-11-01T07:00:00Z",
            "total": "100.00",
            "remaining": "100.00",
        },
        "rewards": [
            {
                "campaign": "ten-percent",
                "name": "ten-percent",
                "currency": "points",
                "granted": "10",
                "kept": "10",
                "available_at": "2026-11-01T07:00:00Z",
                "expires_at": None,
            }
        ],
    }
    assert balance_of(card) == "10"


def test_a_repeat_is_answered_with_200_and_counts_once(
    till: APIClient, card: Card, ten_percent: Campaign
) -> None:
    first = till.post(PURCHASES, purchase())
    second = till.post(PURCHASES, purchase())

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert (Purchase.objects.count(), balance_of(card)) == (1, "10")


def test_the_same_id_with_another_body_is_422_and_changes_nothing(
    till: APIClient, card: Card, ten_percent: Campaign
) -> None:
    till.post(PURCHASES, purchase())
    answer = till.post(PURCHASES, purchase(total="200.00"))

    assert (answer.status_code, answer.json()["code"]) == (422, "event_conflict")
    assert (Purchase.objects.get().total, balance_of(card)) == (10_000, "10")


def test_refunds_by_amount_by_lines_and_of_all_that_is_left(
    till: APIClient, card: Card, ten_percent: Campaign
) -> None:
    lines = [
        {"amount": "60.00", "sku": "tea", "quantity": "2"},
        {"amount": "40.00", "attributes": {"a": "b"}},
    ]
    till.post(PURCHASES, purchase(lines=lines))

    by_line = till.post(f"{PURCHASES}o-1/refunds/", {"external_id": "r-1", "lines": [{"position": 1}]})
    by_amount = till.post(f"{PURCHASES}o-1/refunds/", {"external_id": "r-2", "amount": "10.00"})
    the_rest = till.post(f"{PURCHASES}o-1/refunds/", {"external_id": "r-3"})

    told = [(one.status_code, one.json()["purchase"]["remaining"]) for one in (by_line, by_amount, the_rest)]
    assert told == [(201, "60.00"), (201, "50.00"), (201, "0.00")]
    assert [one.json()["rewards"][0]["kept"] for one in (by_line, by_amount, the_rest)] == ["6", "5", "0"]
    assert balance_of(card) == "0"


def test_a_refund_of_too_much_is_refused_and_not_recorded(till: APIClient, card: Card) -> None:
    till.post(PURCHASES, purchase())
    answer = till.post(f"{PURCHASES}o-1/refunds/", {"external_id": "r-1", "amount": "100.01"})

    assert answer.status_code == 409
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json() == {
        "type": "about:blank",
        "title": "Conflict",
        "status": 409,
        "code": "refund_too_large",
        "detail": "Cannot refund 100.01: only 100.00 of the purchase remain. Refund at most that.",
        "params": {"asked": "100.01", "remaining": "100.00"},
    }
    assert not Event.objects.filter(kind="loyalty.refund").exists()
    again = till.post(f"{PURCHASES}o-1/refunds/", {"external_id": "r-1", "amount": "99.99"})
    assert (again.status_code, Refund.objects.get().amount) == (201, 9_999)


def test_a_refund_before_its_purchase_waits_for_it(
    till: APIClient, card: Card, ten_percent: Campaign
) -> None:
    early = till.post(f"{PURCHASES}o-1/refunds/", {"external_id": "r-1", "amount": "50.00"})
    late = till.post(PURCHASES, purchase())

    assert (early.status_code, early.json()["state"], early.json()["purchase"]) == (202, "pending", None)
    assert (late.status_code, late.json()["purchase"]["remaining"]) == (201, "50.00")
    assert balance_of(card) == "5"


def test_a_wholly_refunded_purchase_is_reopened(till: APIClient, card: Card, ten_percent: Campaign) -> None:
    till.post(PURCHASES, purchase())
    kept = till.post(f"{PURCHASES}o-1/reopenings/", {"external_id": "x-1"})
    till.post(f"{PURCHASES}o-1/refunds/", {"external_id": "r-1"})
    answer = till.post(f"{PURCHASES}o-1/reopenings/", {"external_id": "x-1"})

    assert (kept.status_code, kept.json()["code"]) == (409, "purchase_not_refunded")
    assert (answer.status_code, answer.json()["purchase"]["remaining"]) == (201, "100.00")
    assert balance_of(card) == "10"


def test_an_id_with_a_slash_has_an_address(till: APIClient, card: Card) -> None:
    till.post(PURCHASES, purchase(external_id="2026/11/7"))
    answer = till.post(f"{PURCHASES}2026/11/7/refunds/", {"external_id": "r-1"})

    assert (answer.status_code, answer.json()["purchase"]["external_id"]) == (201, "2026/11/7")


def test_a_preview_tells_and_writes_nothing(till: APIClient, card: Card, ten_percent: Campaign) -> None:
    basket = {"total": "99.90", "card": {"external_id": "anna"}, "occurred_at": "2026-11-01T10:00:00Z"}
    before = Event.objects.count()
    answer = till.post("/api/v1/till/previews/", basket)

    assert answer.status_code == 200
    assert answer.json()["rewards"] == [
        {
            "campaign": "ten-percent",
            "name": "ten-percent",
            "currency": "points",
            "granted": "9",
            "available_at": "2026-11-01T10:00:00Z",
            "expires_at": None,
        }
    ]
    assert answer.json()["reasons"]
    assert (Event.objects.count(), balance_of(card)) == (before, "0")


def test_a_preview_for_somebody_without_a_card(till: APIClient, card: Card, ten_percent: Campaign) -> None:
    answer = till.post("/api/v1/till/previews/", {"total": "50"})

    assert [one["granted"] for one in answer.json()["rewards"]] == ["5"]


def test_in_deferred_mode_a_purchase_waits(
    till: APIClient, card: Card, ten_percent: Campaign, settings: Any
) -> None:
    settings.LOYALTY = {"PROCESSING": "deferred"}
    answer = till.post(PURCHASES, purchase())

    assert (answer.status_code, answer.json()["state"]) == (202, "pending")
    assert (answer.json()["purchase"], answer.json()["rewards"]) == (None, [])
    assert balance_of(card) == "0"
