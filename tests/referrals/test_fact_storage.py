"""The fact in the database: what is stored is what is loaded, in few statements at any size."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from loyalty.models import Card, Event, Program, Purchase
from loyalty.rules import EventState, LoadRequest
from loyalty.rules.state import CardState, ProgramRules
from referrals.facts import ReferralsFact
from referrals.journey import CardReferrals, PastPurchase, ReferralState
from referrals.models import Referral, ReferralLink, ReferrerStats
from tests.referrals.rows import START, make_card, make_program

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
fact = ReferralsFact()


@pytest.fixture
def program() -> Program:
    return make_program()


def request(*cards: Card, events: tuple[EventState, ...] = ()) -> LoadRequest:
    """What the processor asks the fact to load."""
    rules = ProgramRules(pk=1, slug="shop", zone=ZoneInfo("UTC"), decimals=2, currencies={})
    states = {card.pk: CardState(pk=card.pk, enrolled_at=card.enrolled_at) for card in cards}
    return LoadRequest(rules, states, frozenset(), events)


def state_of(referrer: Card, **fields: object) -> ReferralState:
    """A referral by a referrer's code."""
    known = {
        "program_id": referrer.program_id,
        "referrer_id": referrer.pk,
        "link_id": None,
        "code": "ABC",
        "method": "code",
        "registered_at": START,
        "minimum": 1,
    }
    return ReferralState(**{**known, **fields})


def changed(referral: ReferralState | None = None, **fields: object) -> CardReferrals:
    """A state of which everything given changed."""
    counts = bool(fields)
    return CardReferrals(
        referral=referral, referral_changed=referral is not None, counts_changed=counts, **fields
    )


def seen(known: CardReferrals) -> tuple[ReferralState | None, int, int]:
    """A state without its marks."""
    return known.referral, known.registered, known.qualified


def test_what_is_stored_is_loaded(program: Program) -> None:
    referrer, friend = make_card(program), make_card(program)
    link = ReferralLink.objects.create(program=program, card=referrer, code="ABC")
    referral = state_of(
        referrer,
        link_id=link.pk,
        minimum=500,
        counted=True,
        qualifying_purchases=2,
        qualified_at=START + DAY,
        qualified_by="shop/1",
    )

    fact.store(
        {friend.pk: changed(referral), referrer.pk: changed(registered=4, qualified=3)}, timezone.now()
    )
    loaded = fact.load(request(referrer, friend))

    assert seen(loaded[friend.pk]) == (referral, 0, 0)
    assert seen(loaded[referrer.pk]) == (None, 4, 3)
    assert Referral.objects.get().status == "qualified"


def test_a_card_of_which_nothing_is_known_is_left_out(program: Program) -> None:
    assert fact.load(request(make_card(program))) == {}


def test_storing_again_overwrites_what_changes_and_nothing_else(program: Program) -> None:
    referrer, other, friend = (make_card(program) for _ in range(3))
    first = state_of(referrer)
    fact.store({friend.pk: changed(first), referrer.pk: changed(registered=1)}, timezone.now())
    row = Referral.objects.get()

    moved = state_of(
        other,
        code="XYZ",
        counted=True,
        qualifying_purchases=1,
        qualified_at=START,
        qualified_by="shop/1",
    )
    fact.store(
        {
            friend.pk: changed(moved),
            referrer.pk: changed(registered=0, qualified=0),
            other.pk: changed(registered=1, qualified=1),
        },
        timezone.now(),
    )

    again = Referral.objects.get()
    assert (again.pk, again.code, again.created_at) == (row.pk, "ABC", row.created_at)
    assert (again.referrer_id, again.status, again.counted) == (other.pk, "qualified", True)
    assert (again.qualifying_purchases, again.qualified_at, again.qualified_by) == (1, START, "shop/1")
    stats = ReferrerStats.objects.order_by("card_id").values_list("card_id", "registered", "qualified")
    assert list(stats) == [(referrer.pk, 0, 0), (other.pk, 1, 1)]


def test_only_what_changed_is_written(program: Program, django_assert_num_queries: object) -> None:
    referrer, friend = make_card(program), make_card(program)

    with django_assert_num_queries(0):  # type: ignore[operator]
        fact.store({friend.pk: CardReferrals(), referrer.pk: CardReferrals(registered=9)}, timezone.now())


@pytest.mark.parametrize("size", [1, 50])
def test_statements_do_not_grow_with_the_batch(
    size: int, program: Program, django_assert_num_queries: object
) -> None:
    referrer = make_card(program)
    friends = [make_card(program) for _ in range(size)]
    states = {friend.pk: changed(state_of(referrer)) for friend in friends}
    events = tuple(linked(friend) for friend in friends)

    with django_assert_num_queries(2):  # type: ignore[operator]
        fact.load(request(*friends, events=events))
    with django_assert_num_queries(2):  # type: ignore[operator]
        fact.store(states | {referrer.pk: changed(registered=size)}, timezone.now())
    with django_assert_num_queries(1):  # type: ignore[operator]
        loaded = fact.load(request(referrer, *friends, events=events))
    assert len(loaded) == size + 1


def linked(card: Card) -> EventState:
    """A link in effect two days after the start."""
    payload = {"parent": 1, "link": {"code": "ABC"}}
    return EventState("t", "loyalty.parent_changed", "k", card.pk, START + 2 * DAY, payload)


def bought(card: Card, key: str, days: int, *, remaining: int) -> None:
    """A purchase of 10.00 of which so many cents remain."""
    at = START + days * DAY
    event = Event.objects.create(
        program=card.program, source="shop", kind="loyalty.purchase", key=key, card=card, occurred_at=at
    )
    Purchase.objects.create(
        program=card.program,
        source="shop",
        external_id=key,
        card=card,
        event=event,
        occurred_at=at,
        total=1000,
        remaining=remaining,
    )


def test_a_card_that_gets_a_link_brings_the_purchases_that_may_count(program: Program) -> None:
    friend = make_card(program)
    bought(friend, "before", 1, remaining=1000)
    bought(friend, "same-instant", 2, remaining=1000)
    bought(friend, "partly-returned", 3, remaining=1)
    bought(friend, "returned", 4, remaining=0)

    known = fact.load(request(friend, events=(linked(friend),)))[friend.pk]

    assert known.history == {
        "shop/same-instant": PastPurchase("shop/same-instant", START + 2 * DAY, 1000),
        "shop/partly-returned": PastPurchase("shop/partly-returned", START + 3 * DAY, 1),
    }


def test_a_move_by_staff_brings_no_history(program: Program, django_assert_num_queries: object) -> None:
    friend = make_card(program)
    bought(friend, "a", 3, remaining=1000)
    move = EventState("t", "loyalty.parent_changed", "k", friend.pk, START, {"parent": 1})

    with django_assert_num_queries(1):  # type: ignore[operator]
        assert fact.load(request(friend, events=(move,))) == {}
