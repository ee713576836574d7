"""Enrolment and the outbox with real connections at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from loyalty import services, signals
from loyalty.models import Card, CardNumber, CardQueue, Event, OutboxMessage
from loyalty.processing import outbox
from loyalty.services import NewCard
from tests.factories import OutboxMessageFactory, UserFactory

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

WORKERS = 8


def at_once(call: Callable[[int], object]) -> list:
    """What each of several threads got from the call, all let loose together."""
    barrier = Barrier(WORKERS)

    def run(number: int) -> object:
        try:
            barrier.wait()
            return call(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(run, range(WORKERS)))


@pytest.mark.parametrize("by", ["user", "external_id", "both"])
def test_s36_two_sign_ups_at_once_are_one_card(program, by):
    user = UserFactory()
    named = {
        "user": {"user": user},
        "external_id": {"external_id": "anna"},
        "both": {"user": user, "external_id": "anna"},
    }[by]

    cards = at_once(lambda _number: services.enrol_card(**named))

    assert len(set(cards)) == 1
    assert [model.objects.count() for model in (Card, CardNumber, CardQueue, Event)] == [1, 1, 1, 1]


def test_two_imports_of_one_file_at_once_enrol_each_card_once(program):
    items = [NewCard(str(number)) for number in range(40)]

    # Half of them read it backwards.
    answers = at_once(lambda number: services.enrol_cards(items=items[:: (-1) ** number]))

    assert all(answer == answers[0] for answer in answers)
    assert [model.objects.count() for model in (Card, CardNumber, CardQueue, Event)] == [40, 40, 40, 40]


def test_two_numbers_at_once_leave_one_current(card):
    at_once(lambda _number: services.replace_number(card=card))

    assert card.numbers.filter(retired_at=None).count() == 1
    assert card.numbers.count() == WORKERS + 1


def test_several_relays_send_each_message_once(program, monkeypatch):
    signal = signals.LoyaltySignal(name="test_topic", kind="after", doc="For tests.")
    monkeypatch.setitem(signals.TOPICS, "test_topic", signal)
    OutboxMessageFactory.create_batch(60, topic="test_topic", program=program)
    got: list[int] = []
    signal.connect(lambda message_id, **_arguments: got.append(message_id), weak=False)

    sent = at_once(lambda _number: outbox.relay())

    assert (sum(sent), len(got), len(set(got))) == (60, 60, 60)
    assert not OutboxMessage.objects.filter(sent_at=None).exists()
