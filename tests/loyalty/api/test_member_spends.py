"""Points that members spend by themselves, and the token that they show at a till."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from loyalty import services
from loyalty.models import Spend
from loyalty.testing import balance_of, give_points
from tests.factories import SpendFactory, UserFactory
from tests.loyalty.api.conftest import client_of
from tests.loyalty.api.member_world import post, url
from tests.performance.counting import counted

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna(card):
    """The owner of a card with 100 points."""
    card.user = UserFactory()
    card.save()
    give_points(card, 100)
    return client_of(card.user)


@pytest.fixture
def open_door(settings):
    """Members may take back what they spent for a quarter of an hour."""
    settings.LOYALTY = {"CANCEL_MINUTES": 15}


def test_spending(anna, card):
    answer = post(anna, url(card, "spends"), {"amount": "30"})

    assert answer.status_code == 201
    spend = Spend.objects.get()
    assert answer.json() == {
        "id": spend.pk,
        "currency": "points",
        "amount": "30",
        "spent": "30",
        "status": "spent",
        "occurred_at": answer.json()["occurred_at"],
        "cancellable_until": None,
    }
    assert balance_of(card) == "70"
    assert anna.get(url(card, "spends")).json() == {"results": [answer.json()], "next": None}


def test_a_repeat_spends_nothing_more(anna, card):
    first, again = (post(anna, url(card, "spends"), {"amount": "30"}, key="k") for _ in range(2))

    assert first.json() == again.json()
    assert again["Idempotency-Replayed"] == "true"
    assert balance_of(card) == "70"


def test_replay_a_key_is_good_for_one_request(anna, card):
    post(anna, url(card, "spends"), {"amount": "30"}, key="k")

    answer = post(anna, url(card, "spends"), {"amount": "31"}, key="k")

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert balance_of(card) == "70"


def test_without_a_key_nothing_is_spent(anna, card):
    answer = anna.post(url(card, "spends"), {"amount": "30"})

    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")
    assert balance_of(card) == "100"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "invalid_request"),
        ({"amount": 30}, 400, "invalid_request"),
        ({"amount": "-30"}, 400, "event_payload_invalid"),
        ({"amount": "0"}, 400, "event_payload_invalid"),
        ({"amount": "0.5"}, 400, "event_payload_invalid"),
        ({"amount": "1e3"}, 400, "invalid_request"),
        ({"amount": "NaN"}, 400, "invalid_request"),
        ({"amount": "9" * 40}, 400, "event_payload_invalid"),
        ({"amount": "101"}, 409, "insufficient_points"),
        ({"amount": "30", "currency": "gold"}, 404, "currency_not_found"),
        ({"amount": "30", "at": "2020-01-01T00:00:00Z"}, 400, "invalid_request"),
        ({"amount": "30", "source": "till"}, 400, "invalid_request"),
        ({"amount": "30", "card": 1}, 400, "invalid_request"),
    ],
)
def test_what_is_refused_changes_nothing(anna, card, body, status, code):
    answer = post(anna, url(card, "spends"), body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert balance_of(card) == "100"
    assert not Spend.objects.exists()


@pytest.mark.parametrize("rest", [("spends",), ("spends", 1, "cancel")])
def test_idor_nobody_spends_from_a_foreign_card(anna, card, rest):
    services.spend_as_member(card=card, amount=10)
    thief = client_of(UserFactory())

    answer = post(thief, url(card, *rest), {"amount": "30"} if rest == ("spends",) else {})

    assert (answer.status_code, answer.json()["code"]) == (404, "card_not_found")
    assert balance_of(card) == "90"


def test_a_holder_spends_from_the_shared_card(anna, card):
    mother = UserFactory()
    services.add_holder(card=card, user=mother)

    assert post(client_of(mother), url(card, "spends"), {"amount": "30"}).status_code == 201


def test_a_blocked_card_spends_nothing(anna, card):
    services.block_card(card=card, reason="Lost")

    answer = post(anna, url(card, "spends"), {"amount": "30"})

    assert (answer.status_code, answer.json()["code"]) == (409, "card_blocked")


def test_taking_back(anna, card, open_door):
    made = post(anna, url(card, "spends"), {"amount": "30"}).json()

    answer = post(anna, url(card, "spends", made["id"], "cancel"))

    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["spent"]) == ("cancelled", "0")
    assert (answer.json()["cancellable_until"], balance_of(card)) == (None, "100")


def cancel(client, card, spend, *, later=timedelta(0)):
    """Status and code of an attempt, made later."""
    with time_machine.travel(timezone.now() + later):
        answer = post(client, url(card, "spends", spend, "cancel"))
    return answer.status_code, answer.json()["code"]


def test_taking_back_is_off_by_default(anna, card):
    made = post(anna, url(card, "spends"), {"amount": "30"}).json()

    assert cancel(anna, card, made["id"]) == (409, "cancel_not_allowed")
    assert balance_of(card) == "70"


def test_taking_back_too_late(anna, card, open_door):
    made = post(anna, url(card, "spends"), {"amount": "30"}).json()

    assert made["cancellable_until"] is not None
    assert cancel(anna, card, made["id"], later=timedelta(minutes=16)) == (409, "cancel_not_allowed")


@pytest.mark.parametrize("source", ["loyalty", "till", "loyalty.memberx"])
def test_nobody_undoes_what_a_till_has_honoured(anna, card, open_door, source):
    spend = services.spend_points(card=card, amount=30, source=source)

    assert cancel(anna, card, spend.pk) == (409, "cancel_not_allowed")
    assert balance_of(card) == "70"


def test_a_hold_of_a_till_is_not_the_members_to_take_back(anna, card, open_door):
    spend = services.hold_points(card=card, amount=30)

    assert cancel(anna, card, spend.pk) == (409, "cancel_not_allowed")


def test_twice_gives_back_once(anna, card, open_door):
    made = post(anna, url(card, "spends"), {"amount": "30"}).json()
    post(anna, url(card, "spends", made["id"], "cancel"))

    assert cancel(anna, card, made["id"]) == (409, "cancel_not_allowed")
    assert balance_of(card) == "100"


def test_idor_a_spending_of_another_card(anna, card, program, open_door):
    other = services.enrol_card(program=program, external_id="boris")
    give_points(other, 100)
    theirs = services.spend_as_member(card=other, amount=10)

    assert cancel(anna, card, theirs.pk) == (404, "spend_not_found")
    assert balance_of(other) == "90"


def test_a_token(anna, card):
    answer = anna.get(url(card, "token"))

    assert answer["Cache-Control"] == "no-store, private"
    assert services.find_card_by_token(answer.json()["token"]) == card


def test_a_token_as_a_picture(anna, card):
    answer = anna.get(url(card).rstrip("/") + "/token.svg")

    assert (answer.status_code, answer["Content-Type"]) == (200, "image/svg+xml")
    assert answer.content.startswith(b"<svg")
    assert b"style=" not in answer.content
    assert answer["Cache-Control"] == "no-store, private"


def test_as_many_queries_for_many_spends(anna, card):
    wallet, found = card.wallets.get(), []
    for number in (1, 200):
        while Spend.objects.count() < number:
            SpendFactory(wallet=wallet)
        with counted() as queries:
            answer = anna.get(f"{url(card, 'spends')}?limit=200")
        assert len(answer.json()["results"]) == number
        found.append(len(queries))

    assert found[0] == found[1] <= 5
