"""Many at once, on PostgreSQL with real commits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from loyalty.exceptions import LoyaltyError
from loyalty.models import Card, ParentChange
from loyalty.services import process_inbox, record_purchase
from referrals.models import Referral, ReferrerStats
from referrals.services import register_via_link
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
