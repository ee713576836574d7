"""Points spent at a till: with a token once, by number only where that is allowed; held, captured, voided, cancelled."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from rest_framework.test import APIClient

from loyalty.models import Card, IdempotencyKey, Spend
from loyalty.services import issue_token, replace_number
from loyalty.testing import balance_of

pytestmark = pytest.mark.django_db

SPENDS, HOLDS = "/api/v1/till/spends/", "/api/v1/till/holds/"


def post(client: APIClient, address: str, body: dict[str, Any], key: str = "k-1") -> Any:
    """A request with an Idempotency-Key."""
    return client.post(address, body, headers={"Idempotency-Key": key})


def spend(card: dict[str, str], **changes: Any) -> dict[str, Any]:
    """30 points of a card."""
    return {"external_id": "s-1", "card": card, "amount": "30"} | changes


def test_a_token_lets_points_be_spent(till: APIClient, rich: Card) -> None:
    answer = post(till, SPENDS, spend({"token": issue_token(rich).text}))

    assert answer.status_code == 201, answer.json()
    assert answer.json() == {
        "external_id": "s-1",
        "source": "shop",
        "status": "spent",
        "currency": "points",
        "amount": "30",
        "captured": "30",
        "returned": "0",
        "occurred_at": answer.json()["occurred_at"],
        "expires_at": None,
        "available": "70",
    }
    assert balance_of(rich) == "70"


def test_a_token_lets_points_be_spent_once(till: APIClient, rich: Card) -> None:
    token = issue_token(rich).text
    post(till, SPENDS, spend({"token": token}))
    again = post(till, SPENDS, spend({"token": token}, external_id="s-2"), key="k-2")
    held = post(till, HOLDS, spend({"token": token}, external_id="h-1"), key="k-3")

    assert [(one.status_code, one.json()["code"]) for one in (again, held)] == [(409, "token_used")] * 2
    assert balance_of(rich) == "70"


def test_a_refused_spending_does_not_use_up_the_token(till: APIClient, rich: Card) -> None:
    token = issue_token(rich).text
    refused = post(till, SPENDS, spend({"token": token}, amount="101"))
    answer = post(till, SPENDS, spend({"token": token}), key="k-2")

    assert (refused.status_code, refused.json()["code"]) == (409, "insufficient_points")
    assert refused.json()["params"] == {"asked": "101", "available": "100"}
    assert (answer.status_code, balance_of(rich)) == (201, "70")


@pytest.mark.parametrize("ref", ["number", "external_id"])
def test_a_number_is_no_secret_so_a_till_cannot_spend_by_it(ref: str, till: APIClient, rich: Card) -> None:
    answer = post(till, SPENDS, spend({ref: getattr(rich, ref)}))

    assert (answer.status_code, answer.json()["code"]) == (403, "token_required")
    assert balance_of(rich) == "100"


@pytest.mark.parametrize("ref", ["number", "external_id"])
def test_a_backend_that_may_spends_by_number_and_key(ref: str, backend: APIClient, rich: Card) -> None:
    answer = post(backend, SPENDS, spend({ref: getattr(rich, ref)}))

    assert (answer.status_code, balance_of(rich)) == (201, "70")


def test_a_replaced_number_is_not_for_spending_but_for_purchases(backend: APIClient, rich: Card) -> None:
    old = rich.number
    replace_number(card=rich, reason="lost")
    refused = post(backend, SPENDS, spend({"number": old}))
    bought = backend.post(
        "/api/v1/till/purchases/", {"external_id": "o-1", "card": {"number": old}, "total": "1"}
    )

    assert (refused.status_code, refused.json()["code"]) == (404, "card_not_found")
    assert bought.status_code == 201


def test_a_token_expires_after_a_minute(till: APIClient, rich: Card) -> None:
    token = issue_token(rich)
    with time_machine.travel(timezone.now() + timedelta(seconds=62)):
        answer = post(till, SPENDS, spend({"token": token.text}))

    assert (answer.status_code, answer.json()["code"]) == (422, "token_expired")


@pytest.mark.parametrize("token", ["x", "1.abc~1~x", "é" * 20, "~", "1" * 200, " ", "1.a:b:c"])
def test_what_is_no_token_is_refused(token: str, till: APIClient, rich: Card) -> None:
    answer = post(till, SPENDS, spend({"token": token}))

    assert (answer.status_code, answer.json()["code"]) in ((422, "token_invalid"), (400, "invalid_request"))


def test_a_token_of_another_signer_is_refused(till: APIClient, rich: Card, settings: Any) -> None:
    token = issue_token(rich).text
    settings.SECRET_KEY = "another"
    answer = post(till, SPENDS, spend({"token": token}))

    assert (answer.status_code, answer.json()["code"]) == (422, "token_invalid")


def test_a_hold_is_captured_in_part_and_cancelled(backend: APIClient, rich: Card) -> None:
    held = post(backend, HOLDS, spend({"external_id": "anna"}, external_id="h-1"))
    captured = post(backend, f"{HOLDS}h-1/capture/", {"amount": "20"}, key="k-2")
    cancelled = post(backend, f"{HOLDS}h-1/cancel/", {}, key="k-3")

    told = [
        (one.status_code, one.json()["status"], one.json()["available"])
        for one in (held, captured, cancelled)
    ]
    assert told == [(201, "held", "70"), (200, "spent", "80"), (200, "cancelled", "100")]
    assert held.json()["expires_at"] is not None


def test_a_hold_is_voided_and_then_not_captured(backend: APIClient, rich: Card) -> None:
    post(backend, HOLDS, spend({"external_id": "anna"}, external_id="h-1"))
    voided = post(backend, f"{HOLDS}h-1/void/", {}, key="k-2")
    captured = post(backend, f"{HOLDS}h-1/capture/", {}, key="k-3")

    assert (voided.status_code, voided.json()["available"]) == (200, "100")
    assert (captured.status_code, captured.json()["code"]) == (409, "spend_state_invalid")


def test_a_spending_is_cancelled(backend: APIClient, rich: Card) -> None:
    post(backend, SPENDS, spend({"external_id": "anna"}))
    answer = post(backend, f"{SPENDS}s-1/cancel/", {}, key="k-2")

    assert (answer.status_code, answer.json()["status"], balance_of(rich)) == (200, "cancelled", "100")


@pytest.mark.parametrize(
    "address",
    ["holds/x/capture/", "holds/x/void/", "spends/x/cancel/", "holds/s-1/void/", "spends/s 1/cancel/"],
)
def test_what_was_never_held_or_spent_is_404(address: str, backend: APIClient, rich: Card) -> None:
    post(backend, SPENDS, spend({"external_id": "anna"}))
    answer = post(backend, f"/api/v1/till/{address}", {}, key="k-2")

    assert (answer.status_code, answer.json()["code"]) == (404, "spend_not_found")


def test_the_same_payment_under_another_key_is_the_same_payment(backend: APIClient, rich: Card) -> None:
    first = post(backend, SPENDS, spend({"external_id": "anna"}))
    second = post(backend, SPENDS, spend({"external_id": "anna"}), key="k-2")
    other = post(backend, SPENDS, spend({"external_id": "anna"}, amount="31"), key="k-3")

    assert first.json() == second.json()
    assert (other.status_code, other.json()["code"]) == (422, "event_conflict")
    assert (Spend.objects.count(), balance_of(rich)) == (1, "70")


def test_what_a_token_let_through_is_noted_without_naming_anybody(till: APIClient, rich: Card) -> None:
    token = issue_token(rich).text
    post(till, SPENDS, spend({"token": token}))

    noted = IdempotencyKey.objects.get(client="card-token")
    assert (noted.key, noted.answer) == (token.split("~")[0].partition(".")[2], "")
