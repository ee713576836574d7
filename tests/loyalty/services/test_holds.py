"""Spending in two steps."""

from datetime import timedelta

import pytest
from django.utils import timezone

from loyalty import selectors, services
from loyalty.exceptions import (
    CaptureTooLarge,
    EventConflict,
    EventPayloadInvalid,
    HoldExpired,
    InsufficientPoints,
    InvalidAmount,
    PastNotAllowed,
    SpendStateInvalid,
)
from loyalty.models import Event
from loyalty.testing import give_points

HOUR = timedelta(hours=1)


@pytest.fixture
def rich(card):
    """The card with 100 points."""
    give_points(card, 100)
    return card


def buckets(card, at=None):
    """Available and held."""
    balance = selectors.get_balances(card, at=at)["points"]
    return balance.available, balance.held


def test_held_points_are_set_aside(rich):
    hold = services.hold_points(card=rich, amount=40)

    assert (hold.status, hold.amount, hold.captured) == ("held", 40, 0)
    assert hold.expires_at == hold.occurred_at + timedelta(days=7)
    assert buckets(rich) == (60, 40)


def test_a_hold_ends_by_itself(rich):
    ends = timezone.now() + HOUR
    services.hold_points(card=rich, amount=40, expires_at=ends)

    assert buckets(rich, at=ends - timedelta(seconds=1)) == (60, 40)
    assert buckets(rich, at=ends) == (100, 0)


def test_what_is_held_is_not_there_to_spend(rich):
    services.hold_points(card=rich, amount=80)

    with pytest.raises(InsufficientPoints):
        services.spend_points(card=rich, amount=21)


def test_a_hold_is_captured(rich):
    hold = services.hold_points(card=rich, amount=40)

    captured = services.capture_hold(spend=hold)

    assert (captured.status, captured.captured) == ("spent", 40)
    assert buckets(rich) == (60, 0)


def test_part_of_a_hold_is_captured_and_the_rest_returns(rich):
    hold = services.hold_points(card=rich, amount=40)

    assert services.capture_hold(spend=hold, amount="15").captured == 15
    assert buckets(rich) == (85, 0)


def test_a_hold_is_voided(rich):
    hold = services.hold_points(card=rich, amount=40)

    assert services.void_hold(spend=hold).status == "voided"
    assert buckets(rich) == (100, 0)


@pytest.mark.parametrize(
    ("amount", "error"),
    [
        ("41", CaptureTooLarge),
        ("0", InvalidAmount),
        (-1, InvalidAmount),
        ("1.5", InvalidAmount),
        (1.5, InvalidAmount),
    ],
)
def test_a_wrong_capture_changes_nothing(rich, amount, error):
    hold = services.hold_points(card=rich, amount=40)
    events = Event.objects.count()

    with pytest.raises(error):
        services.capture_hold(spend=hold, amount=amount)

    hold.refresh_from_db()
    assert (hold.status, buckets(rich), Event.objects.count()) == ("held", (60, 40), events)


@pytest.mark.parametrize("first", [services.capture_hold, services.void_hold], ids=lambda step: step.__name__)
@pytest.mark.parametrize(
    "second", [services.capture_hold, services.void_hold], ids=lambda step: step.__name__
)
def test_a_hold_ends_once(rich, first, second):
    hold = services.hold_points(card=rich, amount=40)
    first(spend=hold)
    before = buckets(rich)

    with pytest.raises(SpendStateInvalid):
        second(spend=hold)

    assert buckets(rich) == before


@pytest.mark.parametrize("step", [services.capture_hold, services.void_hold], ids=lambda step: step.__name__)
def test_a_step_with_a_key_may_be_repeated(rich, step):
    hold = services.hold_points(card=rich, amount=40)

    assert step(spend=hold, key="s1") == step(spend=hold, key="s1")


def test_an_ended_hold_is_not_captured(rich):
    start = timezone.now() - 3 * HOUR
    give_points(rich, 1)
    hold = services.hold_points(card=rich, amount=40, at=start, expires_at=start + HOUR, allow_past=True)

    with pytest.raises((HoldExpired, SpendStateInvalid)):
        services.capture_hold(spend=hold)

    assert buckets(rich) == (101, 0)


def test_a_repeated_hold_keeps_the_end_of_the_first(rich, settings):
    first = services.hold_points(card=rich, amount=40, key="h1")
    settings.LOYALTY = {"HOLD_MINUTES": 5}

    assert services.hold_points(card=rich, amount=40, key="h1").expires_at == first.expires_at
    assert buckets(rich) == (60, 40)


def test_a_repeated_hold_with_another_end_is_a_conflict(rich):
    services.hold_points(card=rich, amount=40, key="h1")

    with pytest.raises(EventConflict):
        services.hold_points(card=rich, amount=40, key="h1", expires_at=timezone.now() + HOUR)


def test_an_end_has_a_time_zone(rich):
    with pytest.raises(EventPayloadInvalid):
        services.hold_points(card=rich, amount=40, expires_at=timezone.now().replace(tzinfo=None))

    assert buckets(rich) == (100, 0)


@pytest.mark.parametrize("step", [services.capture_hold, services.void_hold], ids=lambda step: step.__name__)
def test_s1_a_step_in_the_past_needs_the_permission_to_import(rich, step):
    hold = services.hold_points(card=rich, amount=40)

    with pytest.raises(PastNotAllowed):
        step(spend=hold, at=timezone.now() - HOUR)

    assert buckets(rich) == (60, 40)
