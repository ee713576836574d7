"""Late and out-of-order events: whoever chooses when to tell gains nothing by it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from django.utils import timezone

from loyalty import services
from loyalty.exceptions import EventPayloadInvalid, PastNotAllowed
from loyalty.models import Event, Purchase, Refund
from loyalty.testing import balance_of, process_inbox
from referrals.services import get_link, register_via_link
from tests.loyalty.rules.engine import World, credit, on_purchase

AT = datetime(2025, 3, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

needs_database = pytest.mark.django_db


@needs_database
@pytest.mark.parametrize("order", list(permutations(["buy", "part", "rest"])), ids=" ".join)
def test_late_and_out_of_order_events_a_refund_before_its_purchase_waits_for_it(card, ten_percent, order):
    tell = {
        "buy": lambda: services.record_purchase(card=card, external_id="p", total="100.00", occurred_at=AT),
        "part": lambda: services.record_refund(
            purchase_id="p", external_id="r1", amount="40.00", occurred_at=AT + HOUR
        ),
        "rest": lambda: services.record_refund(purchase_id="p", external_id="r2", occurred_at=AT + 2 * HOUR),
    }

    for step in order:
        tell[step]()
        process_inbox()

    assert balance_of(card) == "0"
    assert Purchase.objects.get().remaining == 0
    told_wrongly = order.index("rest") < order.index("part") and order.index("buy") < order.index("part")
    assert Refund.objects.count() == (1 if told_wrongly else 2)
    assert not Event.objects.exclude(status="processed").exists()


@needs_database
def test_late_and_out_of_order_events_a_refund_of_nothing_waits_and_harms_nobody(card, ten_percent):
    for number in range(3):
        services.record_refund(purchase_id="never", external_id=number, amount="1.00", occurred_at=AT)
    services.record_purchase(card=card, external_id="p", total="100.00", occurred_at=AT)
    process_inbox()

    assert balance_of(card) == "10"
    assert set(Event.objects.filter(kind="loyalty.refund").values_list("status", flat=True)) == {"parked"}


@needs_database
def test_late_and_out_of_order_events_refunds_that_wait_take_no_more_than_there_was(card, ten_percent):
    for number in range(3):
        services.record_refund(
            purchase_id="p", external_id=number, amount="40.00", occurred_at=AT + number * HOUR
        )
    services.record_purchase(card=card, external_id="p", total="100.00", occurred_at=AT)
    process_inbox()

    assert balance_of(card) == "2"
    assert Purchase.objects.get().remaining == 2_000
    assert Refund.objects.count() == 2


@needs_database
@pytest.mark.parametrize(
    "ahead", [2 * DAY, 366 * DAY, timedelta(days=36_500)], ids=["days", "year", "century"]
)
@pytest.mark.parametrize("what", ["purchase", "refund", "enrolment", "attribute"])
def test_events_dated_in_the_future_are_refused(rich, stored, what, ahead):
    """A wallet's clock never runs back: one such event would expire all points of its card for good."""
    at, before = timezone.now() + ahead, stored()
    tell: dict[str, Any] = {
        "purchase": lambda: services.record_purchase(
            card=rich, external_id="p", total="1.00", occurred_at=at
        ),
        "refund": lambda: services.record_refund(purchase_id="p", external_id="r", occurred_at=at),
        "enrolment": lambda: services.enrol_card(external_id="new", at=at),
        "attribute": lambda: services.set_attribute(card=rich, name="plan", value="x", since=at),
    }

    with pytest.raises(EventPayloadInvalid) as refusal:
        tell[what]()

    assert [problem["code"] for problem in refusal.value.details] == ["in_the_future"]
    assert (stored(), balance_of(rich)) == (before, "100")


@needs_database
@pytest.mark.parametrize("minutes", [2, 60 * 24])
def test_calls_dated_in_the_future_are_refused(rich, stored, minutes):
    at, before = timezone.now() + timedelta(minutes=minutes), stored()

    for call in (services.spend_points, services.hold_points):
        with pytest.raises(EventPayloadInvalid):
            call(card=rich, amount=1, at=at, allow_past=True)
    for act in (services.block_card, services.unblock_card, services.close_card):
        with pytest.raises(EventPayloadInvalid):
            act(card=rich, reason="test", at=at)

    assert stored() == before


@needs_database
def test_late_calls_need_a_permission(rich, stored):
    """A spend dated back to before points expired would bring them back."""
    before = stored()

    for call in (services.spend_points, services.hold_points):
        with pytest.raises(PastNotAllowed):
            call(card=rich, amount=1, at=timezone.now() - HOUR)

    assert stored() == before


@needs_database
def test_late_spends_do_not_reach_points_that_have_expired_since(program):
    """Even with the permission to import: the wallet's clock has passed (S1)."""
    program.currencies.update(validity="P30D")
    program.refresh_from_db()
    card = services.enrol_card(program=program, external_id="x", at=AT - DAY)
    services.adjust_balance(card=card, amount=100, reason="test", at=AT, allow_past=True)
    services.adjust_balance(card=card, amount=1, reason="test", at=AT + 40 * DAY, allow_past=True)

    with pytest.raises(Exception, match="Not enough points") as refusal:
        services.spend_points(card=card, amount=100, at=AT + DAY, allow_past=True)

    assert refusal.value.details == {"asked": "100", "available": "1"}


def test_late_events_at_one_instant_for_two_cards_share_one_limit():
    """The last unit of a budget goes to whoever came first in the inbox, and only to one."""
    limit = {"per": "campaign", "measure": "amount", "max": "15"}
    world = World(on_purchase(credit("10"), limits=[limit]), cards=2)

    world.buy("100.00", card=2)
    world.buy("100.00", card=1)

    assert [(reward.card_id, reward.granted) for reward in world.rewards] == [(2, 10), (1, 5)]


@needs_database
def test_late_events_at_one_instant_make_one_first_purchase(card):
    """Two purchases in the same microsecond: the first of the inbox is the first."""
    definition = on_purchase(
        credit("10"),
        conditions=[[{"kind": "loyalty.purchase_number", "params": {"match": "first"}}]],
        key="c",
    )
    campaign = services.save_draft(program=card.program, definition=definition)
    services.publish_campaign(campaign=campaign, effective_from=AT - DAY, allow_past=True)

    for total in ("100.00", "900.00"):
        services.record_purchase(card=card, external_id=total, total=total, occurred_at=AT)
    process_inbox()

    assert balance_of(card) == "10"


@needs_database
def test_late_events_a_link_told_after_the_purchase_counts_what_was_bought_since_once(program):
    referrer, friend = (services.enrol_card(program=program, external_id=name, at=AT) for name in ("a", "b"))
    code = get_link(card=referrer).code
    services.record_purchase(card=friend, external_id="p", total="10.00", occurred_at=AT + DAY)
    process_inbox()

    made = register_via_link(card=friend, code=code, at=AT + HOUR)
    process_inbox()

    made.refresh_from_db()
    assert (made.status, made.qualified_at) == ("qualified", AT + DAY)
    assert Event.objects.filter(kind="referrals.referral_qualified").count() == 1


def test_late_events_told_in_any_order_fill_the_months_they_belong_to():
    """A limit of one a month: a purchase of January told in March does not take March's place."""
    limit = {"per": "recipient", "measure": "times", "max": "1", "period": "month"}
    moments = [AT, AT - 59 * DAY, AT - 28 * DAY]
    for order in permutations(moments):
        world = World(on_purchase(credit("10"), limits=[limit]))
        for at in order:
            world.buy("100.00", at=at)
            world.buy("100.00", at=at)

        assert sorted(reward.occurred_at for reward in world.rewards) == sorted(moments)
