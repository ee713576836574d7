"""What no database takes is refused at the door too: an error of an INSERT would break the host's transaction."""

from __future__ import annotations

from typing import Any

import pytest
from django import forms

from loyalty import services
from loyalty.exceptions import EventPayloadInvalid
from loyalty.models import Card, Event
from loyalty.rules import EventKind
from loyalty.rules.registry import event_kinds


class Note(EventKind):
    """A host's kind with a free text."""

    kind = "school.note"
    label = "Note"

    class Payload(forms.Form):
        text = forms.CharField()


@pytest.mark.parametrize("text", ["\ud800", "a\0b"], ids=["surrogate", "NUL"])
def test_a_hosts_own_event(text: str, card: Card) -> None:
    with event_kinds.register_temporarily(Note), pytest.raises(EventPayloadInvalid):
        services.record_event(kind="school.note", card=card, key="1", payload={"text": text})

    assert not Event.objects.filter(kind="school.note").exists()


@pytest.mark.parametrize(
    "line",
    [
        {"attributes": {"\ud800": "x"}},
        {"attributes": {"a\0b": "x"}},
        {"attributes": {"a": "\ud800"}},
        {"sku": "x" * 129},
        {"category": "\0"},
    ],
    ids=["surrogate in a name", "NUL in a name", "surrogate in a value", "long item", "NUL in a category"],
)
def test_a_line_of_a_purchase(line: dict[str, Any], card: Card) -> None:
    with pytest.raises(EventPayloadInvalid):
        services.record_purchase(card=card, external_id="p", total="2.00", lines=[{"amount": "1.00", **line}])

    assert not Event.objects.filter(kind="loyalty.purchase").exists()
