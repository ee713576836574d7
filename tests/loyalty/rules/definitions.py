"""Definitions of campaigns to start from, and two rules of a host to put into them."""

from copy import deepcopy
from typing import Any

from django import forms

from loyalty.rules import Condition, EventKind, Outcome
from loyalty.rules.events import EventState
from loyalty.rules.state import ProgramRules
from tests.loyalty.rules.asking import currency, program

CREDIT: dict[str, Any] = {
    "slot": "buyer",
    "kind": "loyalty.credit",
    "currency": "points",
    "amount": {"kind": "loyalty.percent", "percent": "5"},
}
FIXED = CREDIT | {"amount": {"kind": "loyalty.fixed", "value": "250"}}
DOUBLE = {"slot": "double", "kind": "loyalty.multiply", "currency": "points", "params": {"factor": "2"}}
EMIT = {
    "slot": "emit",
    "kind": "loyalty.emit_event",
    "params": {"event": "tests.lesson", "payload": {"score": 9}},
}
COUNTED = [[{"kind": "tests.counted", "params": {}}]]


class Lesson(EventKind):
    kind = "tests.lesson"
    label = "Lesson"
    aliases = ("tests.course",)

    class Payload(forms.Form):
        score = forms.IntegerField()
        note = forms.CharField(required=False)


class Counted(Condition):
    kind = "tests.counted"
    label = "Stands on a count"

    def check(self, about: Any, event: EventState, params: Any) -> Outcome:
        return Outcome.when(True, code="no")

    def is_milestone(self, params: Any) -> bool:
        return True


def campaign(**changes: Any) -> dict[str, Any]:
    """A campaign with one action, changed; None leaves a key out."""
    base = {"key": "c", "trigger": {"kind": "loyalty.purchase"}, "actions": [CREDIT]}
    return deepcopy({name: value for name, value in (base | changes).items() if value is not None})


def two_currencies() -> ProgramRules:
    """A program that counts whole points and cents."""
    one = program()
    return ProgramRules(1, "test", one.zone, 2, {"points": currency(), "cents": currency(2)})
