"""Corrections by staff."""

import pytest

from loyalty import services
from loyalty.exceptions import (
    EventPayloadInvalid,
    InsufficientPoints,
    ReasonRequired,
)
from loyalty.models import Adjustment, Event, LedgerEntry, Spend, Wallet
from loyalty.testing import balance_of, give_points
from tests.factories import UserFactory


@pytest.fixture
def rich(card):
    """The card with 100 points."""
    give_points(card, 100)
    return card


def rows():
    """All that a call writes."""
    return [model.objects.count() for model in (Event, Spend, LedgerEntry, Adjustment)]


def test_an_adjustment_keeps_who_and_why_beside_the_books(card):
    staff = UserFactory()

    made = services.adjust_balance(card=card, amount=100, reason=" Late delivery ", actor=staff)

    assert (made.amount, made.reason, made.actor) == (100, "Late delivery", staff)
    assert made.event.payload == {"currency": "points", "amount": "100"}
    assert balance_of(card) == "100"


def test_an_adjustment_takes_away_what_is_there(rich):
    services.adjust_balance(card=rich, amount="-30", reason="Mistake")

    assert balance_of(rich) == "70"
    with pytest.raises(InsufficientPoints):
        services.adjust_balance(card=rich, amount=-71, reason="Mistake")
    assert balance_of(rich) == "70"


def test_an_adjustment_needs_a_reason(card):
    with pytest.raises(ReasonRequired):
        services.adjust_balance(card=card, amount=100, reason="")

    assert not Wallet.objects.exists()


def test_an_adjustment_of_nothing_is_refused(card):
    before = rows()

    with pytest.raises(EventPayloadInvalid):
        services.adjust_balance(card=card, amount=0, reason="Why not")

    assert rows() == before


def test_a_repeated_adjustment_keeps_the_first_reason(card):
    first = services.adjust_balance(card=card, amount=100, reason="First", key="a1")

    assert services.adjust_balance(card=card, amount=100, reason="Second", key="a1") == first
    first.refresh_from_db()
    assert (first.reason, balance_of(card)) == ("First", "100")
