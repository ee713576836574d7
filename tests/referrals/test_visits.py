"""Visits: used up once, kept with the referral through its journey; resolvers of a host's own."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpRequest
from django.utils import timezone

from loyalty.auditing import run_invariants
from loyalty.models import Card, Event, Program
from loyalty.services import merge_cards, move_card, record_purchase, record_refund
from loyalty.testing import process_inbox
from referrals.cookies import Kept
from referrals.exceptions import CodeMalformed, CodeUnknown, VisitUsed
from referrals.models import Referral, Visit
from referrals.services import (
    Clue,
    SignUp,
    attribute,
    counting_visit,
    record_visit,
    register_resolver,
    register_via_link,
    resolvers,
)
from tests.referrals.rows import make_card, make_program

pytestmark = pytest.mark.django_db

NUMBER = "ACEFHJKMNPRC"


@pytest.fixture
def program() -> Program:
    return make_program()


@pytest.fixture
def referrer(program: Program) -> Card:
    return make_card(program, NUMBER)


@pytest.fixture
def visit(referrer: Card) -> Visit:
    return record_visit(program=referrer.program, text=NUMBER).visit


def bring(program: Program, visit: Visit) -> Card:
    card = make_card(program)
    register_via_link(card=card, code=NUMBER, method="cookie", visit=visit)
    process_inbox()
    return card


def sound() -> list[str]:
    return [finding.key for finding in run_invariants() if not finding.is_sound]


def test_a_visit_is_used_up_once_and_a_refusal_changes_nothing(program: Program, visit: Visit) -> None:
    bring(program, visit)
    other, events = make_card(program), Event.objects.count()

    with pytest.raises(VisitUsed) as refusal:
        register_via_link(card=other, code=NUMBER, method="cookie", visit=visit)

    assert refusal.value.code == "visit_used"
    assert (Event.objects.count(), Referral.objects.count()) == (events, 1)
    other.refresh_from_db()
    assert other.parent is None


def test_a_visit_that_was_deleted_brings_nobody(program: Program, visit: Visit) -> None:
    Visit.objects.all().delete()

    with pytest.raises(VisitUsed):
        register_via_link(card=make_card(program), code=NUMBER, method="cookie", visit=visit)


def test_the_visit_stays_with_the_friend_through_the_whole_journey(program: Program, visit: Visit) -> None:
    """The row is written again at each stage, and must not run into its own visit."""
    friend = bring(program, visit)

    def stage() -> tuple[str, Visit | None]:
        process_inbox()
        referral = Referral.objects.get(referee=friend)
        return referral.status, referral.visit

    assert stage() == ("registered", visit)
    record_purchase(card=friend, external_id="1", total="10.00")
    assert stage() == ("qualified", visit)
    record_refund(card=friend, purchase_id="1", external_id="r1")
    assert stage() == ("registered", visit)
    move_card(card=friend, parent=make_card(program), reason="Asked for it.")
    assert stage() == ("registered", visit)
    assert sound() == []


def test_s29_the_visit_stays_when_the_referrer_is_merged(
    program: Program, referrer: Card, visit: Visit
) -> None:
    friend = bring(program, visit)
    survivor = make_card(program)

    merge_cards(survivor=survivor, merged=referrer, reason="The same person.")
    process_inbox()

    referral = Referral.objects.get(referee=friend)
    assert (referral.referrer, referral.visit) == (survivor, visit)
    assert sound() == []


@pytest.mark.parametrize(("text", "error"), [("nonsense", CodeMalformed), ("ACEFHJKMNPTC", CodeMalformed)])
def test_nobody_visits_a_link_of_nobody(text: str, error: type[Exception], program: Program) -> None:
    with pytest.raises((error, CodeUnknown)):
        record_visit(program=program, text=text)

    assert not Visit.objects.exists()


def test_what_a_browser_keeps_must_be_its_own(program: Program, visit: Visit) -> None:
    assert counting_visit(program=program, kept=Kept(visit.pk, visit.visitor)) == visit
    assert counting_visit(program=program, kept=Kept(visit.pk, "somebody else")) is None
    assert counting_visit(program=program, kept=Kept(visit.pk + 1, visit.visitor)) is None
    assert counting_visit(program=program, kept=None) is None


def test_a_visit_that_was_used_up_starts_a_new_one(program: Program, visit: Visit) -> None:
    bring(program, visit)

    again = record_visit(program=program, text=NUMBER, kept=Kept(visit.pk, visit.visitor))

    assert (again.visit != visit, again.visit.visitor) == (True, visit.visitor)
    assert again.keep == Kept(again.visit.pk, visit.visitor)


# --- resolvers of a host's own -----------------------------------------------------------------------------


@pytest.fixture
def asked(monkeypatch: Any) -> list[SignUp]:
    """What a resolver of the host's was asked; it answers with the code in a header."""
    monkeypatch.setattr(resolvers, "_resolvers", list(resolvers._resolvers))
    heard: list[SignUp] = []

    @register_resolver(order=20)
    def by_header(sign_up: SignUp) -> Clue | None:
        heard.append(sign_up)
        code = "" if sign_up.request is None else sign_up.request.headers.get("X-Friend", "")
        return Clue(code, "link") if code else None

    return heard


def request(rf: Any, code: str) -> HttpRequest:
    made: HttpRequest = rf.get("/", headers={"X-Friend": code})
    return made


def test_a_host_may_know_more_of_who_brought_a_friend(
    asked: list[SignUp], program: Program, referrer: Card, rf: Any
) -> None:
    card = make_card(program, enrolled_at=timezone.now())

    referral = attribute(card=card, request=request(rf, NUMBER))

    assert referral is not None
    assert (referral.method, referral.referrer) == ("link", referrer)
    assert [sign_up.card for sign_up in asked] == [card]


def test_resolvers_are_asked_in_order_until_one_leads_to_a_referrer(
    asked: list[SignUp], program: Program, referrer: Card, rf: Any
) -> None:
    first, second = make_card(program), make_card(program)

    typed = attribute(card=first, code=NUMBER, request=request(rf, NUMBER))
    assert typed is not None
    assert (typed.method, asked) == ("code", [])

    mistyped = attribute(card=second, code="nonsense", request=request(rf, NUMBER))
    assert mistyped is not None
    assert (mistyped.method, len(asked)) == ("link", 1)


def test_a_resolver_that_fails_keeps_nobody_from_signing_up(
    asked: list[SignUp], program: Program, referrer: Card, rf: Any, caplog: Any
) -> None:
    @register_resolver(order=5)
    def broken(sign_up: SignUp) -> Clue | None:
        raise RuntimeError("No answer.")

    referral = attribute(card=make_card(program), request=request(rf, NUMBER))

    assert referral is not None
    assert "the sign-up was not disturbed" in caplog.text


def test_two_resolvers_have_no_place_in_common(asked: list[SignUp]) -> None:
    with pytest.raises(ValueError, match="20"):
        register_resolver(order=20)(lambda _sign_up: None)
