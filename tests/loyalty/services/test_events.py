"""Events of the host's own kinds, and failed ones."""

from datetime import timedelta

import pytest
from django import forms
from django.utils import timezone

from loyalty import services
from loyalty.exceptions import CardNotFound, EventConflict, EventKindUnknown, EventPayloadInvalid
from loyalty.models import CardQueue, Event
from loyalty.processing import process
from loyalty.rules.kinds.base import EventKind
from loyalty.rules.registry import event_kinds
from loyalty.testing import balance_of, process_inbox


class LessonFinished(EventKind):
    """A lesson was finished."""

    kind = "school.lesson_finished"
    label = "Lesson finished"

    class Payload(forms.Form):
        """Which."""

        number = forms.IntegerField(min_value=1)


@pytest.fixture(autouse=True)
def lessons():
    """The school's kind of event."""
    with event_kinds.register_temporarily(LessonFinished):
        yield


@pytest.fixture
def five_a_lesson(program):
    """5 points for each lesson."""
    definition = {
        "key": "lessons",
        "trigger": {"kind": "school.lesson_finished"},
        "actions": [
            {
                "slot": "pupil",
                "kind": "loyalty.credit",
                "currency": "points",
                "amount": {"kind": "loyalty.fixed", "value": "5"},
            }
        ],
    }
    services.publish_campaign(campaign=services.save_draft(program=program, definition=definition))


def finish(card, **more):
    """Record that lesson 1 is finished."""
    return services.record_event(
        **{"kind": "school.lesson_finished", "card": card, "key": "l1", "payload": {"number": 1}} | more
    )


def test_an_event_of_the_hosts_earns(card, five_a_lesson):
    recorded = finish(card, source="school")
    process_inbox()

    event = Event.objects.get(pk=recorded.event_id)
    assert (event.source, event.key, event.payload) == ("school", "l1", {"number": 1})
    assert (recorded.outcome, recorded.purchase) == ("applied", None)
    assert [reward.granted for reward in recorded.rewards] == [5]
    assert balance_of(card) == "5"


def test_a_repeat_changes_nothing(card, five_a_lesson):
    first = finish(card)
    process_inbox()
    again = finish("anna")
    process_inbox()

    assert (again.event_id, again.created, balance_of(card)) == (first.event_id, False, "5")


def test_other_content_is_a_conflict(card):
    finish(card)

    with pytest.raises(EventConflict):
        finish(card, payload={"number": 2})


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        pytest.param({"payload": {"number": 0}}, EventPayloadInvalid, id="wrong-field"),
        pytest.param({"payload": {"number": 1, "room": 2}}, EventPayloadInvalid, id="unknown-field"),
        pytest.param({"payload": None}, EventPayloadInvalid, id="missing-field"),
        pytest.param({"key": ""}, EventPayloadInvalid, id="key"),
        pytest.param({"kind": "school.unknown"}, EventKindUnknown, id="unknown-kind"),
        pytest.param({"kind": "loyalty.adjusted"}, EventKindUnknown, id="kind-with-a-service-of-its-own"),
        pytest.param({"kind": "loyalty.purchase"}, EventKindUnknown, id="purchase"),
        pytest.param({"card": "nobody"}, CardNotFound, id="unknown-card"),
        pytest.param({"occurred_at": timezone.now().replace(tzinfo=None)}, EventPayloadInvalid, id="naive"),
    ],
)
def test_a_wrong_event_is_not_recorded(card, wrong, error):
    before = Event.objects.count()

    with pytest.raises(error):
        finish(**{"card": card} | wrong)

    assert Event.objects.count() == before


# Failed events (S32)


@pytest.fixture
def broken(monkeypatch):
    """Processing that fails until it is mended."""
    with monkeypatch.context() as context:

        def fail(*args, **kwargs):
            raise RuntimeError("a rule went wrong")

        context.setattr(process, "decide", fail)
        yield context


def test_s32_a_failed_event_gets_a_fresh_start(card, five_a_lesson, broken, settings):
    settings.LOYALTY = {"MAX_ATTEMPTS": 1}
    process_inbox()
    recorded = finish(card)
    process_inbox()
    event = Event.objects.get(pk=recorded.event_id)
    assert (event.status, event.attempts) == ("failed", 1)

    broken.undo()
    event = services.retry_failed(event=event)
    assert (event.status, event.attempts, event.error) == ("pending", 0, "")
    process_inbox()

    assert balance_of(card) == "5"


def test_an_event_that_waits_is_tried_at_once(card, five_a_lesson, broken):
    broken.undo()
    process_inbox()
    event = Event.objects.get(pk=finish(card).event_id)
    CardQueue.objects.update(retry_at=timezone.now() + timedelta(hours=1))
    assert process_inbox() == 0

    services.retry_failed(event=event)
    process_inbox()

    assert balance_of(card) == "5"


def test_a_failed_refund_without_a_card_waits_for_its_purchase_again(program):
    recorded = services.record_refund(purchase_id=1, external_id="r1")
    Event.objects.update(status="failed")

    assert services.retry_failed(event=Event.objects.get(pk=recorded.event_id)).status == "parked"


def test_a_processed_event_is_left_alone(card, five_a_lesson):
    event = Event.objects.get(pk=finish(card).event_id)
    process_inbox()

    assert services.retry_failed(event=event).status == "processed"
    process_inbox()
    assert balance_of(card) == "5"
