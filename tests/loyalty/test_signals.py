"""Signals: the host's reach us and cannot be harmed; ours are told once committed and cannot harm."""

import logging

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection, transaction
from django.dispatch import Signal

from loyalty import services, signals
from loyalty.models import Card, CardQueue, Event, OutboxMessage, Purchase
from loyalty.testing import balance_of, captured_signals, process_inbox
from tests.factories import UserFactory

SENDER = object()


# What every signal says of itself


@pytest.mark.parametrize("signal", signals.SIGNALS, ids=lambda signal: signal.name)
def test_every_signal_has_a_manual(signal):
    assert signal is getattr(signals, signal.name)
    assert signal.kind in ("in", "inside", "after")
    assert signal.summary.endswith((".", ":")) or len(signal.summary) > 20
    assert "Arguments:" in signal.__doc__
    assert "not sent" in signal.__doc__.lower()


def test_after_signals_are_the_topics():
    after = {signal.name: signal for signal in signals.SIGNALS if signal.kind == "after"}

    assert after.items() <= signals.TOPICS.items()


def test_a_topic_is_registered_once_and_after_commit_only():
    with pytest.raises(ValueError, match="twice"):
        signals.register_topic(signals.LoyaltySignal(name="reward_granted", kind="after", doc="x"))
    with pytest.raises(ValueError, match="not sent after"):
        signals.register_topic(signals.LoyaltySignal(name="other", kind="inside", doc="x"))
    assert signals.register_topic(signals.reward_granted) is signals.reward_granted
    assert "other" not in signals.TOPICS


def test_topics_with_a_receiver():
    assert "reward_granted" not in signals.subscribed_topics()
    with captured_signals("reward_granted"):
        assert "reward_granted" in signals.subscribed_topics()
    assert "reward_granted" not in signals.subscribed_topics()


# In


def send(signal, **arguments):
    """As a host does: `send`, which lets exceptions of receivers through."""
    return [answer for _receiver, answer in signal.send(SENDER, **arguments)]


def test_a_completed_purchase_is_recorded(card, ten_percent):
    (recorded,) = send(signals.purchase_completed, card=card, external_id=1, total="100.00")
    process_inbox()

    assert (recorded.created, recorded.outcome, balance_of(card)) == (True, "applied", "10")


def test_a_refunded_purchase_is_recorded(card, ten_percent):
    send(signals.purchase_completed, card=card, external_id=1, total="100.00")
    send(signals.purchase_refunded, purchase_id=1, external_id="r1", amount=50)
    process_inbox()

    assert (Purchase.objects.get().remaining, balance_of(card)) == (5_000, "5")


def test_a_registered_member_gets_a_card(program):
    user = UserFactory()

    for _time in range(2):
        assert [card.user for card in send(signals.member_registered, user=user) if card] == [user]

    assert Card.objects.count() == 1


def test_a_buyer_without_a_card_is_passed_over(program, caplog):
    caplog.set_level(logging.INFO, logger="loyalty.receivers")

    for user in (UserFactory(), AnonymousUser(), None):
        assert send(signals.purchase_completed, user=user, external_id=1, total=100) == [None]

    assert {record.levelname for record in caplog.records} == {"INFO"}
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    "mistake",
    [
        pytest.param({"total": -1}, id="refusal"),
        pytest.param({"price": 1}, id="unknown-argument"),
        pytest.param({"card": object()}, id="nonsense"),
        pytest.param({"program": "nobody"}, id="unknown-program"),
    ],
)
def test_a_hosts_mistake_is_logged_and_not_raised(card, caplog, mistake):
    answers = send(
        signals.purchase_completed,
        **{"card": card, "external_id": 1, "total": 100, "program": "club"} | mistake,
    )

    assert answers == [None]
    assert not Event.objects.filter(kind="loyalty.purchase").exists()
    assert {record.name for record in caplog.records} <= {"loyalty.receivers"}


@pytest.mark.django_db(transaction=True)
def test_s6_a_database_error_of_ours_leaves_the_hosts_transaction_usable(card, monkeypatch, caplog):
    def fail(**_fields):
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM there_is_no_such_table")

    fail.__name__ = "record_purchase"
    monkeypatch.setattr(services, "record_purchase", fail)

    with transaction.atomic():
        UserFactory(username="buyer")
        send(signals.purchase_completed, card=card, external_id=1, total=100)
        UserFactory(username="paid")

    assert UserFactory._meta.model.objects.count() == 2
    assert "record_purchase failed" in caplog.text


# After


def test_a_granted_and_a_reversed_reward_are_told(card, ten_percent):
    with captured_signals("reward_granted", "reward_reversed") as told:
        services.record_purchase(card=card, external_id=1, total=100)
        process_inbox()
        services.record_refund(purchase_id=1, external_id="r1", amount=50)
        process_inbox()

    granted, reversed_ = told
    assert (granted.topic, reversed_.topic) == ("reward_granted", "reward_reversed")
    reward = granted.arguments["reward"]
    assert granted.message == {
        "reward": reward.pk,
        "card": card.pk,
        "campaign": "ten-percent",
        "currency": "points",
        "granted": "10",
        "reversed": "0",
    }
    assert (reward.granted, granted.arguments["card"]) == (10, card)
    assert (reversed_.message["amount"], reversed_.message["reversed"]) == ("5", "5")
    assert granted.arguments["message_id"] != reversed_.arguments["message_id"]
    assert OutboxMessage.objects.filter(sent_at=None).count() == 0


def test_without_a_receiver_no_message_is_written(card, ten_percent):
    services.record_purchase(card=card, external_id=1, total=100)
    process_inbox()

    assert not OutboxMessage.objects.exists()


def test_objects_are_loaded_only_when_they_are_used(card, ten_percent, django_assert_num_queries):
    with captured_signals("reward_granted") as told:
        services.record_purchase(card=card, external_id=1, total=100)
        process_inbox()

    with django_assert_num_queries(0):
        reward = told[0].arguments["reward"]
    with django_assert_num_queries(1):
        assert reward.granted == 10


@pytest.mark.django_db(transaction=True)
def test_a_receiver_is_told_after_the_commit(card, ten_percent):
    seen = []

    def receive(message, **_arguments):
        seen.append((message["granted"], Event.objects.get(kind="loyalty.purchase").status))

    signals.reward_granted.connect(receive)
    try:
        with transaction.atomic():
            services.record_purchase(card=card, external_id=1, total=100)
            assert seen == []
    finally:
        signals.reward_granted.disconnect(receive)

    assert seen == [("10", "processed")]


# Inside


def test_an_inside_signal_lets_receivers_abort():
    signal = signals.LoyaltySignal(name="inside", kind="inside", doc="For tests.")
    signals.send_inside(signal, amount="1")

    def abort(amount, **_arguments):
        raise RuntimeError(amount)

    signal.connect(abort)
    with pytest.raises(RuntimeError, match="7"):
        signals.send_inside(signal, amount="7")
    assert isinstance(signal, Signal)


def test_a_receiver_may_stop_a_reward(card, ten_percent):
    asked = []

    def stop(**arguments):
        asked.append(arguments)
        raise RuntimeError("not today")

    signals.reward_granting.connect(stop)
    try:
        recorded = services.record_purchase(card=card, external_id=1, total=100)
        process_inbox()
    finally:
        signals.reward_granting.disconnect(stop)

    event = Event.objects.get(pk=recorded.event_id)
    assert (event.status, event.attempts, recorded.outcome) == ("pending", 1, "")
    assert "not today" in event.error
    assert not Purchase.objects.exists()
    told = {name: asked[-1][name] for name in ("program", "campaign", "card", "currency", "amount", "event")}
    assert told == {
        "program": "club",
        "campaign": "ten-percent",
        "card": card.pk,
        "currency": "points",
        "amount": "10",
        "event": event.pk,
    }


def test_a_failed_event_is_told_after_its_last_attempt(card, ten_percent, settings):
    settings.LOYALTY = {"MAX_ATTEMPTS": 2, "RETRY_DELAYS": [1]}

    def stop(**_arguments):
        raise RuntimeError("not today")

    signals.reward_granting.connect(stop)
    try:
        with captured_signals("event_failed") as told:
            services.record_purchase(card=card, external_id=1, total=100)
            process_inbox()
            assert told == []
            CardQueue.objects.update(retry_at=None)
            process_inbox()
    finally:
        signals.reward_granting.disconnect(stop)

    event = Event.objects.get(kind="loyalty.purchase")
    assert [one.message for one in told] == [
        {
            "event": event.pk,
            "kind": "loyalty.purchase",
            "source": "shop",
            "key": "1",
            "error": "RuntimeError: not today",
        }
    ]
    assert (told[0].arguments["event"], event.status) == (event, "failed")
