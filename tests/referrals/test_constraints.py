"""What the database itself refuses."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from loyalty.models import Card
from referrals.models import Referral, ReferralLink, ReferrerStats, Visit
from tests.referrals.rows import START, make_card, make_program, make_referral

pytestmark = pytest.mark.django_db


@pytest.fixture
def cards() -> tuple[Card, Card]:
    program = make_program()
    return make_card(program), make_card(program)


def refused_by(name: str) -> object:
    """The database names the constraint that it holds against a row."""
    return pytest.raises(IntegrityError, match=name)


def test_a_code_names_one_referrer(cards: tuple[Card, Card]) -> None:
    ReferralLink.objects.create(program=cards[0].program, card=cards[0], code="ABC")

    with refused_by("loyalty_referrals_referrallink|loyalty_referrallink_code_unique"), transaction.atomic():
        ReferralLink.objects.create(program=cards[1].program, card=cards[1], code="ABC")

    other = make_program(slug="other")
    ReferralLink.objects.create(program=other, card=make_card(other), code="ABC")
    assert ReferralLink.objects.count() == 2


def test_a_link_has_a_code(cards: tuple[Card, Card]) -> None:
    with refused_by("loyalty_referrallink_has_code"), transaction.atomic():
        ReferralLink.objects.create(program=cards[0].program, card=cards[0], code="")


def test_r8_one_referrer_per_referee_for_ever(cards: tuple[Card, Card]) -> None:
    make_referral(cards[0], cards[1])

    with refused_by("referee_id"), transaction.atomic():
        make_referral(cards[0], make_card(cards[0].program))

    assert Referral.objects.count() == 1


def test_r8_nobody_refers_themselves(cards: tuple[Card, Card]) -> None:
    with refused_by("loyalty_referral_not_of_oneself"), transaction.atomic():
        make_referral(cards[0], cards[0])


def test_a_detached_friend_has_no_referrer(cards: tuple[Card, Card]) -> None:
    make_referral(cards[0], None)

    assert Referral.objects.get().referrer is None


QUALIFYING = {"qualifying_purchases": 1, "qualified_at": START, "qualified_by": "shop/1"}


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "qualified", "counted": True},
        {"status": "qualified", "counted": False, **QUALIFYING},
        {"status": "registered", "counted": True, **QUALIFYING},
        {"status": "nonsense"},
    ],
    ids=["without a purchase", "before it is counted", "counted and qualifying", "unknown status"],
)
def test_qualified_means_counted_and_buying(fields: dict[str, object], cards: tuple[Card, Card]) -> None:
    with refused_by("loyalty_referral_qualified_by_purchases"), transaction.atomic():
        make_referral(*cards, **fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"qualified_by": "shop/1"},
        {"qualified_at": START},
        {"qualifying_purchases": 1, "qualified_at": START},
        {"qualifying_purchases": 1, "qualified_by": "shop/1"},
    ],
    ids=["purchase without count", "date without count", "count without purchase", "count without date"],
)
def test_what_qualifies_is_named(fields: dict[str, object], cards: tuple[Card, Card]) -> None:
    with refused_by("loyalty_referral_names_its_purchase"), transaction.atomic():
        make_referral(*cards, **fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "registered", "counted": False},
        {"status": "registered", "counted": False, **QUALIFYING},
        {"status": "registered", "counted": True},
        {"status": "qualified", "counted": True, **QUALIFYING},
    ],
    ids=["new", "bought before it is counted", "counted", "qualified"],
)
def test_every_stage_of_the_journey_can_be_stored(
    fields: dict[str, object], cards: tuple[Card, Card]
) -> None:
    assert make_referral(*cards, **fields).pk


def test_a_minimum_of_nothing_would_let_returned_purchases_count(cards: tuple[Card, Card]) -> None:
    with refused_by("loyalty_referral_minimum_positive"), transaction.atomic():
        make_referral(*cards, minimum=0)


@pytest.mark.parametrize(("registered", "qualified"), [(0, 1), (2, 3)])
def test_nobody_qualifies_without_registering(
    registered: int, qualified: int, cards: tuple[Card, Card]
) -> None:
    with refused_by("loyalty_referrerstats_qualified_within_registered"), transaction.atomic():
        ReferrerStats.objects.create(card=cards[0], registered=registered, qualified=qualified)


@pytest.mark.parametrize(("registered", "qualified"), [(-1, 0), (-1, -1), (0, -1)])
def test_no_count_falls_below_none(registered: int, qualified: int, cards: tuple[Card, Card]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ReferrerStats.objects.create(card=cards[0], registered=registered, qualified=qualified)


def make_visit(card: Card, **fields: object) -> Visit:
    link, _made = ReferralLink.objects.get_or_create(
        program=card.program, card=card, defaults={"code": "ABC"}
    )
    values = {"visitor": "v", "code": "ABC", "visited_at": START, **fields}
    return Visit.objects.create(program=card.program, link=link, **values)


def test_a_visit_was_made_by_somebody(cards: tuple[Card, Card]) -> None:
    with refused_by("loyalty_visit_has_visitor"), transaction.atomic():
        make_visit(cards[0], visitor="")


def test_a_visit_brings_one_friend(cards: tuple[Card, Card]) -> None:
    visit = make_visit(cards[1])
    make_referral(*cards, visit=visit)

    with refused_by("loyalty_referral_one_per_visit|visit_id"), transaction.atomic():
        make_referral(make_card(cards[0].program), cards[1], visit=visit)

    make_referral(make_card(cards[0].program), cards[1], visit=None)
    make_referral(make_card(cards[0].program), cards[1], visit=make_visit(cards[1]))
    assert Referral.objects.count() == 3


def test_a_referral_outlives_its_visit(cards: tuple[Card, Card]) -> None:
    referral = make_referral(*cards, visit=make_visit(cards[1]))

    Visit.objects.all().delete()

    referral.refresh_from_db()
    assert referral.visit is None
