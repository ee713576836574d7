"""A member's link, friends and codes over HTTP."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone
from rest_framework.test import APIClient

from loyalty import services
from loyalty.models import Card
from loyalty.testing import process_inbox
from referrals.models import Referral
from referrals.services import get_link, register_via_link
from tests.factories import RewardFactory, UserFactory
from tests.loyalty.api.conftest import client_of
from tests.loyalty.api.member_world import CARDS, url
from tests.performance.counting import counted
from tests.referrals.rows import make_card, make_referral

pytestmark = pytest.mark.django_db

JOIN = "/api/v1/me/join/"


@pytest.fixture(autouse=True)
def no_throttles_from_before():
    """Each test begins with counters at nothing."""
    cache.clear()


@pytest.fixture
def program(db):
    """A club that counts points."""
    return services.create_program(slug="club")


@pytest.fixture
def card(program):
    """Anna's card."""
    return services.enrol_card(program=program, user=UserFactory(first_name="Anna"))


@pytest.fixture
def anna(card):
    """Anna, signed in."""
    return client_of(card.user)


@pytest.fixture
def boris(program):
    """Boris, who joined today."""
    return services.enrol_card(program=program, user=UserFactory(first_name="Boris"))


def test_my_link(anna, card, boris):
    register_via_link(card=boris, code=card.number)
    process_inbox()

    link = anna.get(url(card, "link")).json()

    assert link["code"] == card.number
    assert link["address"].startswith("http://testserver/")
    assert link["address"].endswith(card.number)
    assert link["short"] == link["address"].removeprefix("http://")
    assert link["text"] == "Join Club with my link."
    assert (link["friends_registered"], link["friends_qualified"]) == (1, 0)
    assert link["share"]["telegram"].startswith("https://t.me/share/url?url=http%3A%2F%2Ftestserver%2F")
    assert link["share"]["email"].startswith("mailto:?subject=Join%20Club%20with%20my%20link.&body=")
    assert link["share"]["whatsapp"].startswith("https://wa.me/?text=Join+Club")


@pytest.mark.parametrize(
    ("name", "media", "begins"), [("svg", "image/svg+xml", b"<svg"), ("png", "image/png", b"\x89PNG")]
)
def test_my_link_as_a_picture(anna, card, name, media, begins):
    answer = anna.get(f"{url(card, 'link')}qr.{name}")

    assert (answer.status_code, answer["Content-Type"]) == (200, media)
    assert answer.content.startswith(begins)
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_my_friends(anna, card, boris):
    register_via_link(card=boris, code=card.number)

    [friend] = anna.get(url(card, "friends")).json()["results"]

    assert re.fullmatch(r"20\d\d-.*Z", friend["registered_at"])
    assert friend == {
        "id": friend["id"],
        "name": "B•••",
        "stage": "registered",
        "registered_at": friend["registered_at"],
        "qualified_at": None,
        "pending_at": None,
        "rewarded_at": None,
        "reversed_at": None,
    }


def test_pages_of_friends(anna, card, program):
    made = [make_referral(make_card(program), card).pk for _ in range(3)]

    first = anna.get(f"{url(card, 'friends')}?limit=2").json()
    second = anna.get(f"{url(card, 'friends')}?limit=2&cursor={first['next']}").json()

    assert [one["id"] for one in first["results"] + second["results"]] == made[::-1]
    assert second["next"] is None


@pytest.mark.parametrize("query", ["referee__user=1", "referrer=2", "status=qualified", "limit=-1"])
def test_idor_friends_cannot_be_filtered_by_what_is_theirs(anna, card, query):
    assert anna.get(f"{url(card, 'friends')}?{query}").status_code == 400


@pytest.mark.parametrize("rest", ["link", "link/qr.svg", "link/qr.png", "friends"])
def test_idor_a_foreign_card_is_as_unknown_as_none(anna, boris, rest):
    foreign, unknown = (
        anna.get(f"{CARDS}{pk}/{rest}".rstrip("/") + ("" if "." in rest else "/")) for pk in (boris.pk, 10**9)
    )

    assert foreign.status_code == unknown.status_code == 404
    assert foreign.json() == unknown.json()


def test_idor_nobody_enters_a_code_for_a_foreign_card(anna, card, boris):
    answer = anna.post(url(boris, "code"), {"code": card.number})

    assert (answer.status_code, answer.json()["code"]) == (404, "card_not_found")
    assert not Referral.objects.exists()


def test_a_code_entered_late(card, boris):
    answer = client_of(boris.user).post(url(boris, "code"), {"code": f" {card.number.lower()} "})

    assert answer.status_code == 201
    assert answer.json()["method"] == "code"
    boris.refresh_from_db()
    assert boris.parent == card


def bought(boris, card):
    services.record_purchase(card=boris, external_id=1, total=10)


def joined_long_ago(boris, card):
    Card.objects.filter(pk=boris.pk).update(enrolled_at=timezone.now() - timedelta(days=31))


def brought_already(boris, card):
    register_via_link(card=boris, code=card.number)


def brought_the_other(boris, card):
    register_via_link(card=card, code=boris.number)


def nothing(boris, card):
    """As it is."""


@pytest.mark.parametrize(
    ("before", "code", "status", "refusal"),
    [
        (nothing, "7H7H7H7H7H7H", 422, "referral_code_malformed"),
        (nothing, "!!!", 422, "referral_code_malformed"),
        (nothing, "own", 409, "own_referral_code"),
        (brought_already, "friend", 409, "already_referred"),
        (joined_long_ago, "friend", 409, "referral_code_too_late"),
        (bought, "friend", 409, "parent_immutable"),
        (brought_the_other, "friend", 409, "parent_cycle"),
    ],
)
def test_codes_that_do_not_do(card, boris, before, code, status, refusal):
    before(boris, card)
    typed = {"own": boris.number, "friend": card.number}.get(code, code)

    answer = client_of(boris.user).post(url(boris, "code"), {"code": typed})

    assert (answer.status_code, answer.json()["code"]) == (status, refusal)


@pytest.mark.parametrize(
    "body", [{}, {"code": ""}, {"code": 7}, {"code": "x" * 101}, {"code": "\0"}, {"code": "a", "referrer": 1}]
)
def test_bodies_that_are_none(card, boris, body):
    answer = client_of(boris.user).post(url(boris, "code"), body)

    assert answer.status_code == 400


def test_code_guessing_the_guesser_is_slowed_down(card, boris, settings):
    settings.LOYALTY = {"GUESS_RATE": "3/hour"}
    guesser = client_of(boris.user)

    tried = [guesser.post(url(boris, "code"), {"code": f"WRONG{n}"}).status_code for n in range(5)]

    assert tried == [422, 422, 422, 429, 429]
    assert guesser.post(url(boris, "code"), {"code": card.number}).status_code == 429


def test_code_guessing_joining_is_no_way_around(card, settings):
    settings.LOYALTY = {"GUESS_RATE": "3/hour"}
    guesser = client_of(UserFactory())

    tried = [guesser.post(JOIN, {"code": f"WRONG{n}"}).status_code for n in range(5)]

    assert tried == [201, 200, 200, 429, 429]


def test_joining_with_a_code(card):
    client = client_of(UserFactory())

    answer = client.post(JOIN, {"code": card.number})

    assert answer.status_code == 201
    assert answer.json()["referral"]["method"] == "code"
    assert answer.json()["refusal"] is None
    assert answer.json()["card"]["has_parent"] is True
    assert Referral.objects.get().referrer == card


@pytest.mark.parametrize("body", [{}, {"code": ""}, {"program": "club"}])
def test_joining_without_a_code(program, body):
    client = client_of(UserFactory())

    answer = client.post(JOIN, body)
    again = client.post(JOIN, body)

    assert (answer.status_code, again.status_code) == (201, 200)
    assert (answer.json()["referral"], answer.json()["refusal"]) == (None, None)
    assert again.json() == answer.json()


def test_a_bad_code_keeps_nobody_from_joining(program):
    answer = client_of(UserFactory()).post(JOIN, {"code": "WRONG"})

    assert answer.status_code == 201
    assert answer.json()["referral"] is None
    assert answer.json()["refusal"] == {
        "code": "referral_code_malformed",
        "detail": "This is not a referral code. Check each character and enter it again.",
    }
    assert answer.json()["card"]["has_parent"] is False


def test_who_joined_before_enters_no_code_by_joining_again(card, boris):
    Card.objects.filter(pk=boris.pk).update(enrolled_at=timezone.now() - timedelta(days=31))

    answer = client_of(boris.user).post(JOIN, {"code": card.number})

    assert answer.status_code == 200
    assert answer.json()["refusal"]["code"] == "referral_code_too_late"
    assert not Referral.objects.exists()


def test_who_is_not_signed_in_does_not_join(program):
    assert APIClient().post(JOIN, {}).status_code in (401, 403)
    assert not Card.objects.exists()


@pytest.mark.parametrize("rest", ["friends", "link"])
def test_as_many_queries_for_many_friends(anna, card, program, rest):
    get_link(card=card)
    found = []
    for number in (1, 200):
        while Referral.objects.count() < number:
            friend = make_card(program, user=UserFactory())
            make_referral(friend, card)
            RewardFactory(event__card=friend, card=card, level=1)
        with counted() as queries:
            assert (
                anna.get(f"{url(card, rest)}{'?limit=200' if rest == 'friends' else ''}").status_code == 200
            )
        found.append(len(queries))

    assert found[0] == found[1] <= 6
