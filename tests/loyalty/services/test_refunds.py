"""Refunds at the door; what they take back is the engine's business."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from loyalty import services
from loyalty.exceptions import CardNotFound, EventConflict, EventPayloadInvalid
from loyalty.models import Event, Purchase, Refund
from loyalty.services.parked import wake_parked
from loyalty.testing import balance_of, process_inbox


@pytest.fixture
def bought(card, ten_percent):
    """A purchase of 100.00 with 10 points."""
    services.record_purchase(card=card, external_id=1, total=100, lines=[{"amount": 60}, {"amount": 40}])
    process_inbox()
    return Purchase.objects.get()


@pytest.mark.parametrize(
    ("what", "remaining", "points"),
    [
        pytest.param({}, 0, "0", id="all"),
        pytest.param({"amount": "50.25"}, 4_975, "4", id="amount"),
        pytest.param({"lines": [{"position": 1}]}, 6_000, "6", id="line"),
        pytest.param({"lines": [{"position": 0, "amount": 10}]}, 9_000, "9", id="part-of-line"),
    ],
)
def test_a_refund(card, bought, what, remaining, points):
    recorded = services.record_refund(purchase_id=1, external_id="r1", **what)
    process_inbox()

    bought.refresh_from_db()
    assert (bought.remaining, balance_of(card)) == (remaining, points)
    assert (recorded.outcome, recorded.purchase) == ("applied", bought)
    assert Event.objects.get(kind="loyalty.refund").card == card


def test_a_repeat_changes_nothing(card, bought):
    for _delivery in range(3):
        services.record_refund(purchase_id=1, external_id="r1", amount=50)
        process_inbox()

    assert (Refund.objects.count(), balance_of(card)) == (1, "5")


def test_the_same_id_with_other_content_is_a_conflict(bought):
    services.record_refund(purchase_id=1, external_id="r1", amount=50)

    with pytest.raises(EventConflict):
        services.record_refund(purchase_id=1, external_id="r1", amount=51)


def test_more_than_is_left_is_recorded_and_refused(card, bought):
    recorded = services.record_refund(purchase_id=1, external_id="r1", amount=101)
    process_inbox()

    bought.refresh_from_db()
    assert (recorded.outcome, bought.remaining, balance_of(card)) == ("refund_too_large", 10_000, "10")


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": 0},
        {"amount": -1},
        {"amount": 1.5},
        {"amount": 1, "lines": [{"position": 0}]},
        {"lines": [{"position": -1}]},
        {"lines": [{"position": 0}, {"position": 0}]},
        {"purchase_id": ""},
        {"external_id": ""},
    ],
)
def test_a_wrong_refund_is_refused(bought, wrong):
    with pytest.raises(EventPayloadInvalid):
        services.record_refund(**{"purchase_id": 1, "external_id": "r1"} | wrong)

    assert not Event.objects.filter(kind="loyalty.refund").exists()


def test_a_card_that_is_named_must_be_the_buyers(bought):
    stranger = services.enrol_card(external_id="boris")

    recorded = services.record_refund(purchase_id=1, external_id="r1", card=stranger)
    process_inbox()

    bought.refresh_from_db()
    assert (recorded.outcome, bought.remaining) == ("purchase_not_found", 10_000)


def test_an_unknown_card_is_refused(bought):
    with pytest.raises(CardNotFound):
        services.record_refund(purchase_id=1, external_id="r1", card="nobody")


# Before its purchase (S32)


def test_s32_a_refund_before_its_purchase_waits_and_blocks_nothing(card, ten_percent):
    early = services.record_refund(purchase_id=1, external_id="r1", amount=50)
    process_inbox()
    assert (Event.objects.get(pk=early.event_id).status, early.created) == ("parked", True)

    services.record_purchase(card=card, external_id=2, total=10)
    process_inbox()
    assert balance_of(card) == "1"

    services.record_purchase(card=card, external_id=1, total=100)
    process_inbox()
    assert balance_of(card) == "6"
    event = Event.objects.get(pk=early.event_id)
    assert (event.status, event.card) == ("processed", card)


def test_s32_a_repeat_of_an_early_refund_is_known_before_and_after(card, ten_percent):
    first = services.record_refund(purchase_id=1, external_id="r1", amount=50)
    again = services.record_refund(purchase_id=1, external_id="r1", amount=50)
    services.record_purchase(card=card, external_id=1, total=100)
    recorded = services.record_refund(purchase_id=1, external_id="r1", amount=50)
    process_inbox()
    after = services.record_refund(purchase_id=1, external_id="r1", amount=50)

    assert {one.event_id for one in (first, again, recorded, after)} == {first.event_id}
    assert [one.created for one in (first, again, recorded, after)] == [True, False, False, False]
    assert (Refund.objects.count(), balance_of(card)) == (1, "5")


def test_a_refund_right_after_its_purchase_finds_the_buyer_before_processing(card):
    services.record_purchase(card=card, external_id=1, total=100)

    services.record_refund(purchase_id=1, external_id="r1")

    assert Event.objects.get(kind="loyalty.refund").card == card


@pytest.fixture
def overlooked(card, ten_percent):
    """A refund parked in a transaction that the processing of its purchase could not see."""
    early = services.record_refund(purchase_id=1, external_id="r1", amount=50)
    Event.objects.filter(pk=early.event_id).update(status="failed")  # out of sight
    services.record_purchase(card=card, external_id=1, total=100)
    process_inbox()
    Event.objects.filter(pk=early.event_id).update(status="parked")
    return early


def test_an_overlooked_refund_is_woken(card, overlooked):
    assert wake_parked() == 1
    process_inbox()

    assert (overlooked.outcome, balance_of(card)) == ("applied", "5")
    assert wake_parked() == 0


def test_the_sweep_wakes_an_overlooked_refund(card, overlooked):
    assert services.sweep().woken == 1
    process_inbox()

    assert balance_of(card) == "5"


@pytest.mark.django_db(transaction=True)
def test_a_parked_refund_looks_again_when_it_is_committed(card, ten_percent, monkeypatch):
    """Its purchase is recorded and processed between the look for it and the commit."""
    real = services.purchases._buyer_of

    def look_too_early(*args):
        monkeypatch.setattr(services.purchases, "_buyer_of", real)
        found = real(*args)
        assert found is None
        return found

    monkeypatch.setattr(services.purchases, "_buyer_of", look_too_early)
    with transaction.atomic():
        recorded = services.record_refund(purchase_id=1, external_id="r1", amount=50)
        event = Event.objects.get(pk=recorded.event_id)
        Event.objects.filter(pk=event.pk).update(status="failed")
        services.record_purchase(card=card, external_id=1, total=100)
        services.process_inbox()
        Event.objects.filter(pk=event.pk).update(status="parked")

    assert (recorded.outcome, balance_of(card)) == ("applied", "5")


def test_a_refund_without_a_purchase_goes_on_waiting(program):
    services.record_refund(purchase_id=1, external_id="r1", occurred_at=timezone.now() - timedelta(days=1))

    assert wake_parked() == 0
    assert services.sweep().woken == 0
    assert Event.objects.get().status == "parked"
