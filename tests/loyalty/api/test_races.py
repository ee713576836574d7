"""Many at once over HTTP, each with a connection of its own: what counts once counts once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from rest_framework.test import APIClient

from loyalty.api import idempotency
from loyalty.models import Campaign, Card, CardQueue, Event, IdempotencyKey, Purchase, Reward, Spend
from loyalty.processing.claim import claim_cards
from loyalty.services import issue_token
from loyalty.testing import balance_of, process_inbox
from tests.loyalty.api.conftest import client_of, make_user

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

THREADS = 20
SPENDS, PURCHASES = "/api/v1/till/spends/", "/api/v1/till/purchases/"


@pytest.fixture
def user(program: Any) -> Any:
    """A shop's backend."""
    return make_user("use_till", "spend_without_token")


def together(user: Any, act: Callable[[APIClient, int], Any], *, times: int = 1) -> list[Any]:
    """What 20 threads are answered that act at the same moment, each so many times."""
    barrier, answers, errors = threading.Barrier(THREADS), [], []

    def work(number: int) -> None:
        try:
            client = client_of(user)
            barrier.wait(30)
            answers.extend(act(client, number * times + turn) for turn in range(times))
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(240)
    assert errors == []
    return answers


class Elsewhere:
    """Something that another connection does within a transaction, until it is told to let go."""

    def __init__(self, hold: Callable[[], Any]) -> None:
        self.held, self.released = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, args=(hold,))

    def _run(self, hold: Callable[[], Any]) -> None:
        try:
            with transaction.atomic():
                hold()
                self.held.set()
                self.released.wait(30)
        finally:
            connection.close()

    def __enter__(self) -> Elsewhere:
        self._thread.start()
        assert self.held.wait(10)
        return self

    def __exit__(self, *_error: object) -> None:
        self.released.set()
        self._thread.join(30)


@pytest.fixture
def purchase() -> dict[str, Any]:
    """A purchase of anna's."""
    return {"external_id": "o-1", "card": {"external_id": "anna"}, "total": "100.00"}


def test_r2_one_purchase_told_1000_times_counts_once(
    user: Any, card: Card, ten_percent: Campaign, purchase: dict[str, Any]
) -> None:
    answers = together(user, lambda client, _n: client.post(PURCHASES, purchase), times=50)

    assert Counter(one.status_code for one in answers) == {201: 1, 200: 999}
    assert len({one.content for one in answers}) == 1
    assert (Purchase.objects.count(), Reward.objects.count(), balance_of(card)) == (1, 1, "10")

    others = together(user, lambda client, _n: client.post(PURCHASES, purchase | {"total": "100.01"}))
    assert Counter((one.status_code, one.json()["code"]) for one in others) == {
        (422, "event_conflict"): THREADS
    }
    assert (Purchase.objects.get().total, balance_of(card)) == (10_000, "10")


def test_purchases_of_one_card_at_once_all_count(
    user: Any, card: Card, ten_percent: Campaign, purchase: dict[str, Any]
) -> None:
    answers = together(
        user, lambda client, n: client.post(PURCHASES, purchase | {"external_id": f"o-{n}"}), times=3
    )
    process_inbox()

    assert {one.status_code for one in answers} <= {201, 202}
    assert (Purchase.objects.count(), balance_of(card)) == (60, "600")
    assert not Event.objects.filter(status="failed").exists()


def test_one_key_at_once_is_one_spending(user: Any, rich: Card) -> None:
    body = {"external_id": "s-1", "card": {"external_id": "anna"}, "amount": "30"}
    answers = together(
        user, lambda client, _n: client.post(SPENDS, body, headers={"Idempotency-Key": "k"}), times=5
    )

    done = [one for one in answers if one.status_code == 201]
    others = Counter((one.status_code, one.json()["code"]) for one in answers if one.status_code != 201)
    assert len({one.content for one in done}) == 1
    assert set(others) <= {(409, "idempotency_in_progress")}
    assert all(one["Retry-After"] == "1" for one in answers if one.status_code != 201)
    assert sum("Idempotency-Replayed" not in one for one in done) == 1
    assert (Spend.objects.count(), balance_of(rich)) == (1, "70")


def test_one_key_at_once_enrols_one_card_and_without_the_lock_several(
    user: Any, program: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def enrol(key: str) -> int:
        before = Card.objects.count()
        together(
            user, lambda client, _n: client.post("/api/v1/till/cards/", {}, headers={"Idempotency-Key": key})
        )
        return Card.objects.count() - before

    with_the_lock = enrol("k-1")
    monkeypatch.setattr(idempotency, "_lock", lambda claim: IdempotencyKey.objects.get(pk=claim.pk))
    without = enrol("k-2")

    assert with_the_lock == 1
    assert without > 1


def test_r1_a_balance_is_spent_once(user: Any, rich: Card) -> None:
    answers = together(
        user,
        lambda client, n: client.post(
            SPENDS,
            {"external_id": f"s-{n}", "card": {"external_id": "anna"}, "amount": "100"},
            headers={"Idempotency-Key": f"k-{n}"},
        ),
        times=3,
    )

    told = Counter((one.status_code, one.json().get("code")) for one in answers)
    assert told == {(201, None): 1, (409, "insufficient_points"): 59}
    assert balance_of(rich) == "0"


def test_a_token_at_once_lets_points_be_spent_once(user: Any, rich: Card) -> None:
    token = issue_token(rich).text
    answers = together(
        user,
        lambda client, n: client.post(
            SPENDS,
            {"external_id": f"s-{n}", "card": {"token": token}, "amount": "1"},
            headers={"Idempotency-Key": f"k-{n}"},
        ),
    )

    told = Counter((one.status_code, one.json().get("code")) for one in answers)
    assert told == {(201, None): 1, (409, "token_used"): THREADS - 1}
    assert balance_of(rich) == "99"


def test_a_key_that_is_at_work_is_told_so(user: Any, rich: Card) -> None:
    client, headers = client_of(user), {"Idempotency-Key": "k"}
    body = {"external_id": "s-1", "card": {"external_id": "anna"}, "amount": "1000"}
    client.post(SPENDS, body, headers=headers)
    IdempotencyKey.objects.update(status=None, answer="")

    with Elsewhere(lambda: IdempotencyKey.objects.select_for_update().get()):
        at_work = client.post(SPENDS, body, headers=headers)
    later = client.post(SPENDS, body, headers=headers)

    assert (at_work.status_code, at_work.json()["code"]) == (409, "idempotency_in_progress")
    assert at_work["Retry-After"] == "1"
    assert later.json()["code"] == "insufficient_points"


def test_a_card_that_is_held_for_a_moment_is_waited_for(
    user: Any, card: Card, ten_percent: Campaign, purchase: dict[str, Any]
) -> None:
    with Elsewhere(lambda: claim_cards([card.pk], most=1)) as elsewhere:
        threading.Timer(0.3, elsewhere.released.set).start()
        answer = client_of(user).post(PURCHASES, purchase)

    assert (answer.status_code, answer.json()["rewards"][0]["granted"]) == (201, "10")


def test_a_card_that_is_held_for_long_is_processed_later(
    user: Any, card: Card, ten_percent: Campaign, purchase: dict[str, Any], settings: Any
) -> None:
    settings.LOYALTY = {"CLAIM_WAIT_SECONDS": 0.2}
    client, headers = client_of(user), {"Idempotency-Key": "k"}
    with Elsewhere(lambda: claim_cards([card.pk], most=1)):
        answer = client.post(PURCHASES, purchase, headers=headers)
    process_inbox()
    again = client.post(PURCHASES, purchase, headers=headers)
    without_a_key = client.post(PURCHASES, purchase)

    assert (answer.status_code, answer.json()["state"]) == (202, "pending")
    assert (again.status_code, again.content) == (202, answer.content)
    assert (without_a_key.status_code, without_a_key.json()["state"], balance_of(card)) == (
        200,
        "applied",
        "10",
    )


def test_a_card_that_is_put_off_is_not_waited_for(
    user: Any, card: Card, ten_percent: Campaign, purchase: dict[str, Any]
) -> None:
    from datetime import timedelta

    from django.utils import timezone

    CardQueue.objects.update(retry_at=timezone.now() + timedelta(hours=1))
    answer = client_of(user).post(PURCHASES, purchase)

    assert (answer.status_code, answer.json()["state"]) == (202, "pending")
