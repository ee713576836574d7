"""`Idempotency-Key`: the first answer for ever; effect and answer in one transaction."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError
from rest_framework.test import APIClient

from loyalty.api import idempotency
from loyalty.models import Campaign, Card, Event, IdempotencyKey, Spend
from loyalty.testing import balance_of, give_points
from tests.loyalty.api.conftest import client_of, make_user

pytestmark = pytest.mark.django_db

SPENDS = "/api/v1/till/spends/"


def post(client: APIClient, body: dict[str, Any], key: str | None = "k-1", address: str = SPENDS) -> Any:
    """A request with a key."""
    return client.post(address, body, headers={} if key is None else {"Idempotency-Key": key})


def spend(**changes: Any) -> dict[str, Any]:
    """30 points of anna's."""
    return {"external_id": "s-1", "card": {"external_id": "anna"}, "amount": "30"} | changes


def test_a_repeat_gets_the_very_same_answer(backend: APIClient, rich: Card) -> None:
    first = post(backend, spend())
    give_points(rich, 500)
    second = post(backend, spend())

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert ("Idempotency-Replayed" in first, second["Idempotency-Replayed"]) == (False, "true")
    assert (Spend.objects.count(), balance_of(rich)) == (1, "570")


def test_without_a_key_nothing_is_spent(backend: APIClient, rich: Card) -> None:
    answer = post(backend, spend(), key=None)

    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")
    assert balance_of(rich) == "100"


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "a\tb", "ключ", " a"])
def test_what_is_no_key(key: str, backend: APIClient, rich: Card) -> None:
    answer = backend.post(SPENDS, spend(), HTTP_IDEMPOTENCY_KEY=key)

    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_invalid")
    assert not IdempotencyKey.objects.exists()


@pytest.mark.parametrize(
    ("address", "changes"),
    [(SPENDS, {"amount": "31"}), ("/api/v1/till/holds/", {}), (SPENDS, {"external_id": "s-2"})],
    ids=["another amount", "another address", "another payment"],
)
def test_a_key_is_for_one_request(
    address: str, changes: dict[str, Any], backend: APIClient, rich: Card
) -> None:
    post(backend, spend())
    answer = post(backend, spend(**changes), address=address)

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert balance_of(rich) == "70"


def test_keys_of_two_clients_never_meet(backend: APIClient, rich: Card) -> None:
    other = client_of(make_user("use_till", "spend_without_token"))
    first = post(backend, spend())
    second = post(other, spend(external_id="s-2", amount="20"))

    assert (first.status_code, second.status_code, balance_of(rich)) == (201, 201, "50")


def test_the_order_of_names_makes_no_other_request(backend: APIClient, rich: Card) -> None:
    first = post(backend, spend())
    second = post(backend, dict(reversed(spend().items())))

    assert first.content == second.content


def test_a_refusal_is_an_answer_too(backend: APIClient, rich: Card) -> None:
    first = post(backend, spend(amount="101"))
    give_points(rich, 500)
    second = post(backend, spend(amount="101"))
    with_a_new_key = post(backend, spend(amount="101"), key="k-2")

    assert (first.status_code, first.json()["code"]) == (409, "insufficient_points")
    assert (second.status_code, second.content) == (409, first.content)
    assert second["Content-Type"] == "application/problem+json"
    assert (with_a_new_key.status_code, balance_of(rich)) == (201, "499")


def test_a_mistake_in_the_request_leaves_the_key_free(backend: APIClient, rich: Card) -> None:
    wrong = post(backend, spend(colour="red"))
    right = post(backend, spend())

    assert (wrong.status_code, right.status_code) == (400, 201)


def test_a_crash_between_claim_and_effect_is_no_end(
    backend: APIClient, rich: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(_do: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(idempotency, "run_in_one_transaction", die)
        with pytest.raises(SystemExit):
            post(backend, spend())
    claimed = IdempotencyKey.objects.get()
    answer = post(backend, spend())

    assert (claimed.status, answer.status_code, balance_of(rich)) == (None, 201, "70")


def test_a_failure_after_the_effect_takes_it_back(
    backend: APIClient, rich: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_self: IdempotencyKey, **_options: Any) -> None:
        raise DatabaseError("gone")

    with monkeypatch.context() as patched:
        patched.setattr(IdempotencyKey, "save", fail)
        with pytest.raises(DatabaseError):
            post(backend, spend())
    in_between = balance_of(rich), Spend.objects.count()
    answer = post(backend, spend())

    assert in_between == ("100", 0)
    assert (answer.status_code, balance_of(rich), Spend.objects.count()) == (201, "70", 1)


def test_purchases_may_have_a_key(till: APIClient, card: Card, ten_percent: Campaign) -> None:
    body = {"external_id": "o-1", "card": {"external_id": "anna"}, "total": "100.00"}
    first = post(till, body, address="/api/v1/till/purchases/")
    second = post(till, body, address="/api/v1/till/purchases/")

    assert (first.status_code, second.status_code, first.content) == (201, 201, second.content)
    assert first.json()["rewards"][0]["granted"] == "10"
    assert Event.objects.filter(kind="loyalty.purchase").count() == 1


def test_a_long_key_of_a_user_fits() -> None:
    class Strange:
        pk = "x" * 500

    assert len(idempotency._client_of(Strange())) <= 80
