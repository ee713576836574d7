"""Programmes with referrals, played from end to end: inbox, decisions, wallets, signals, replay."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.utils import timezone

from loyalty.models import Card, Event, OutboxMessage, Program, Reward
from loyalty.processing.campaigns import campaign_book, load_program_rules
from loyalty.processing.replay import replay
from loyalty.services import (
    block_card,
    create_program,
    move_card,
    publish_campaign,
    record_purchase,
    record_refund,
    save_draft,
    unblock_card,
)
from loyalty.testing import balance_of, captured_signals, process_inbox
from referrals.models import Referral, ReferrerStats
from referrals.testing import refer
from tests.referrals.rows import START, make_card

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
_refunds = count(1)


def day(number: float) -> datetime:
    """An instant so many days after the start."""
    return START + number * DAY


@pytest.fixture
def program() -> Program:
    return create_program(slug="shop", purchase_currency="EUR")


@pytest.fixture
def referrer(program: Program) -> Card:
    return make_card(program, external_id="referrer")


def publish(program: Program, **definition: Any) -> None:
    """Publish a campaign that decides from the start."""
    campaign = save_draft(program=program, definition=definition)
    publish_campaign(campaign=campaign, effective_from=START, allow_past=True)


def milestone(program: Program, *, match: str = "every", number: int = 3, **more: Any) -> None:
    """250 points for every third friend who qualified."""
    params = {"match": match, "count": number, "stage": "qualified"}
    publish(
        program,
        key="every-third-friend",
        trigger={"kind": "referrals.referral_qualified"},
        conditions=[[{"kind": "referrals.referred_clients", "about": "parent_card", "params": params}]],
        actions=[credit("third-friend", "parent_card", value="250", on_refund="milestone")],
        **more,
    )


def credit(slot: str, recipient: str, *, value: str, on_refund: str = "while_met") -> dict[str, Any]:
    """A fixed number of points."""
    return {
        "slot": slot,
        "kind": "loyalty.credit",
        "recipient": recipient,
        "currency": "points",
        "on_refund": on_refund,
        "amount": {"kind": "loyalty.fixed", "value": value},
    }


def friends_of(referrer: Card, number: int) -> list[Card]:
    """Friends who registered on the first day."""
    friends = [make_card(referrer.program) for _ in range(number)]
    for friend in friends:
        refer(friend=friend, by=referrer, at=day(1))
    process_inbox()
    return friends


def buy(card: Card, *, at: datetime, key: str | None = None, total: str = "10.00") -> None:
    """A purchase, by default with the card's own key as its id."""
    record_purchase(card=card, external_id=key or str(card.external_id), total=total, occurred_at=at)
    process_inbox()


def refund(card: Card, *, at: datetime, key: str | None = None, amount: str | None = None) -> None:
    """Part or the rest of a purchase goes back."""
    record_refund(
        card=card,
        purchase_id=key or str(card.external_id),
        external_id=f"r{next(_refunds)}",
        amount=amount,
        occurred_at=at,
    )
    process_inbox()


def balance(card: Card) -> int:
    """Points in all."""
    return int(balance_of(card))


def stats(card: Card) -> tuple[int, int]:
    """Registered and qualified friends."""
    row = ReferrerStats.objects.get(card=card)
    return row.registered, row.qualified


def check_replay(program: Program) -> None:
    """S4: the recorded history run again comes to the same rewards and balances."""
    program.refresh_from_db()
    rules = load_program_rules(program)
    replayed = replay(program=program, rules=rules, campaigns=campaign_book(program))
    stored = sorted(Reward.objects.values_list("card_id", "granted", "reversed", "threshold"))
    assert (
        sorted((one.card_id, one.granted, one.reversed, one.threshold) for one in replayed.rewards) == stored
    )
    assert {state.pk: amount for state, _code, amount in replayed.balances(at=timezone.now())} == {
        card.pk: balance(card) for card in Card.objects.all()
    }


def test_s20_worked_example_5_every_third_friend(program: Program, referrer: Card) -> None:
    milestone(program)
    a, b, c, d = friends_of(referrer, 4)

    buy(a, at=day(2))
    buy(b, at=day(3))
    assert (stats(referrer), balance(referrer)) == ((4, 2), 0)
    buy(c, at=day(4))
    assert (stats(referrer), balance(referrer)) == ((4, 3), 250)

    refund(b, at=day(5))
    assert (stats(referrer), balance(referrer)) == ((4, 2), 0)

    buy(d, at=day(6))
    assert (stats(referrer), balance(referrer)) == ((4, 3), 250)

    refund(c, at=day(7))
    assert (stats(referrer), balance(referrer)) == ((4, 2), 0)

    assert list(Reward.objects.order_by("pk").values_list("threshold", "granted", "reversed")) == [
        (3, 250, 250),
        (3, 250, 250),
    ]
    check_replay(program)


def test_s20_each_multiple_is_a_milestone_of_its_own(program: Program, referrer: Card) -> None:
    milestone(program, number=2)
    friends = friends_of(referrer, 5)
    for number, friend in enumerate(friends):
        buy(friend, at=day(2 + number))
    assert balance(referrer) == 500

    refund(friends[0], at=day(10))
    assert balance(referrer) == 500
    refund(friends[1], at=day(11))
    assert balance(referrer) == 250
    refund(friends[2], at=day(12))
    refund(friends[3], at=day(13))
    assert balance(referrer) == 0

    assert set(Reward.objects.values_list("threshold", "granted", "reversed")) == {
        (2, 250, 250),
        (4, 250, 250),
    }
    check_replay(program)


def test_s20_a_second_purchase_keeps_the_friend_and_the_milestone(program: Program, referrer: Card) -> None:
    milestone(program, match="at", number=1)
    (friend,) = friends_of(referrer, 1)
    buy(friend, at=day(2), key="first")
    buy(friend, at=day(3), key="second")

    refund(friend, at=day(4), key="first")
    assert (stats(referrer), balance(referrer)) == ((1, 1), 250)

    refund(friend, at=day(5), key="second")
    assert (stats(referrer), balance(referrer)) == ((1, 0), 0)
    check_replay(program)


def test_s13_a_blocked_parents_friends_count_but_bring_no_milestone(program: Program, referrer: Card) -> None:
    milestone(program, number=2)
    a, b, c, d = friends_of(referrer, 4)
    buy(a, at=day(2))
    block_card(card=referrer, reason="Under review.", at=day(3))

    buy(b, at=day(4))
    assert (stats(referrer), balance(referrer)) == ((4, 2), 0)

    unblock_card(card=referrer, reason="All is well.", at=day(5))
    buy(c, at=day(6))
    assert (stats(referrer), balance(referrer)) == ((4, 3), 0)
    buy(d, at=day(7))
    assert (stats(referrer), balance(referrer)) == ((4, 4), 250)
    check_replay(program)


def test_s28_a_move_takes_no_milestone_back(program: Program, referrer: Card) -> None:
    milestone(program, number=2)
    a, b = friends_of(referrer, 2)
    buy(a, at=day(2))
    buy(b, at=day(3))
    other = make_card(program)

    move_card(card=a, parent=other, reason="Typed the wrong code.", at=day(4))
    refund(b, at=day(5), amount="1.00")

    assert (stats(referrer), stats(other)) == ((1, 1), (1, 1))
    assert (balance(referrer), balance(other)) == (250, 0)
    check_replay(program)


def test_the_core_first_purchase_pays_the_referrer(program: Program, referrer: Card) -> None:
    purchase_number = {
        "kind": "loyalty.purchase_number",
        "about": "card",
        "params": {"match": "first", "minimum_total": "0.01", "since": "link"},
    }
    publish(
        program,
        key="first-purchase-to-parent",
        trigger={"kind": "loyalty.purchase"},
        conditions=[[{"kind": "referrals.registered_via_link", "about": "card"}, purchase_number]],
        actions=[
            {
                "slot": "parent-share",
                "kind": "loyalty.credit",
                "recipient": "parent_card",
                "currency": "points",
                "amount": {"kind": "loyalty.percent", "of": "total", "percent": "10"},
            }
        ],
    )
    (friend,) = friends_of(referrer, 1)
    stranger = make_card(program)

    buy(stranger, at=day(2), total="500.00")
    buy(friend, at=day(2), key="1", total="100.00")
    buy(friend, at=day(3), key="2", total="100.00")
    assert (balance(referrer), balance(friend)) == (10, 0)

    refund(friend, at=day(4), key="1", amount="50.00")
    assert balance(referrer) == 5
    check_replay(program)


def test_registration_itself_can_be_rewarded_on_both_sides(program: Program, referrer: Card) -> None:
    publish(
        program,
        key="welcome",
        trigger={"kind": "referrals.referral_registered"},
        actions=[credit("friend", "card", value="20"), credit("referrer", "parent_card", value="50")],
    )

    (friend,) = friends_of(referrer, 1)

    assert (balance(friend), balance(referrer)) == (20, 50)
    check_replay(program)


def test_late_registration_qualifies_and_is_replayed(program: Program, referrer: Card) -> None:
    milestone(program, match="at", number=1)
    friend = make_card(program)
    buy(friend, at=day(3), key="1")
    buy(friend, at=day(4), key="2")

    refer(friend=friend, by=referrer, at=day(2))
    process_inbox()

    assert (stats(referrer), balance(referrer)) == ((1, 1), 250)
    refund(friend, at=day(5), key="1")
    assert balance(referrer) == 250
    refund(friend, at=day(6), key="2")
    assert (stats(referrer), balance(referrer)) == ((1, 0), 0)
    check_replay(program)


def test_s4_a_batch_comes_to_the_same(program: Program, referrer: Card) -> None:
    milestone(program, number=2)
    friends = [make_card(program) for _ in range(3)]
    for number, friend in enumerate(friends):
        refer(friend=friend, by=referrer, at=day(1))
        record_purchase(card=friend, external_id=number, total="10.00", occurred_at=day(2 + number))
    record_refund(card=friends[0], purchase_id=0, external_id="r", occurred_at=day(9))
    assert not ReferrerStats.objects.exists()

    assert process_inbox(program=program) == 7

    assert (stats(referrer), balance(referrer)) == ((3, 2), 250)
    assert not Event.objects.filter(status="pending").exists()
    check_replay(program)


def test_both_signals_are_sent_once_committed(program: Program, referrer: Card) -> None:
    with captured_signals("referral_registered", "referral_qualified") as told:
        (friend,) = friends_of(referrer, 1)
        buy(friend, at=day(2), key="1")
        buy(friend, at=day(3), key="2")
        refund(friend, at=day(4), key="1")
        refund(friend, at=day(4), key="2")
        buy(friend, at=day(5), key="3")

    assert [one.topic for one in told] == [
        "referral_registered",
        "referral_qualified",
        "referral_qualified",
    ]
    assert all(one.message == {"referee": friend.pk, "referrer": referrer.pk} for one in told)
    assert all((one.arguments["referee"], one.arguments["referrer"]) == (friend, referrer) for one in told)


def test_without_a_listener_no_message_is_written(program: Program, referrer: Card) -> None:
    friends_of(referrer, 1)

    assert not OutboxMessage.objects.exists()


def test_statistics_are_the_sum_of_the_referrals(program: Program, referrer: Card) -> None:
    friends = friends_of(referrer, 3)
    grandchild = make_card(program)
    refer(friend=grandchild, by=friends[0], at=day(1))
    process_inbox()
    for friend in (*friends[:2], grandchild):
        buy(friend, at=day(2))
    refund(friends[1], at=day(3))
    move_card(card=grandchild, parent=referrer, reason="Merged branches.")

    for row in ReferrerStats.objects.all():
        brought = Referral.objects.filter(referrer=row.card, counted=True)
        assert row.registered == brought.count()
        assert row.qualified == brought.filter(status="qualified").count()
    assert (stats(referrer), stats(friends[0])) == ((4, 2), (0, 0))
