"""What was given for a milestone's reward goes with it, though it came by another friend's purchase (S15, S20)."""

from __future__ import annotations

from typing import Any

import pytest

from loyalty import services
from loyalty.auditing import run_invariants
from loyalty.models import Card, Program, Reward
from loyalty.testing import balance_of, process_inbox
from referrals.testing import refer
from tests.referrals.rows import START, make_card
from tests.referrals.test_programme import credit, day, milestone, publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def program() -> Program:
    return services.create_program(slug="shop", purchase_currency="EUR")


def on_top(program: Program, key: str, percent: str, trigger: str) -> None:
    """A percentage of each reward of a campaign, to the parent of whoever got it."""
    amount = {"kind": "loyalty.percent", "of": "granted", "percent": percent}
    action: dict[str, Any] = {**credit(key, "parent_card", value="1"), "amount": amount}
    del action["on_refund"]
    told = {"kind": "loyalty.reward_granted", "params": {"campaigns": [trigger]}}
    publish(program, key=key, trigger=told, actions=[action])


def test_it_is_taken_back_over_two_levels_and_granted_again(program):
    milestone(program, number=2)
    on_top(program, "ten-percent-up", "10", "every-third-friend")
    on_top(program, "half-of-that-up", "50", "ten-percent-up")
    top, middle, referrer = (make_card(program, external_id=name) for name in ("top", "middle", "referrer"))
    services.set_parent(card=middle, parent=top, at=START)
    services.set_parent(card=referrer, parent=middle, at=START)
    friends = [make_card(program, external_id=f"friend-{number}") for number in range(3)]
    for number, friend in enumerate(friends):
        refer(friend=friend, by=referrer, at=day(1))
        if number < 2:
            buy(friend, number)

    def balances() -> list[str]:
        return [balance_of(Card.objects.get(pk=one.pk)) for one in (referrer, middle, top)]

    assert balances() == ["250", "25", "12"]
    assert Reward.objects.filter(source__isnull=False).count() == 2

    services.record_refund(purchase_id="p0", external_id="r0", occurred_at=day(5))
    process_inbox()
    assert balances() == ["0", "0", "0"]

    buy(friends[2], 2)
    assert balances() == ["250", "25", "12"]
    assert [finding.key for finding in run_invariants() if not finding.is_sound] == []


def buy(friend: Card, number: int) -> None:
    services.record_purchase(
        card=friend, external_id=f"p{number}", total="10.00", occurred_at=day(2 + number)
    )
    process_inbox()
