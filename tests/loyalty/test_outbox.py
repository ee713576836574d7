"""The outbox relay: each message at least once, and no receiver harms another."""

import pytest
from django.db import connection

from loyalty import signals
from loyalty.models import Card, OutboxMessage
from loyalty.processing import outbox
from tests.factories import OutboxMessageFactory, UserFactory


@pytest.fixture
def topic(monkeypatch):
    """A topic of a test's own."""
    signal = signals.LoyaltySignal(name="test_topic", kind="after", doc="For tests.")
    monkeypatch.setitem(signals.TOPICS, "test_topic", signal)
    return signal


def messages(number=1):
    """Unsent messages of that topic."""
    return OutboxMessageFactory.create_batch(number, topic="test_topic", payload={"number": number})


@pytest.mark.django_db
def test_the_oldest_goes_first_and_each_once(topic):
    rows, got = messages(3), []
    topic.connect(lambda message_id, **_arguments: got.append(message_id), weak=False)

    assert outbox.relay() == 3
    assert outbox.relay() == 0
    assert got == [row.pk for row in rows]


@pytest.mark.django_db
def test_a_limit(topic):
    messages(3)

    assert outbox.relay(limit=2) == 2
    assert OutboxMessage.objects.filter(sent_at=None).count() == 1


@pytest.mark.django_db
def test_several_batches(topic, settings):
    settings.LOYALTY = {"OUTBOX_BATCH": 2}
    messages(5)

    assert outbox.relay() == 5


@pytest.mark.django_db
def test_a_bad_receiver_harms_no_other(topic, caplog):
    messages()
    good = []

    def bad(**_arguments):
        raise RuntimeError("receiver went wrong")

    topic.connect(bad)
    topic.connect(lambda **_arguments: good.append(UserFactory(username=f"u{len(good)}")), weak=False)

    runs = [outbox.relay() for _run in range(7)]

    row = OutboxMessage.objects.get()
    assert runs == [0] * 7
    assert (row.attempts, row.sent_at) == (outbox.MAX_ATTEMPTS, None)
    assert len(good) == UserFactory._meta.model.objects.count() == 5
    assert "receiver went wrong" in caplog.text


@pytest.mark.django_db
def test_a_message_is_tried_once_in_a_run(topic):
    messages(2)
    topic.connect(lambda **_arguments: 1 / 0, weak=False)

    outbox.relay()

    assert set(OutboxMessage.objects.values_list("attempts", flat=True)) == {1}


@pytest.mark.django_db
def test_a_receivers_database_error_costs_that_message_only(topic, caplog):
    first, second = messages(2)

    def receive(message_id, **_arguments):
        UserFactory(username=f"of-{message_id}")
        if message_id == first.pk:
            with connection.cursor() as cursor:
                cursor.execute("SELECT * FROM there_is_no_such_table")

    topic.connect(receive)

    assert outbox.relay() == 1
    assert OutboxMessage.objects.get(sent_at=None) == first
    names = UserFactory._meta.model.objects.values_list("username", flat=True)
    assert f"of-{second.pk}" in names


@pytest.mark.django_db
def test_an_unknown_topic_stays_for_a_person(caplog):
    OutboxMessageFactory(topic="gone")

    assert outbox.relay() == 0
    assert OutboxMessage.objects.get().attempts == 1
    assert "gone" in caplog.text


@pytest.mark.django_db
def test_named_messages_are_sent_at_once_and_others_left(topic):
    first, second = messages(2)

    assert outbox.relay_now([first.pk]) == 1
    assert OutboxMessage.objects.get(sent_at=None) == second


@pytest.mark.django_db
def test_sending_at_once_never_raises(topic, monkeypatch, caplog):
    (row,) = messages()
    monkeypatch.setattr(outbox, "_deliver", lambda *_arguments: 1 / 0)

    assert outbox.relay_now([row.pk]) == 0
    assert "next relay" in caplog.text


@pytest.mark.django_db
def test_a_deleted_object_is_the_receivers_to_miss(topic, monkeypatch):
    monkeypatch.setattr(topic, "instances", {"card": "loyalty.Card"})
    OutboxMessageFactory(topic="test_topic", payload={"card": 0})
    got = []
    topic.connect(lambda card, **_arguments: got.append(card), weak=False)

    assert outbox.relay() == 1
    with pytest.raises(Card.DoesNotExist):
        str(got[0])
