"""Corrections, events and their traces over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from loyalty import services
from loyalty.models import Adjustment, Card, Event, IdempotencyKey
from loyalty.testing import balance_of, process_inbox
from tests.factories import EventFactory
from tests.loyalty.api.conftest import client_of, make_user
from tests.loyalty.api.member_world import post
from tests.performance.counting import counted

pytestmark = pytest.mark.django_db

ADJUST, EVENTS = "/api/v1/staff/adjustments/", "/api/v1/staff/events/"
START = datetime(2026, 1, 5, 10, tzinfo=UTC)


@pytest.fixture
def support(program) -> Any:
    """Somebody who corrects balances and looks into events."""
    return client_of(make_user("adjust_balance", "view_event", "retry_event"))


def test_a_correction(support, card):
    answer = post(support, ADJUST, {"card": card.number, "amount": "30", "reason": "Late\ndelivery"})

    made = Adjustment.objects.get()
    assert answer.status_code == 201
    assert answer.json() == {
        "id": made.pk,
        "card": card.number,
        "currency": "points",
        "amount": "30",
        "occurred_at": answer.json()["occurred_at"],
    }
    assert (balance_of(card), made.actor) == ("30", support.handler._force_user)
    assert made.reason == "Late\ndelivery"
    # Kept for ever, so no place for what may name a person.
    assert "delivery" not in IdempotencyKey.objects.get().answer


def test_a_repeat_corrects_nothing_more(support, card):
    body = {"card": card.number, "amount": "30", "reason": "Late"}
    first, again = (post(support, ADJUST, body, key="k") for _ in range(2))

    assert first.json() == again.json()
    assert balance_of(card) == "30"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"reason": ""}, 400, "invalid_request"),
        ({"reason": " \n "}, 400, "reason_required"),
        ({"amount": "0"}, 400, "event_payload_invalid"),
        ({"amount": 30}, 400, "invalid_request"),
        ({"amount": "-1"}, 409, "insufficient_points"),
        ({"amount": "1" * 30}, 400, "event_payload_invalid"),
        ({"card": "nobody"}, 404, "card_not_found"),
        ({"card": 1}, 400, "invalid_request"),
        ({"currency": "gold"}, 404, "currency_not_found"),
        ({"actor": 1}, 400, "invalid_request"),
        ({"at": "2020-01-01T00:00:00Z"}, 400, "invalid_request"),
    ],
)
def test_corrections_that_are_none_change_nothing(support, card, body, status, code):
    answer = post(support, ADJUST, {"card": "anna", "amount": "30", "reason": "Late"} | body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not Adjustment.objects.exists()


def test_staff_minting_nobody_corrects_their_own_card(support, card):
    Card.objects.filter(pk=card.pk).update(user=support.handler._force_user)

    answer = post(support, ADJUST, {"card": "anna", "amount": "30", "reason": "Late"})

    assert (answer.status_code, answer.json()["code"]) == (403, "own_card")
    assert not Adjustment.objects.exists()


def test_staff_minting_there_is_a_limit(support, card, settings):
    settings.LOYALTY = {"ADJUSTMENT_LIMIT": 50}
    body = {"card": "anna", "amount": "30", "reason": "Late"}
    without = client_of(make_user("adjust_balance", "adjust_without_limit"))

    assert [post(support, ADJUST, body).status_code for _ in range(2)] == [201, 403]
    assert [post(without, ADJUST, body).status_code for _ in range(2)] == [201, 201]
    assert balance_of(card) == "90"


@pytest.mark.parametrize("permissions", [(), ("add_adjustment", "change_wallet", "view_event", "use_till")])
def test_a_correction_takes_its_own_permission(card, permissions):
    answer = post(client_of(make_user(*permissions)), ADJUST, {"card": "anna", "amount": "1", "reason": "x"})

    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")


@pytest.fixture
def bought(card, ten_percent) -> Event:
    """A purchase of 1000.00."""
    services.record_purchase(card=card, external_id="order-1", total=1000, occurred_at=START)
    process_inbox()
    return Event.objects.get(kind="loyalty.purchase")


def test_the_events(support, bought, card):
    answer = support.get(f"{EVENTS}?kind=loyalty.purchase")

    assert answer.json()["next"] is None
    [event] = answer.json()["results"]
    assert event == {
        "id": bought.pk,
        "program": "club",
        "source": "shop",
        "kind": "loyalty.purchase",
        "key": "order-1",
        "card": card.pk,
        "occurred_at": "2026-01-05T10:00:00Z",
        "recorded_at": event["recorded_at"],
        "status": "processed",
        "attempts": 0,
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=processed", 1),
        ("status=failed", 0),
        ("since=2026-01-05T10:00:00Z", 1),
        ("since=2026-01-05T10:00:01Z", 0),
        ("until=2026-01-05T10:00:00Z", 0),
        ("until=2026-01-05T13:00:01%2B03:00", 1),
        ("program=club", 1),
        ("program=other", 0),
        ("card=999999", 0),
    ],
)
def test_filters_of_events(support, bought, query, found):
    answer = support.get(f"{EVENTS}?kind=loyalty.purchase&{query}")

    assert len(answer.json()["results"]) == found


def test_events_of_a_card(support, bought, card):
    found = support.get(f"{EVENTS}?card={card.pk}").json()["results"]

    assert bought.pk in [one["id"] for one in found]


@pytest.mark.parametrize(
    "query",
    [
        "status=lost",
        "card=x",
        "card=0",
        "card=99999999999999999999",
        "since=yesterday",
        "since=2026-01-05T10:00:00",
        "kind=%00",
        "payload__contains=x",
        "card__user=1",
        "card__user__email=a",
        "ordering=payload",
        "cursor=!",
    ],
)
def test_idor_what_cannot_be_asked_of_events(support, bought, query):
    answer = support.get(f"{EVENTS}?{query}")

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


def test_a_trace(support, bought):
    trace = support.get(f"{EVENTS}{bought.pk}/").json()

    assert (trace["event"]["id"], trace["outcome"], trace["sentence"]) == (bought.pk, "applied", "Processed.")
    [campaign] = trace["campaigns"]
    assert (campaign["key"], campaign["applied"], campaign["code"]) == ("ten-percent", True, "ok")
    assert [grant["result"] for grant in trace["grants"]] == ["given"]


def test_a_trace_of_nothing(support, program):
    assert support.get(f"{EVENTS}{10**18}/").json()["code"] == "not_found"


def test_a_failed_event_gets_a_fresh_start(support, bought):
    failed = EventFactory(
        card=bought.card, status="failed", attempts=5, error="Boom", payload={"total": "1.00"}
    )

    answer = support.post(f"{EVENTS}{failed.pk}/retry/")

    assert answer.status_code == 200
    assert answer.json()["event"]["status"] in ("pending", "processed")
    assert answer.json()["error"] == ""


def test_an_event_that_did_not_fail_is_left_alone(support, bought):
    answer = support.post(f"{EVENTS}{bought.pk}/retry/")

    assert (answer.status_code, answer.json()["event"]["status"]) == (200, "processed")
    assert balance_of(bought.card) == "100"


def test_to_look_is_not_to_retry(bought):
    client = client_of(make_user("view_event"))

    assert client.post(f"{EVENTS}{bought.pk}/retry/").status_code == 403
    blind = client_of(make_user("retry_event"))
    assert blind.get(f"{EVENTS}{bought.pk}/").status_code == 403
    assert blind.post(f"{EVENTS}{bought.pk}/retry/").status_code == 403


def test_as_many_queries_for_many_events(support, card):
    support.get(EVENTS)  # the user's permissions are known from now on
    found = []
    for number in (1, 200):
        while Event.objects.count() < number:
            EventFactory(card=card)
        with counted() as queries:
            assert support.get(f"{EVENTS}?limit=200").status_code == 200
        found.append(len(queries))

    assert found[0] == found[1] <= 4
