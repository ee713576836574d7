"""Cards at a till: found by number, token or key; enrolled; nobody's guesses are for free."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from loyalty import services
from loyalty.models import Card, Program
from loyalty.services import issue_token

pytestmark = pytest.mark.django_db

FIND, CARDS = "/api/v1/till/cards/find/", "/api/v1/till/cards/"


@pytest.mark.parametrize("by", ["number", "token", "external_id"])
def test_a_card_is_found(by: str, till: APIClient, rich: Card) -> None:
    ref = issue_token(rich).text if by == "token" else getattr(rich, by)
    answer = till.post(FIND, {"card": {by: ref}})

    assert answer.status_code == 200
    assert answer.json() == {
        "number": rich.number,
        "external_id": "anna",
        "program": "club",
        "status": "active",
        "enrolled_at": "2020-01-01T00:00:00Z",
        "balances": [
            {
                "currency": "points",
                "available": "100",
                "pending": "0",
                "held": "0",
                "debt": "0",
                "balance": "100",
            }
        ],
    }


def test_a_number_is_found_as_people_type_it(till: APIClient, card: Card) -> None:
    typed = f" {card.number[:4].lower()} {card.number[4:]} "
    answer = till.post(FIND, {"card": {"number": typed}})

    assert answer.json()["number"] == card.number


def test_a_card_of_another_program_and_no_card_get_the_same_answer(till: APIClient, card: Card) -> None:
    other = services.create_program(slug="other")
    theirs = services.enrol_card(program=other, external_id="boris")
    asked: list[dict[str, str]] = [
        {"number": theirs.number},
        {"external_id": "boris"},
        {"token": issue_token(theirs).text},
        {"number": "222222222222"},
        {"external_id": "nobody"},
    ]
    answers = [till.post(FIND, {"program": "club", "card": ref}) for ref in asked]

    assert {(one.status_code, one.content) for one in answers} == {(404, answers[0].content)}
    assert answers[0].json()["code"] == "card_not_found"


def test_where_there_are_several_programs_one_is_named(till: APIClient, card: Card) -> None:
    services.create_program(slug="other")
    unnamed = till.post(FIND, {"card": {"external_id": "anna"}})
    named = till.post(FIND, {"program": "club", "card": {"external_id": "anna"}})
    wrong = till.post(FIND, {"program": "nowhere", "card": {"external_id": "anna"}})

    assert (unnamed.status_code, unnamed.json()["code"]) == (400, "program_ambiguous")
    assert named.status_code == 200
    assert (wrong.status_code, wrong.json()["code"]) == (404, "program_not_found")


def test_a_card_is_enrolled_once(till: APIClient, program: Program) -> None:
    body = {"external_id": "vera", "attributes": {"region": "north"}}
    first, second = till.post(CARDS, body), till.post(CARDS, body)

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert [(row.name, row.value) for row in Card.objects.get().attributes.all()] == [("region", "north")]


def test_a_printed_number_is_enrolled_and_not_twice(till: APIClient, program: Program) -> None:
    made = till.post(CARDS, {"number": "PLASTIC-0001"})
    taken = till.post(CARDS, {"number": "PLASTIC-0001", "external_id": "vera"})

    assert made.status_code == 201
    assert (taken.status_code, taken.json()["code"]) == (409, "number_taken")


@pytest.mark.parametrize("count", [1, 200])
def test_finding_a_card_asks_the_same_of_any_program(
    count: int, till: APIClient, program: Program, django_assert_num_queries: Any
) -> None:
    cards = [services.enrol_card(program=program, external_id=f"c-{n}", process=False) for n in range(count)]
    token = issue_token(cards[-1]).text
    till.post(FIND, {"card": {"token": token}})

    with django_assert_num_queries(5):
        till.post(FIND, {"card": {"token": token}})


def test_wrong_guesses_are_throttled_and_right_ones_are_not(
    till: APIClient, card: Card, settings: Any
) -> None:
    settings.LOYALTY = {"GUESS_RATE": "3/day"}
    right = [till.post(FIND, {"card": {"external_id": "anna"}}).status_code for _n in range(10)]
    wrong = [till.post(FIND, {"card": {"external_id": f"x{n}"}}) for n in range(4)]
    after = till.post(FIND, {"card": {"external_id": "anna"}})

    assert right == [200] * 10
    assert [one.status_code for one in wrong] == [404, 404, 404, 429]
    assert (after.status_code, after.json()["code"]) == (429, "throttled")
    assert 0 < int(after["Retry-After"]) <= 86_400
