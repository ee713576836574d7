"""The member's cards: own ones alone, with what they hold."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from loyalty import services
from loyalty.models import Card, CardHolder, Program
from loyalty.testing import give_points
from tests.factories import CardFactory, CardNumberFactory, UserFactory, WalletFactory
from tests.loyalty.api.conftest import client_of
from tests.loyalty.api.member_world import CARDS, url
from tests.performance.counting import counted

pytestmark = pytest.mark.django_db

WALLET = {"available": "0", "pending": "0", "held": "0", "debt": "0", "balance": "0"}
UNDER_A_CARD = ["", "home", "expiring", "statement", "rewards", "campaigns", "spends", "token"]


@pytest.fixture
def anna(card: Card) -> APIClient:
    """The owner of the card."""
    card.user = UserFactory()
    card.save()
    return client_of(card.user)


@pytest.fixture
def stranger(program: Program) -> APIClient:
    """Somebody else with a card of their own."""
    user = UserFactory()
    services.enrol_card(program=program, user=user)
    return client_of(user)


def test_my_cards(anna, card):
    give_points(card, 30)

    answer = anna.get(CARDS)

    assert answer.status_code == 200
    assert answer.json() == {
        "results": [
            {
                "id": card.pk,
                "program": "club",
                "number": card.number,
                "status": "active",
                "enrolled_at": "2020-01-01T00:00:00Z",
                "has_parent": False,
                "shared": False,
                "wallets": [
                    WALLET
                    | {"currency": "points", "name": "Points", "spendable": True}
                    | {"available": "30", "balance": "30"}
                ],
            }
        ],
        "next": None,
    }
    assert anna.get(url(card)).json() == answer.json()["results"][0]


def test_a_card_that_is_shared_is_shown_as_such(card, program):
    mother = UserFactory()
    services.add_holder(card=card, user=mother)

    [shown] = client_of(mother).get(CARDS).json()["results"]

    assert (shown["id"], shown["shared"]) == (card.pk, True)


def test_whom_somebody_brought_is_not_named(anna, card, program):
    parent = services.enrol_card(program=program, external_id="secret-parent")
    services.set_parent(card=card, parent=parent)

    answer = anna.get(url(card))

    assert answer.json()["has_parent"] is True
    assert "secret-parent" not in answer.content.decode()
    assert parent.number not in answer.content.decode()


def test_s29_a_card_that_was_merged_leads_to_the_one_that_stands_for_it(anna, card, program):
    survivor = services.enrol_card(program=program, user=UserFactory())
    services.merge_cards(survivor=survivor, merged=card, reason="One person")

    assert [one["id"] for one in anna.get(CARDS).json()["results"]] == [survivor.pk]
    assert anna.get(url(survivor)).status_code == 200
    assert anna.get(url(card)).status_code == 404


@pytest.mark.parametrize("rest", UNDER_A_CARD)
def test_idor_a_foreign_card_is_as_unknown_as_none(stranger, card, rest):
    foreign, unknown = (stranger.get(url(one, *filter(None, [rest]))) for one in (card, 10**6))

    assert foreign.status_code == unknown.status_code == 404
    assert foreign.json() == unknown.json()
    assert foreign.json()["code"] == "card_not_found"


@pytest.mark.parametrize("rest", UNDER_A_CARD)
def test_who_is_not_signed_in_learns_nothing(card, rest):
    answer = APIClient().get(url(card, *filter(None, [rest])))

    assert answer.status_code in (401, 403)
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "query", ["user=1", "program__slug=club", "card=2", "id__gt=0", "limit=0", "limit=201"]
)
def test_idor_nothing_can_be_asked_that_is_not_declared(anna, query):
    assert anna.get(f"{CARDS}?{query}").status_code == 400


def test_removing_a_holder_takes_the_card_out_of_sight(card):
    mother = UserFactory()
    services.add_holder(card=card, user=mother)
    services.remove_holder(card=card, user=mother)

    assert client_of(mother).get(url(card)).status_code == 404


@pytest.mark.parametrize("pk", ["9" * 19, "9" * 30, "9" * 5000, "0", "-1", "1e3", "٣"])
def test_keys_that_are_none(anna, pk):
    assert anna.get(f"{CARDS}{pk}/").status_code == 404


def test_joining_a_program(program):
    boris = client_of(UserFactory())

    answer = boris.post(CARDS, {})
    again = boris.post(CARDS, {"program": "club"})

    assert (answer.status_code, again.status_code) == (201, 200)
    assert answer.json()["id"] == again.json()["id"]
    assert answer.json() == boris.get(url(answer.json()["id"])).json()


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"program": "none"}, 404, "program_not_found"),
        ({"program": 1}, 400, "invalid_request"),
        ({"user": 1}, 400, "invalid_request"),
        ({"number": "X"}, 400, "invalid_request"),
        ({"external_id": "anna"}, 400, "invalid_request"),
        ({"parent": 1}, 400, "invalid_request"),
        ([], 400, "invalid_request"),
    ],
)
def test_mass_assignment_a_member_chooses_the_program_alone(program, card, body, status, code):
    answer = client_of(UserFactory()).post(CARDS, body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert Card.objects.count() == 1


def test_several_programs(program):
    services.create_program(slug="other")

    answer = client_of(UserFactory()).post(CARDS, {})

    assert (answer.status_code, answer.json()["code"]) == (400, "program_ambiguous")


@pytest.mark.parametrize("number", [1, 200])
def test_as_many_queries_for_many_cards(program, number, django_assert_num_queries: Any):
    user = UserFactory()
    for _ in range(number):
        card = CardFactory(program=program)
        CardNumberFactory(card=card, number=f"N{card.pk}", issued_at=card.enrolled_at)
        CardHolder.objects.create(card=card, user=user, since=card.enrolled_at)
        WalletFactory(card=card, currency=program.currencies.get(), available=5)
    client = client_of(user)
    client.get(CARDS)

    with counted() as queries:
        answer = client.get(f"{CARDS}?limit=200")

    assert len(answer.json()["results"]) == number
    assert len(queries) == 6, queries
