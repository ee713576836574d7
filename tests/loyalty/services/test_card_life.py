"""Blocking, closing, renumbering, and attributes."""

from datetime import timedelta

import pytest
from django.utils import timezone

from loyalty import selectors, services
from loyalty.exceptions import (
    CardBlocked,
    CardClosed,
    CardNotFound,
    EventPayloadInvalid,
    NumberTaken,
    ReasonRequired,
)
from loyalty.models import CardAttribute, CardNumber, CardStatusChange, Event
from loyalty.testing import balance_of, give_points, process_inbox
from tests.factories import UserFactory

CALLS = [services.block_card, services.unblock_card, services.close_card]


@pytest.mark.parametrize(
    ("call", "status"),
    [
        pytest.param(services.block_card, "blocked", id="block"),
        pytest.param(services.unblock_card, "active", id="unblock"),
        pytest.param(services.close_card, "closed", id="close"),
    ],
)
def test_a_change_of_status_keeps_who_and_why_beside_the_event(card, call, status):
    staff, at = UserFactory(), timezone.now()

    changed = call(card=card, reason="  They asked  ", actor=staff, at=at)

    assert (changed.status, changed.status_since) == (status, at)
    row = CardStatusChange.objects.get()
    assert (row.status, row.since, row.reason, row.actor) == (status, at, "They asked", staff)
    assert (row.event.payload, row.event.status) == ({}, "processed")


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.__name__)
@pytest.mark.parametrize("reason", ["", " \n"])
def test_staff_give_a_reason(card, call, reason):
    with pytest.raises(ReasonRequired):
        call(card=card, reason=reason)

    card.refresh_from_db()
    assert card.status == "active"
    assert CardStatusChange.objects.count() == 0


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.__name__)
def test_a_closed_card_stays_closed(card, call):
    services.close_card(card=card, reason="They asked")
    events = Event.objects.count()

    with pytest.raises(CardClosed):
        call(card=card, reason="Again")

    card.refresh_from_db()
    assert (card.status, Event.objects.count(), CardStatusChange.objects.count()) == ("closed", events, 1)


def test_a_blocked_card_does_not_spend_until_it_is_unblocked(card):
    give_points(card, 100)
    services.block_card(card=card, reason="Lost")

    with pytest.raises(CardBlocked):
        services.spend_points(card=card, amount=1)
    services.unblock_card(card=card, reason="Found")

    assert services.spend_points(card=card, amount=1).amount == 1


def test_s13_blocking_may_reach_back(card, ten_percent):
    """Blocked yesterday: what was bought since then earns nothing, what was bought before does."""
    services.block_card(card=card, reason="Stolen", at=timezone.now() - timedelta(days=1))
    now = timezone.now()

    services.record_purchase(card=card, external_id=1, total=100, occurred_at=now - timedelta(days=2))
    services.record_purchase(card=card, external_id=2, total=100, occurred_at=now)
    process_inbox()

    assert balance_of(card) == "10"


def test_nobody_is_blocked_in_the_future(card):
    with pytest.raises(EventPayloadInvalid):
        services.block_card(card=card, reason="Soon", at=timezone.now() + timedelta(hours=1))


# S30


def test_s30_the_old_number_finds_the_card_but_does_not_spend(card):
    old, at = card.number, timezone.now()

    new = services.replace_number(card=card, at=at)

    assert new.number != old
    assert CardNumber.objects.get(number=old).retired_at == at
    assert selectors.find_card(number=old) == card
    assert selectors.find_card(number=new.number, for_spending=True) == card
    with pytest.raises(CardNotFound):
        selectors.find_card(number=old, for_spending=True)


def test_a_card_is_given_a_number_of_choice(card):
    assert services.replace_number(card=card, number="loyal-0001").number == "10YA10001"


def test_a_taken_number_leaves_the_present_one(card, program):
    services.enrol_card(number="LOYAL-0001")
    before = card.number

    with pytest.raises(NumberTaken):
        services.replace_number(card=card, number="LOYAL-0001")

    assert card.numbers.values_list("number", "retired_at").get() == (before, None)


def test_a_closed_card_gets_no_number(card):
    services.close_card(card=card, reason="They asked")

    with pytest.raises(CardClosed):
        services.replace_number(card=card)


def test_who_renumbered_is_logged_without_any_number(card, caplog):
    caplog.set_level("INFO", logger="loyalty.audit")
    staff = UserFactory()

    issued = services.replace_number(card=card, actor=staff)

    (record,) = caplog.records
    assert record.getMessage() == f"Card {card.pk} got another number, by user {staff.pk}."
    assert issued.number not in record.getMessage()


# S37


def test_s37_each_moment_keeps_its_value(card):
    now = timezone.now()
    services.set_attribute(card=card, name="region", value="north", since=now - timedelta(days=2))
    services.set_attribute(card=card, name="region", value="south", since=now)
    services.set_attribute(card=card, name="region", value="west", since=now)

    assert list(CardAttribute.objects.values_list("since", "value")) == [
        (now - timedelta(days=2), "north"),
        (now, "west"),
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("a b", "1"),
        ("", "1"),
        ("x" * 65, "1"),
        ("region", None),
        ("region", True),
        ("region", "a\nb"),
        ("a", "x" * 256),
    ],
)
def test_a_wrong_attribute_is_not_stored(card, name, value):
    with pytest.raises(EventPayloadInvalid):
        services.set_attribute(card=card, name=name, value=value)

    assert CardAttribute.objects.count() == 0
