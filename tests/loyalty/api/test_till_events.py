"""Events of the host's own kinds over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django import forms
from rest_framework.test import APIClient

from loyalty import services
from loyalty.models import Card, Event, Program
from loyalty.rules.kinds.base import EventKind
from loyalty.rules.registry import event_kinds
from loyalty.testing import balance_of
from tests.loyalty.conftest import LONG_AGO

pytestmark = pytest.mark.django_db

EVENTS = "/api/v1/till/events/"


class LessonFinished(EventKind):
    """A lesson was finished."""

    kind = "school.lesson_finished"
    label = "Lesson finished"

    class Payload(forms.Form):
        """Which."""

        number = forms.IntegerField(min_value=1)


@pytest.fixture(autouse=True)
def lessons(program: Program) -> Iterator[None]:
    """The school's kind of event, and 5 points for each."""
    with event_kinds.register_temporarily(LessonFinished):
        definition: dict[str, Any] = {
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
        campaign = services.save_draft(program=program, definition=definition)
        services.publish_campaign(campaign=campaign, effective_from=LONG_AGO, allow_past=True)
        yield


def lesson(**changes: Any) -> dict[str, Any]:
    """Anna finished lesson 1."""
    return {
        "kind": "school.lesson_finished",
        "external_id": "l-1",
        "card": {"external_id": "anna"},
        "payload": {"number": 1},
    } | changes


def test_an_event_is_recorded_once_and_what_it_brought_is_answered(till: APIClient, card: Card) -> None:
    first, second = till.post(EVENTS, lesson()), till.post(EVENTS, lesson())

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert (first.json()["state"], first.json()["purchase"]) == ("applied", None)
    assert [(one["campaign"], one["granted"]) for one in first.json()["rewards"]] == [("lessons", "5")]
    assert balance_of(card) == "5"


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"payload": {"number": 2}}, 422, "event_conflict"),
        ({"external_id": "l-2", "payload": {"number": 0}}, 400, "event_payload_invalid"),
        ({"external_id": "l-2", "payload": {"number": 1, "colour": "red"}}, 400, "event_payload_invalid"),
        ({"external_id": "l-2", "payload": []}, 400, "invalid_request"),
        ({"kind": "school.nothing"}, 400, "event_kind_unknown"),
        ({"kind": "loyalty.purchase", "payload": {"total": "5"}}, 400, "event_kind_unknown"),
        (
            {"kind": "loyalty.adjusted", "payload": {"currency": "points", "amount": "5"}},
            400,
            "event_kind_unknown",
        ),
    ],
    ids=str,
)
def test_what_is_refused_changes_nothing(
    changes: dict[str, Any], status: int, code: str, till: APIClient, card: Card
) -> None:
    till.post(EVENTS, lesson())
    before = Event.objects.count()
    answer = till.post(EVENTS, lesson(**changes))

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (Event.objects.count(), balance_of(card)) == (before, "5")
