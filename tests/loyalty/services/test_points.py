"""Spending at once, cancelling, adjusting; keys and moments of calls."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone

from loyalty import services
from loyalty.exceptions import (
    CardBlocked,
    CardClosed,
    CurrencyNotFound,
    CurrencyNotSpendable,
    EventConflict,
    EventPayloadInvalid,
    InsufficientPoints,
    PastNotAllowed,
    SpendNotFound,
    SpendStateInvalid,
)
from loyalty.models import Adjustment, Event, LedgerEntry, Spend
from loyalty.testing import balance_of, give_points
from tests.factories import CurrencyFactory, EventFactory

HOUR = timedelta(hours=1)


@pytest.fixture
def rich(card):
    """The card with 100 points."""
    give_points(card, 100)
    return card


def rows():
    """All that a call writes."""
    return [model.objects.count() for model in (Event, Spend, LedgerEntry, Adjustment)]


def test_spending_draws_points(rich):
    spend = services.spend_points(card=rich, amount="40")

    assert (spend.amount, spend.captured, spend.status) == (40, 40, "spent")
    assert spend.key == f"loyalty/{spend.event.key}"
    assert balance_of(rich) == "60"


@pytest.mark.parametrize("amount", [40, "40", "40.0", Decimal("40"), Decimal("4E1")])
def test_an_amount_may_be_int_text_or_decimal(rich, amount):
    assert services.spend_points(card=rich, amount=amount).amount == 40


@pytest.mark.parametrize(
    "amount", [0, -1, "1.5", 1.5, float("nan"), True, None, "", "1e3", "٣", Decimal("NaN"), 10**15]
)
def test_what_is_no_amount_changes_nothing(rich, amount):
    before = rows()

    with pytest.raises(EventPayloadInvalid):
        services.spend_points(card=rich, amount=amount)

    assert (rows(), balance_of(rich)) == (before, "100")


def test_more_than_there_is_changes_nothing(rich):
    before = rows()

    with pytest.raises(InsufficientPoints) as refused:
        services.spend_points(card=rich, amount=101)

    assert refused.value.details == {"asked": "101", "available": "100"}
    assert (rows(), balance_of(rich)) == (before, "100")


@pytest.mark.parametrize(
    ("end", "error"), [(services.block_card, CardBlocked), (services.close_card, CardClosed)]
)
def test_only_an_active_card_spends(rich, end, error):
    end(card=rich, reason="Because")
    before = rows()

    with pytest.raises(error):
        services.spend_points(card=rich, amount=1)

    assert (rows(), balance_of(rich)) == (before, "100")


def test_the_currency_is_named_when_several_can_be_spent(rich):
    CurrencyFactory(program=rich.program, code="credit", decimals=2)

    with pytest.raises(CurrencyNotFound):
        services.spend_points(card=rich, amount=1)
    assert services.spend_points(card=rich, amount=1, currency="points").amount == 1


def test_an_unknown_currency(rich):
    with pytest.raises(CurrencyNotFound):
        services.spend_points(card=rich, amount=1, currency="gold")


def test_status_points_are_not_spent(rich):
    CurrencyFactory(program=rich.program, status_only=True)
    services.adjust_balance(card=rich, amount=5, currency="status", reason="Welcome")

    with pytest.raises(CurrencyNotSpendable):
        services.spend_points(card=rich, amount=1, currency="status")


# Keys


def test_a_repeat_with_the_same_key_gives_the_same_spend(rich):
    first = services.spend_points(card=rich, amount=40, key="till-1")
    before = rows()

    assert services.spend_points(card=rich, amount=40, key="till-1") == first
    assert services.spend_points(card=rich, amount="40", key="till-1", at=first.occurred_at) == first
    assert (rows(), balance_of(rich)) == (before, "60")


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"amount": 41}, id="amount"),
        pytest.param({"at": -30}, id="moment"),
    ],
)
def test_the_same_key_with_other_content_is_a_conflict(rich, other):
    services.spend_points(card=rich, amount=40, key="till-1")
    if "at" in other:
        other = {"at": timezone.now() + timedelta(seconds=other["at"])}

    with pytest.raises(EventConflict):
        services.spend_points(**{"card": rich, "amount": 40, "key": "till-1"} | other)

    assert balance_of(rich) == "60"


def test_a_key_used_for_another_card_is_a_conflict(rich):
    other = services.enrol_card(external_id="boris")
    give_points(other, 100)
    services.spend_points(card=rich, amount=40, key="till-1")

    with pytest.raises(EventConflict):
        services.spend_points(card=other, amount=40, key="till-1")


def test_a_key_is_the_sources_own(rich):
    services.spend_points(card=rich, amount=40, key="1", source="till-1")

    assert services.spend_points(card=rich, amount=40, key="1", source="till-2").key == "till-2/1"
    assert balance_of(rich) == "20"


def test_a_refused_call_leaves_its_key_free(rich):
    with pytest.raises(InsufficientPoints):
        services.spend_points(card=rich, amount=150, key="till-1")
    give_points(rich, 100)

    assert services.spend_points(card=rich, amount=150, key="till-1").amount == 150


@pytest.mark.parametrize(
    "wrong", [{"key": ""}, {"key": "x" * 201}, {"key": "a\0"}, {"source": "a/b"}, {"source": ""}]
)
def test_a_wrong_key_or_source(rich, wrong):
    with pytest.raises(EventPayloadInvalid):
        services.spend_points(card=rich, amount=1, **wrong)


# Moments


def test_s1_the_past_needs_the_permission_to_import(rich):
    now = timezone.now()

    with pytest.raises(PastNotAllowed):
        services.spend_points(card=rich, amount=1, at=now - HOUR)
    spend = services.spend_points(card=rich, amount=1, at=now - HOUR, allow_past=True)

    assert spend.occurred_at == now - HOUR


def test_a_clock_may_differ_by_a_minute(rich):
    for seconds in (-50, 50):
        services.spend_points(card=rich, amount=1, at=timezone.now() + timedelta(seconds=seconds))

    assert balance_of(rich, at=timezone.now() + HOUR) == "98"


@pytest.mark.parametrize("allow_past", [False, True])
def test_the_future_would_expire_points_for_good(rich, allow_past):
    with pytest.raises(EventPayloadInvalid) as refused:
        services.spend_points(card=rich, amount=1, at=timezone.now() + HOUR, allow_past=allow_past)

    assert refused.value.details[0]["code"] == "in_the_future"


def test_a_moment_has_a_time_zone(rich):
    with pytest.raises(EventPayloadInvalid):
        services.spend_points(card=rich, amount=1, at=timezone.now().replace(tzinfo=None))


# Cancelling


def test_a_cancelled_spend_gives_its_points_back(rich):
    spend = services.spend_points(card=rich, amount=40)

    assert services.cancel_spend(spend=spend).status == "cancelled"
    assert balance_of(rich) == "100"


def test_a_spend_is_cancelled_once(rich):
    spend = services.spend_points(card=rich, amount=40)
    services.cancel_spend(spend=spend)

    with pytest.raises(SpendStateInvalid):
        services.cancel_spend(spend=spend)

    assert balance_of(rich) == "100"


def test_cancelling_with_a_key_may_be_repeated(rich):
    spend = services.spend_points(card=rich, amount=40)

    assert services.cancel_spend(spend=spend, key="c1") == services.cancel_spend(spend=spend, key="c1")


def test_a_spend_that_a_file_brought_in_vain(rich):
    """The key is known as an event, but the spending was refused when the file was processed."""
    event = EventFactory(card=rich, kind="loyalty.spend", source="loyalty", key="till-1")
    event.payload = {"currency": "points", "amount": "40"}
    event.body_hash = Event.objects.first().body_hash
    event.save()

    with pytest.raises((SpendNotFound, EventConflict)):
        services.spend_points(card=rich, amount=40, key="till-1", at=event.occurred_at, allow_past=True)


# Within the host's transaction


def test_a_call_is_undone_with_the_callers_transaction(rich):
    before = rows()

    with transaction.atomic():
        services.spend_points(card=rich, amount=40)
        transaction.set_rollback(True)

    assert (rows(), balance_of(rich)) == (before, "100")


def test_a_refusal_leaves_the_callers_transaction_usable(rich):
    with transaction.atomic():
        with pytest.raises(InsufficientPoints):
            services.spend_points(card=rich, amount=101)
        services.spend_points(card=rich, amount=1)

    assert balance_of(rich) == "99"
