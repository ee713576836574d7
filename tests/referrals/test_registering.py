"""Registering by a code: what it does, every refusal, and that a refusal changes nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from loyalty.exceptions import LoyaltyError, ParentCycle, ParentImmutable
from loyalty.models import Card, CardNumber, Event, Program
from loyalty.services import (
    block_card,
    close_card,
    move_card,
    record_purchase,
    record_refund,
    replace_number,
    set_parent,
)
from loyalty.testing import process_inbox
from referrals.exceptions import AlreadyReferred, CodeMalformed, CodeUnknown, OwnCode, ReferralError
from referrals.models import Referral, ReferrerStats
from referrals.services import find_link, get_link, register_via_link
from referrals.testing import refer
from tests.referrals.rows import START, make_card, make_program

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
NUMBER = "ACEFHJKMNPRC"


@pytest.fixture
def program() -> Program:
    return make_program()


@pytest.fixture
def referrer(program: Program) -> Card:
    return make_card(program, NUMBER)


@pytest.fixture
def friend(program: Program) -> Card:
    return make_card(program)


def counts(card: Card) -> tuple[int, int]:
    """Registered and qualified friends, once the inbox is drained."""
    process_inbox()
    stats = ReferrerStats.objects.filter(card=card).first()
    return (stats.registered, stats.qualified) if stats else (0, 0)


def test_a_code_makes_the_referrer_the_parent_and_counts(referrer: Card, friend: Card) -> None:
    before = timezone.now()

    referral = register_via_link(card=friend, code=NUMBER)

    assert (referral.referee_id, referral.referrer_id) == (friend.pk, referrer.pk)
    assert (referral.code, referral.method, referral.minimum) == (NUMBER, "code", 1)
    assert referral.link == get_link(card=referrer)
    assert before <= referral.registered_at <= timezone.now()
    friend.refresh_from_db()
    assert (friend.parent_id, friend.parent_since) == (referrer.pk, referral.registered_at)
    assert counts(referrer) == (1, 0)
    assert Referral.objects.get().counted
    assert not Event.objects.exclude(status="processed").exists()


@pytest.mark.parametrize(
    "typed",
    [NUMBER, NUMBER.lower(), "acef-hjkm-nprc", " ACEF HJKM NPRC ", "АСЕF HJKM NРRС"],
    ids=["as printed", "lower case", "with dashes", "with blanks", "with Cyrillic letters"],
)
def test_a_code_is_read_as_people_type_it(typed: str, referrer: Card, friend: Card) -> None:
    assert register_via_link(card=friend, code=typed).referrer_id == referrer.pk


def test_s30_a_replaced_number_still_brings_friends(referrer: Card, program: Program) -> None:
    link = get_link(card=referrer)
    new = replace_number(card=referrer)

    by_old = register_via_link(card=make_card(program), code=NUMBER)
    by_new = register_via_link(card=make_card(program), code=new.number)

    assert (by_old.referrer_id, by_old.link, by_old.code) == (referrer.pk, link, NUMBER)
    assert (by_new.referrer_id, by_new.link, by_new.code) == (referrer.pk, link, new.number)
    assert counts(referrer) == (2, 0)


def test_a_link_of_its_own_is_found(program: Program, friend: Card) -> None:
    numberless = make_card(program, "")
    link = get_link(card=numberless)

    assert register_via_link(card=friend, code=link.code).link == link


@pytest.mark.parametrize(
    "code",
    ["", "  ", "---", "AB", "ACEFHJKMNPRE", "A" * 33, "A" * 10_000, "\0", "\ud800", "🎁🎁🎁🎁"],
    ids=["empty", "blank", "marks", "short", "wrong check", "long", "huge", "nul", "surrogate", "presents"],
)
def test_malformed_codes(code: str, referrer: Card, friend: Card) -> None:
    refused(CodeMalformed, "referral_code_malformed", card=friend, code=code)


def test_unknown_code(referrer: Card, friend: Card) -> None:
    refused(CodeUnknown, "referral_code_unknown", card=friend, code=valid_number())


def test_a_code_of_another_program_is_unknown(friend: Card) -> None:
    number = valid_number()
    make_card(make_program(slug="other"), number)

    refused(CodeUnknown, "referral_code_unknown", card=friend, code=number)


def test_own_code(friend: Card) -> None:
    refused(OwnCode, "own_referral_code", card=friend, code=friend.number)


def test_the_code_of_another_card_of_the_same_user_is_an_own_code(program: Program) -> None:
    user = get_user_model().objects.create(username="ann")
    first = make_card(program, user=user)
    second = make_card(program, user=user, additional=True)

    refused(OwnCode, "own_referral_code", card=second, code=first.number)


def test_the_first_code_wins(referrer: Card, friend: Card, program: Program) -> None:
    other = make_card(program)
    first = register_via_link(card=friend, code=NUMBER)

    refused(AlreadyReferred, "already_referred", card=friend, code=other.number, referrals=1)
    refused(AlreadyReferred, "already_referred", card=friend, code=NUMBER, referrals=1)

    assert Referral.objects.get() == first
    assert (counts(referrer), counts(other)) == ((1, 0), (0, 0))


def test_a_parent_set_by_staff_stands_in_the_way(referrer: Card, friend: Card, program: Program) -> None:
    other = make_card(program)
    set_parent(card=friend, parent=other)

    refused(AlreadyReferred, "already_referred", card=friend, code=NUMBER)
    refused(AlreadyReferred, "already_referred", card=friend, code=other.number)


def test_whoever_was_detached_does_not_come_a_second_time(referrer: Card, friend: Card) -> None:
    register_via_link(card=friend, code=NUMBER)
    move_card(card=friend, parent=None, reason="Asked to be left alone.")

    refused(AlreadyReferred, "already_referred", card=friend, code=NUMBER, referrals=1)
    assert counts(referrer) == (0, 0)


def test_a_blocked_referrers_code_works(referrer: Card, friend: Card) -> None:
    block_card(card=referrer, reason="Under review.")

    assert register_via_link(card=friend, code=NUMBER).referrer_id == referrer.pk
    assert counts(referrer) == (1, 0)


def test_a_closed_referrers_code_is_unknown_from_then_on(
    referrer: Card, friend: Card, program: Program
) -> None:
    close_card(card=referrer, reason="Left.", at=timezone.now() - DAY)

    refused(CodeUnknown, "referral_code_unknown", card=friend, code=NUMBER)

    early = register_via_link(card=friend, code=NUMBER, at=timezone.now() - 2 * DAY)
    assert early.referrer_id == referrer.pk


def test_a_child_cannot_bring_its_parent(referrer: Card, friend: Card, program: Program) -> None:
    grandchild = make_card(program)
    refer(friend=friend, by=referrer)
    refer(friend=grandchild, by=friend)

    refused(ParentCycle, "parent_cycle", card=referrer, code=grandchild.number, referrals=2)


def test_a_buyer_is_no_new_customer(referrer: Card, friend: Card) -> None:
    record_purchase(card=friend, external_id="1", total="10.00", occurred_at=START)

    refused(ParentImmutable, "parent_immutable", card=friend, code=NUMBER)


def test_a_purchase_that_waits_in_the_inbox_is_a_purchase(
    referrer: Card, friend: Card, settings: Any
) -> None:
    settings.LOYALTY = {"PROCESSING": "deferred"}
    record_purchase(card=friend, external_id="1", total="10.00", occurred_at=START)

    refused(ParentImmutable, "parent_immutable", card=friend, code=NUMBER)


def test_a_purchase_wholly_returned_is_none(referrer: Card, friend: Card) -> None:
    record_purchase(card=friend, external_id="1", total="10.00", occurred_at=START)
    record_refund(card=friend, purchase_id="1", external_id="r1", occurred_at=START + DAY)
    process_inbox()

    assert register_via_link(card=friend, code=NUMBER).referrer_id == referrer.pk


@pytest.mark.parametrize("method", ["staff", "import"])
def test_staff_and_imports_know_better(method: str, referrer: Card, friend: Card) -> None:
    record_purchase(card=friend, external_id="1", total="10.00", occurred_at=START)

    referral = register_via_link(card=friend, code=NUMBER, method=method)

    assert (referral.method, counts(referrer)) == (method, (1, 0))


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_the_friend_is_counted_at_once(referrer: Card, friend: Card) -> None:
    assert register_via_link(card=friend, code=NUMBER).counted

    assert ReferrerStats.objects.get(card=referrer).registered == 1


@pytest.mark.django_db(transaction=True)
def test_s6_within_a_transaction_the_friend_is_counted_on_commit(referrer: Card, friend: Card) -> None:
    with transaction.atomic():
        assert not register_via_link(card=friend, code=NUMBER).counted

    assert ReferrerStats.objects.get(card=referrer).registered == 1


def test_s9_a_link_told_late_counts_what_was_bought_since(referrer: Card, friend: Card) -> None:
    record_purchase(card=friend, external_id="1", total="10.00", occurred_at=START + 2 * DAY)
    record_purchase(card=friend, external_id="2", total="10.00", occurred_at=START + 3 * DAY)
    process_inbox()

    register_via_link(card=friend, code=NUMBER, at=START + DAY)
    process_inbox()

    referral = Referral.objects.get()
    assert (referral.status, referral.qualifying_purchases) == ("qualified", 2)
    assert (referral.qualified_by, referral.qualified_at) == ("shop/1", START + 2 * DAY)
    assert counts(referrer) == (1, 1)

    record_refund(card=friend, purchase_id="1", external_id="r1")
    record_refund(card=friend, purchase_id="2", external_id="r2")
    process_inbox()
    assert (counts(referrer), Referral.objects.get().status) == ((1, 0), "registered")


def test_a_purchase_afterwards_qualifies(referrer: Card, friend: Card) -> None:
    register_via_link(card=friend, code=NUMBER)

    record_purchase(card=friend, external_id="1", total="0.01")

    assert counts(referrer) == (1, 1)
    event = Event.objects.get(kind="referrals.referral_qualified")
    assert (event.card_id, event.purchase_key, event.cascaded) == (friend.pk, "shop/1", True)
    assert event.evaluation.outcome == "applied"


def test_s28_staff_move_a_friend_with_what_counts(referrer: Card, friend: Card, program: Program) -> None:
    other = make_card(program)
    register_via_link(card=friend, code=NUMBER)
    record_purchase(card=friend, external_id="1", total="10.00")

    move_card(card=friend, parent=other, reason="Typed the wrong code.")

    assert (counts(referrer), counts(other)) == ((0, 0), (1, 1))
    assert Referral.objects.get().referrer == other


def test_an_unknown_method_is_a_mistake_of_the_caller(referrer: Card, friend: Card) -> None:
    with pytest.raises(ValueError, match="dream"):
        register_via_link(card=friend, code=NUMBER, method="dream")


def test_a_moment_without_a_time_zone_is_a_mistake_of_the_caller(referrer: Card, friend: Card) -> None:
    with pytest.raises(ValueError, match="time zone"):
        register_via_link(card=friend, code=NUMBER, at=START.replace(tzinfo=None))


def test_every_refusal_says_what_to_do_in_both_languages() -> None:
    for error in (CodeMalformed, CodeUnknown, OwnCode, AlreadyReferred):
        assert issubclass(error, ReferralError)
        assert str(error()).count(".") == 2
        with translation.override("ru"):
            assert str(error())


def test_the_link_of_a_card_is_made_once(referrer: Card, django_assert_num_queries: Any) -> None:
    link = get_link(card=referrer)

    assert (link.code, link.program, link.card) == (NUMBER, referrer.program, referrer)
    with django_assert_num_queries(1):
        assert get_link(card=referrer) == link
    assert find_link(program=referrer.program, code=NUMBER) == link


def test_a_numberless_card_gets_a_code_that_is_nobodys_number(program: Program) -> None:
    link = get_link(card=make_card(program, ""))

    assert len(link.code) == 12
    assert not CardNumber.objects.filter(number=link.code).exists()


def test_registering_takes_as_many_statements_however_many_came_before(
    referrer: Card, program: Program
) -> None:
    counted = []
    for others in (1, 49):
        for _ in range(others):
            refer(friend=make_card(program), by=referrer)
        friend = make_card(program)
        process_inbox()
        with CaptureQueriesContext(connection) as queries:
            register_via_link(card=friend, code=NUMBER)
        counted.append(len(queries))

    assert counted[0] == counted[1] <= 30
    assert counts(referrer) == (52, 0)


def refused(error: type[LoyaltyError], reason: str, *, referrals: int = 0, **call: Any) -> None:
    """The call is refused with this code, and nothing is written."""
    events = Event.objects.count()
    with pytest.raises(error) as caught:
        register_via_link(**call)
    assert caught.value.code == reason
    assert (Event.objects.count(), Referral.objects.count()) == (events, referrals)


def valid_number() -> str:
    """A number with a right check character that nobody has."""
    from loyalty.codes import check_character

    body = "ACEFHJKMNPT"
    return body + check_character(body)
