"""Many at once, on PostgreSQL with real commits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from loyalty.auditing import run_invariants
from loyalty.exceptions import LoyaltyError
from loyalty.models import Card, ParentChange
from loyalty.services import process_inbox, record_purchase
from referrals.cookies import write_cookie
from referrals.exceptions import VisitUsed
from referrals.models import Referral, ReferralLink, ReferrerStats, Visit
from referrals.services import explain_attribution, record_visit, register_via_link
from tests.referrals.rows import make_card, make_program

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

THREADS = 16


def at_once(jobs: Sequence[Callable[[], object]]) -> Counter[str]:
    """Run the jobs together; how often each code of a refusal came, "done" for none."""
    start = Barrier(THREADS)

    def work(mine: Sequence[Callable[[], object]]) -> list[str]:
        start.wait()
        outcomes = []
        try:
            for job in mine:
                try:
                    job()
                    outcomes.append("done")
                except LoyaltyError as error:
                    outcomes.append(error.code)
        finally:
            connections.close_all()
        return outcomes

    with ThreadPoolExecutor(THREADS) as pool:
        parts = [jobs[number::THREADS] for number in range(THREADS)]
        return Counter(code for outcomes in pool.map(work, parts) for code in outcomes)


def claim(friend: Card, code: str) -> Callable[[], object]:
    """A job: the friend types the code."""
    return lambda: register_via_link(card=friend, code=code)


def test_r8_of_many_claims_of_one_friend_one_wins() -> None:
    program = make_program()
    friend = make_card(program)
    codes = [make_card(program).number for _ in range(20)]

    outcomes = at_once([claim(friend, codes[number % 20]) for number in range(160)])
    process_inbox()

    assert outcomes == {"done": 1, "already_referred": 159}
    referral = Referral.objects.get()
    friend.refresh_from_db()
    assert friend.parent == referral.referrer
    assert ParentChange.objects.count() == 1
    assert list(ReferrerStats.objects.values_list("card_id", "registered")) == [(referral.referrer_id, 1)]


def test_no_friend_of_a_busy_referrer_is_lost() -> None:
    program = make_program()
    referrer = make_card(program)
    code = referrer.number
    friends = [make_card(program) for _ in range(64)]

    assert at_once([claim(friend, code) for friend in friends]) == {"done": 64}
    bought = at_once(
        [
            lambda friend=friend: record_purchase(card=friend, external_id=friend.pk, total="10.00")
            for friend in friends
        ]
    )
    process_inbox()

    assert bought == {"done": 64}
    stats = ReferrerStats.objects.get()
    assert (stats.card, stats.registered, stats.qualified) == (referrer, 64, 64)


def test_r8_two_friends_cannot_bring_each_other() -> None:
    program = make_program()
    pairs = [(make_card(program), make_card(program)) for _ in range(20)]

    outcomes = at_once(
        [claim(friend, other.number) for pair in pairs for friend, other in (pair, pair[::-1])]
    )

    assert outcomes == {"done": 20, "parent_cycle": 20}
    assert Referral.objects.count() == 20


def attribution(friend: Card, cookie: str) -> Callable[[], object]:
    """A job: somebody signs up with this cookie. Refusals are told by their codes, since nothing is raised."""

    def sign_up() -> object:
        request = RequestFactory().get("/")
        request.COOKIES["referral"] = cookie
        made = explain_attribution(card=friend, request=request)
        if made.referral is None:
            raise made.refusal or VisitUsed
        return made

    return sign_up


def kept_visit(referrer: Card) -> str:
    """The cookie of a browser that opened the link of this card."""
    visited = record_visit(program=referrer.program, text=referrer.number)
    response = HttpResponse()
    write_cookie(response, RequestFactory().get("/"), visited.keep)
    return response.cookies["referral"].value


def test_of_many_sign_ups_with_the_same_visit_one_is_brought_by_it() -> None:
    program = make_program()
    cookie = kept_visit(make_card(program))
    friends = [make_card(program, enrolled_at=timezone.now()) for _ in range(64)]

    outcomes = at_once([attribution(friend, cookie) for friend in friends])
    process_inbox()

    assert outcomes == {"done": 1, "visit_used": 63}
    referral = Referral.objects.get()
    assert (referral.visit, referral.method) == (Visit.objects.get(), "cookie")
    assert Card.objects.exclude(parent=None).count() == 1
    assert [finding.key for finding in run_invariants() if not finding.is_sound] == []


def test_one_sign_up_with_two_visits_and_a_code_at_once_has_one_referrer() -> None:
    program = make_program()
    for _round in range(8):
        referrers = [make_card(program) for _ in range(3)]
        cookies = [kept_visit(referrer) for referrer in referrers[:2]]
        friend = make_card(program, enrolled_at=timezone.now())
        jobs = [attribution(friend, cookie) for cookie in cookies] + [claim(friend, referrers[2].number)]

        outcomes = at_once(jobs * 8)

        assert outcomes["done"] == 1
        assert sum(outcomes.values()) == 24
        assert Referral.objects.filter(referee=friend).count() == 1


def test_visits_of_one_link_made_for_the_first_time_at_once() -> None:
    program = make_program()
    referrer = make_card(program)

    assert at_once([lambda: record_visit(program=program, text=referrer.number)] * 64) == {"done": 64}
    assert (ReferralLink.objects.count(), Visit.objects.count()) == (1, 64)
