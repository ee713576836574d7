"""S32: a failing event holds up its own card alone, and steps aside when it has failed often enough."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from loyalty.models import Card, CardQueue, Event, Program
from loyalty.processing.process import count_pending, process_pending
from loyalty.services.purchases import record_purchase
from loyalty.signals import reward_granting
from tests.concurrency.shop import START, fill_inbox, hand_out_cards, open_shop, percent_to, purchase

pytestmark = [pytest.mark.django_db(transaction=True)]

BAD = "13.00"


@pytest.fixture
def program(db: None) -> Program:
    """The whole of each purchase comes back as points."""
    return open_shop("failing", percent_to("card", percent="100"))


@pytest.fixture(autouse=True)
def superstition() -> Iterator[None]:
    """A host's receiver that raises for a reward of 13 points."""

    def refuse(amount: str, **_arguments: object) -> None:
        if amount == "13":
            raise RuntimeError("Not thirteen!")

    reward_granting.connect(refuse)
    yield
    reward_granting.disconnect(refuse)


def process_after_the_delay(program: Program) -> None:
    """As if the time had passed for which a card was put off."""
    CardQueue.objects.update(retry_at=None)
    process_pending(program=program)


def statuses(card: Card) -> list[str]:
    """The statuses of a card's events in order."""
    return list(Event.objects.filter(card=card).order_by("pk").values_list("status", flat=True))


def test_s32_a_failing_event_blocks_its_own_card_until_its_fifth_attempt(program: Program) -> None:
    one, other = hand_out_cards(program, count=2)
    later = START + timedelta(hours=1)
    events = [purchase(one, "bad", total=BAD), purchase(one, "good", at=later), purchase(other, "other")]
    fill_inbox(program, events)

    waits = []
    for attempt in range(1, 5):
        before = timezone.now()
        process_after_the_delay(program)
        assert (statuses(one), statuses(other)) == (["pending", "pending"], ["processed"])
        bad = Event.objects.get(key="bad")
        assert (bad.attempts, bad.error) == (attempt, "RuntimeError: Not thirteen!")
        retry_at = CardQueue.objects.get(card=one).retry_at
        assert retry_at is not None
        waits.append(round((retry_at - before).total_seconds(), -1))
    assert waits == [10, 60, 300, 1_800]

    process_after_the_delay(program)

    assert statuses(one) == ["failed", "processed"]
    assert Event.objects.get(key="bad").attempts == 5
    assert CardQueue.objects.get(card=one).retry_at is None
    assert count_pending(program=program) == 0


def test_s32_a_failing_batch_is_halved_until_the_bad_event_stands_alone(program: Program) -> None:
    cards = hand_out_cards(program, count=100)
    fill_inbox(
        program, [purchase(card, f"{n}", total=BAD if n == 37 else "7.00") for n, card in enumerate(cards)]
    )

    assert process_pending(program=program) == 100

    assert statuses(cards[37]) == ["pending"]
    assert Event.objects.filter(status="processed").count() == 99
    assert list(Event.objects.exclude(attempts=0).values_list("key", "attempts")) == [("37", 1)]


def test_s32_several_bad_events_are_each_found(program: Program) -> None:
    cards = hand_out_cards(program, count=64)
    bad = {3, 4, 31, 63}
    events = [purchase(card, f"{n}", total=BAD if n in bad else "7.00") for n, card in enumerate(cards)]
    fill_inbox(program, events)

    process_pending(program=program, batch_size=32)

    failed = Event.objects.filter(status="pending", attempts=1).values_list("key", flat=True)
    assert {int(key) for key in failed} == bad
    assert Event.objects.filter(status="processed", attempts=0).count() == 60


def test_s32_a_card_that_is_put_off_holds_up_no_checkout(program: Program) -> None:
    (card,) = hand_out_cards(program, count=1)
    assert record_purchase(card=card, external_id="bad", total=BAD).outcome == ""

    started = time.monotonic()
    told = record_purchase(card=card, external_id="next", total="7.00")

    assert told.outcome == ""
    assert time.monotonic() - started < 1  # nobody waits CLAIM_WAIT_SECONDS for what nobody holds
    assert statuses(card) == ["pending", "pending"]
