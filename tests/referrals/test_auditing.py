"""Each invariant of referrals is silent on sound rows and finds what is planted in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db.models import F

from loyalty.auditing import invariants, run_invariants
from loyalty.models import Card, Program
from loyalty.services import (
    create_program,
    enrol_card,
    move_card,
    process_inbox,
    record_purchase,
    record_refund,
)
from referrals.models import Referral, ReferrerStats, Visit
from referrals.services import get_link
from referrals.testing import refer
from tests.loyalty.check_books import guard_again, unguard

LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)
LATER = datetime(2024, 2, 1, tzinfo=UTC)


@pytest.fixture
def program(db: None) -> Program:
    """Four friends: one bought, one bought and gave all back, one never bought, one was moved to another referrer."""
    program = create_program(slug="shop")
    cards = {
        key: enrol_card(program=program, external_id=key, at=LONG_AGO)
        for key in ("referrer", "other", "kept", "returned", "quiet", "moved")
    }
    process_inbox()
    for key in ("kept", "returned", "quiet", "moved"):
        refer(friend=cards[key], by=cards["referrer"], at=LONG_AGO)
        process_inbox()
    for key in ("kept", "returned", "moved"):
        record_purchase(card=cards[key], external_id=f"of-{key}", total="10.00", occurred_at=LATER)
        process_inbox()
    record_refund(program=program, purchase_id="of-returned", external_id="r", occurred_at=LATER)
    process_inbox()
    move_card(card=Card.objects.get(external_id="moved"), parent=cards["other"], reason="asked for it")
    process_inbox()
    return program


@pytest.fixture
def unguarded(program: Program) -> Iterator[None]:
    unguard()
    yield
    guard_again()


def broken() -> dict[str, list[str]]:
    return {finding.key: finding.first for finding in run_invariants() if not finding.is_sound}


def test_sound_referrals_break_nothing(program: Program) -> None:
    stats = {row.card.external_id: (row.registered, row.qualified) for row in ReferrerStats.objects.all()}

    assert stats == {"referrer": (3, 1), "other": (1, 1)}
    assert broken() == {}


def friend(key: str) -> Any:
    return Referral.objects.filter(referee__external_id=key)


def stats(key: str) -> Any:
    return ReferrerStats.objects.filter(card__external_id=key)


def visit(key: str) -> Visit:
    """A click on the link of a card."""
    link = get_link(card=Card.objects.get(external_id=key))
    return Visit.objects.create(
        program=link.program, link=link, visitor="v", code=link.code, visited_at=LONG_AGO
    )


PLANTED: dict[str, tuple[str, Callable[[], Any], Callable[[], Any]]] = {
    "one friend too many": (
        "referrals.statistics",
        lambda: stats("referrer").update(registered=F("registered") + 1),
        lambda: Card.objects.get(external_id="referrer").pk,
    ),
    "the counters are lost": (
        "referrals.statistics",
        lambda: stats("other").delete(),
        lambda: Card.objects.get(external_id="other").pk,
    ),
    "a friend is not counted": (
        "referrals.statistics",
        lambda: friend("quiet").update(counted=False),
        lambda: Card.objects.get(external_id="referrer").pk,
    ),
    "a purchase too many": (
        "referrals.qualifying_purchases",
        lambda: friend("kept").update(qualifying_purchases=2),
        lambda: friend("kept").get().pk,
    ),
    "a friend of somebody else": (
        "referrals.referrer_is_parent",
        lambda: friend("kept").update(referrer=Card.objects.get(external_id="other")),
        lambda: friend("kept").get().pk,
    ),
    "somebody brought themselves": (
        "referrals.referrer_is_parent",
        lambda: friend("quiet").update(referrer=F("referee")),
        lambda: friend("quiet").get().pk,
    ),
    "qualified by nothing": (
        "referrals.qualified_by",
        lambda: friend("kept").update(qualified_by="shop/nothing"),
        lambda: friend("kept").get().pk,
    ),
    "a click on another link": (
        "referrals.visit_of_link",
        lambda: friend("kept").update(visit=visit("other")),
        lambda: friend("kept").get().pk,
    ),
    "qualified without a purchase": (
        "referrals.qualified_by",
        lambda: friend("quiet").update(status="qualified"),
        lambda: friend("quiet").get().pk,
    ),
}


@pytest.mark.parametrize(("key", "plant", "whom"), PLANTED.values(), ids=list(PLANTED))
def test_what_is_planted_is_found(
    key: str, plant: Callable[[], Any], whom: Callable[[], Any], unguarded: None
) -> None:
    plant()

    assert str(whom()) in broken()[key]


def test_something_is_planted_for_each_invariant() -> None:
    ours = {invariant.key for invariant in invariants if invariant.key.startswith("referrals.")}

    assert ours == {key for key, _plant, _whom in PLANTED.values()}
