"""Who brought a new member: by which door, by which clue, and that no sign-up ever breaks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from asgiref.sync import async_to_sync
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.db import DatabaseError, transaction
from django.test import AsyncClient, Client
from django.test.utils import override_settings
from django.utils import timezone

from loyalty.models import Card, Program
from loyalty.services import block_card, close_card, enrol_card, record_purchase
from loyalty.testing import process_inbox
from referrals.exceptions import AlreadyReferred, CodeMalformed, CodeTooLate, CodeUnknown, OwnCode
from referrals.models import Referral, Visit
from referrals.services import attribute, enter_code, explain_attribution, register_via_link
from referrals.testing import refer
from tests.referrals.rows import make_card, make_program
from tests.referrals.visiting import COOKIE, MIDDLEWARE, browser, cookie_of

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.referrals.site")]

ANN, BOB = "ACEFHJKMNPRC", "ACEFHJKMNPTA"
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def site(settings: Any) -> None:
    settings.MIDDLEWARE = MIDDLEWARE
    cache.clear()


@pytest.fixture
def program() -> Program:
    return make_program()


@pytest.fixture(autouse=True)
def cards(program: Program) -> dict[str, Card]:
    return {number: make_card(program, number) for number in (ANN, BOB)}


def came(name: str = "dora") -> tuple[str, str] | None:
    """The number of who brought this user, and the method; None for who came alone."""
    card = Card.objects.get(user__username=name)
    referral = Referral.objects.filter(referee=card).select_related("referrer").first()
    assert card.parent_id == (None if referral is None else referral.referrer_id)
    return None if referral is None else (referral.referrer.number, referral.method)


def sign_up(client: Client, door: str = "/sign-up/", **fields: str) -> Client:
    response = client.post(door, {"name": "dora", **fields})
    assert (response.status_code, response.content) == (200, b"welcome")
    return client


def test_a_visit_by_link_brings_the_friend() -> None:
    client = browser()
    client.get(f"/r/{ANN}?via=mail")

    sign_up(client)

    assert came() == (ANN, "cookie")
    referral = Referral.objects.get()
    assert (referral.visit, referral.link, referral.code) == (Visit.objects.get(), referral.visit.link, ANN)


def test_the_browser_forgets_a_visit_that_brought_somebody() -> None:
    client = browser()
    client.get(f"/r/{ANN}")

    sign_up(client)
    assert cookie_of(client) == ""

    sign_up(client, name="emil")
    assert came("emil") is None


def test_a_browser_that_nobody_sent_keeps_no_cookie_and_brings_nobody() -> None:
    client = sign_up(browser())

    assert (came(), COOKIE in client.cookies) == (None, False)


def test_a_typed_code_is_worth_more_than_a_visit() -> None:
    client = browser()
    client.get(f"/r/{ANN}")

    sign_up(client, code=BOB.lower())

    assert came() == (BOB, "code")
    assert (Referral.objects.get().visit, cookie_of(client)) == (None, "")


@pytest.mark.parametrize(
    "code",
    [
        "nonsense",
        "ACEFHJKMNPRE",
        " ",
        "\0",
        "🎁" * 50,
        "x" * 10_000,
        "' OR 1=1 --",
        "{{7*7}}",
        "../../etc/passwd",
    ],
    ids=["word", "wrong check", "blank", "nul", "presents", "huge", "SQL", "template", "path"],
)
@pytest.mark.parametrize("door", ["/sign-up/", "/sign-up/signal/"])
def test_a_bad_code_breaks_no_sign_up_and_the_visit_counts(
    code: str, door: str, django_capture_on_commit_callbacks: Any
) -> None:
    client = browser()
    client.get(f"/r/{ANN}")

    with django_capture_on_commit_callbacks(execute=True):
        sign_up(client, door, code=code, told="yes")

    assert came() == (ANN, "cookie")


@pytest.mark.parametrize("cookie", ["garbage", "\x01", "x" * 4_000, "a:b:c"])
def test_a_garbage_cookie_breaks_no_sign_up(cookie: str) -> None:
    client = browser()
    client.cookies[COOKIE] = cookie

    sign_up(client)

    assert came() is None


def test_the_reason_is_told_to_who_asks(program: Program, cards: dict[str, Card]) -> None:
    user = get_user_model().objects.create(username="dora")
    card = enrol_card(user=user)

    def reasons(**call: Any) -> list[type]:
        made = explain_attribution(card=card, **call)
        assert made.referral is None
        assert made.refusal is (made.refusals[0] if made.refusals else None)
        return [type(refusal) for refusal in made.refusals]

    assert reasons() == []
    assert reasons(code="nonsense") == [CodeMalformed]
    assert reasons(code="ACEFHJKMNPTA"[:11] + "C") == [CodeMalformed]
    assert reasons(code=card.number) == [OwnCode]
    close_card(card=cards[BOB], reason="Left.")
    assert reasons(code=BOB) == [CodeUnknown]
    register_via_link(card=card, code=ANN)
    assert reasons(code=ANN) == [AlreadyReferred]


def test_another_card_of_the_same_user_is_ones_own(program: Program) -> None:
    user = get_user_model().objects.create(username="dora")
    first = enrol_card(user=user)
    client = browser()
    client.get(f"/r/{first.number}")
    second = enrol_card(user=user, additional=True)

    made = explain_attribution(card=second, request=_with_cookie(client))

    assert (made.referral, [type(one) for one in made.refusals]) == (None, [OwnCode])


def test_a_circle_breaks_nothing(program: Program, cards: dict[str, Card]) -> None:
    refer(friend=cards[BOB], by=cards[ANN])

    made = explain_attribution(card=cards[ANN], code=BOB)

    assert made.referral is None
    assert [refusal.code for refusal in made.refusals] == ["parent_cycle"]


def test_r8_the_first_referrer_stays() -> None:
    client = browser()
    client.get(f"/r/{ANN}")
    sign_up(client)
    client.get(f"/r/{BOB}")

    card = Card.objects.get(user__username="dora")
    assert attribute(card=card, request=_with_cookie(client)) is None
    assert attribute(card=card, code=BOB) is None
    assert came() == (ANN, "cookie")


def test_who_was_a_member_before_the_visit_was_not_brought_by_it(program: Program) -> None:
    card = make_card(program)
    client = browser()
    client.get(f"/r/{ANN}")

    assert attribute(card=card, request=_with_cookie(client)) is None
    assert not Referral.objects.exists()


def test_a_visit_brings_one_friend_however_often_the_cookie_is_sent() -> None:
    client = browser()
    client.get(f"/r/{ANN}")
    saved = cookie_of(client)

    for number in range(3):
        client.cookies[COOKIE] = saved
        sign_up(client, name=f"friend{number}")

    assert [came(f"friend{number}") for number in range(3)] == [(ANN, "cookie"), None, None]


@pytest.mark.parametrize("blocked", [True, False], ids=["blocked", "closed"])
def test_s13_a_visit_to_a_card_that_was_blocked_or_closed_meanwhile(
    blocked: bool, cards: dict[str, Card]
) -> None:
    client = browser()
    client.get(f"/r/{ANN}")
    (block_card if blocked else close_card)(card=cards[ANN], reason="Under review.")

    sign_up(client)

    assert came() == ((ANN, "cookie") if blocked else None)


def test_without_consent_the_code_in_the_address_of_the_sign_up_counts() -> None:
    with override_settings(REFERRALS={"CONSENT": "cookies_ok"}):
        sign_up(browser(), f"/sign-up/?ref={ANN}")

    assert (came(), Referral.objects.get().visit) == ((ANN, "link"), None)


@pytest.mark.parametrize("query", ["?ref=main", "?ref=%00", "?ref="])
def test_a_parameter_of_the_host_is_no_code(query: str) -> None:
    sign_up(browser(), f"/sign-up/{query}")

    assert came() is None


def test_what_fails_in_the_database_breaks_no_sign_up(monkeypatch: Any, caplog: Any) -> None:
    def fail(**_call: object) -> None:
        raise DatabaseError("deadlock detected")

    monkeypatch.setattr("referrals.services.attributing.register_via_link", fail)
    client = browser()
    client.get(f"/r/{ANN}")

    sign_up(client, code=BOB)

    assert came() is None
    assert caplog.text.count("the sign-up was not disturbed") == 2
    assert cookie_of(client)  # it did its work for nobody yet


def test_a_broken_statement_leaves_the_hosts_transaction_whole(monkeypatch: Any) -> None:
    def break_statement(**_call: object) -> None:
        Program.objects.create(slug="shop")  # taken

    monkeypatch.setattr("referrals.services.attributing.register_via_link", break_statement)

    with transaction.atomic():
        user = get_user_model().objects.create(username="dora")
        assert attribute(card=enrol_card(user=user), code=ANN) is None
        assert get_user_model().objects.filter(username="dora").exists()


# --- doors -------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("told", ["yes", ""], ids=["with the request", "by the middleware"])
def test_the_signal_attributes(told: str) -> None:
    client = browser()
    client.get(f"/r/{ANN}")

    sign_up(client, "/sign-up/signal/", told=told)

    assert came() == (ANN, "cookie")
    assert (Referral.objects.get().counted, cookie_of(client)) == (True, "")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("enrol", [True, False])
def test_every_new_user_gets_a_card_and_their_referrer_where_the_host_wants_it(enrol: bool) -> None:
    client = browser()
    client.get(f"/r/{ANN}")

    with override_settings(LOYALTY={"ENROL_NEW_USERS": enrol}):
        sign_up(client, "/sign-up/user/")

    assert Card.objects.filter(user__username="dora").exists() is enrol
    assert not enrol or came() == (ANN, "cookie")


@pytest.mark.django_db(transaction=True)
def test_the_doors_are_open_under_asgi_too() -> None:
    client = browser()
    client.get(f"/r/{ANN}")
    waiting = AsyncClient()
    waiting.cookies = client.cookies

    answer = async_to_sync(waiting.post)("/sign-up/signal/", {"name": "dora"})

    assert (came(), answer.cookies[COOKIE].value) == ((ANN, "cookie"), "")


def test_staff_who_make_an_account_for_a_customer_did_not_bring_them(
    django_capture_on_commit_callbacks: Any,
) -> None:
    client = browser()
    client.force_login(get_user_model().objects.create(username="staff", is_staff=True))
    client.get(f"/r/{ANN}")

    with (
        override_settings(LOYALTY={"ENROL_NEW_USERS": True}),
        django_capture_on_commit_callbacks(execute=True),
    ):
        sign_up(client, "/sign-up/user/")

    assert (came(), bool(cookie_of(client))) == (None, True)


def test_without_a_program_users_are_made_all_the_same(db: None) -> None:
    make_program(slug="books")  # two, and none is named

    with override_settings(LOYALTY={"ENROL_NEW_USERS": True}):
        sign_up(browser(), "/sign-up/user/")

    assert not Card.objects.filter(user__username="dora").exists()


def test_users_that_are_loaded_from_a_fixture_get_no_card() -> None:
    from django.core import serializers

    user = get_user_model()(pk=7, username="dora")
    with override_settings(LOYALTY={"ENROL_NEW_USERS": True}):
        next(serializers.deserialize("json", serializers.serialize("json", [user]))).save()

    assert not Card.objects.filter(user__username="dora").exists()


@pytest.mark.django_db(transaction=True)
def test_a_purchase_in_the_transaction_of_the_sign_up_is_that_of_a_friend() -> None:
    with transaction.atomic():
        user = get_user_model().objects.create(username="dora")
        from loyalty.signals import member_registered

        member_registered.send(sender=None, user=user, code=ANN)
        record_purchase(user=user, external_id="1", total="10.00")
        assert not Referral.objects.exists()

    referral = Referral.objects.get()
    assert (referral.status, referral.method) == ("qualified", "code")


# --- later -------------------------------------------------------------------------------------------------


@pytest.fixture
def member(program: Program) -> Card:
    card: Card = make_card(program, enrolled_at=timezone.now() - 5 * DAY)
    return card


def test_p27_a_code_is_entered_five_days_after_joining(member: Card) -> None:
    before = timezone.now()

    referral = enter_code(card=member, code=ANN)

    assert (referral.method, referral.referrer.number) == ("code", ANN)
    assert before <= referral.registered_at <= timezone.now()


@pytest.mark.parametrize(("days", "late"), [(5, True), (6, False), (0, True)])
def test_the_window_for_a_code_is_the_hosts(days: int, late: bool, member: Card) -> None:
    with (
        time_machine.travel(timezone.now() + timedelta(minutes=1), tick=False),
        override_settings(REFERRALS={"LATE_CODE_DAYS": days}),
    ):
        if not late:
            assert enter_code(card=member, code=ANN)
            return
        with pytest.raises(CodeTooLate) as refusal:
            enter_code(card=member, code=ANN)
    assert (refusal.value.code, refusal.value.details) == ("referral_code_too_late", {"days": days})
    assert not Referral.objects.exists()


def test_s9_after_a_late_code_purchases_count_from_that_moment(member: Card) -> None:
    enter_code(card=member, code=ANN)
    record_purchase(card=member, external_id="before", total="10.00", occurred_at=timezone.now() - DAY)
    process_inbox()
    assert Referral.objects.get().status == "registered"

    record_purchase(card=member, external_id="after", total="10.00")
    process_inbox()
    assert Referral.objects.get().status == "qualified"


def _with_cookie(client: Client) -> Any:
    from django.test import RequestFactory

    request = RequestFactory().get("/")
    request.COOKIES[COOKIE] = cookie_of(client)
    return request
