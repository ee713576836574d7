"""What the event itself says."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.rules.base import Condition, Outcome, Settings
from loyalty.rules.conditions.comparing import Comparison, compare, comparison
from loyalty.rules.events import EventState
from loyalty.rules.phrases import Clause, Telling
from loyalty.rules.views import CardView


class PayloadFieldParams(Comparison):
    """The field's name and what to compare it with."""

    field = forms.CharField(label=_("field"), max_length=64)
    field_order = ("field", "operator", "value", "values")


class PayloadField(Condition):
    """A field of the event's content compares as asked. Yes is "true", no is "false", empty is not known."""

    kind = "loyalty.payload_field"
    label = _("Field of the event")
    Params = PayloadFieldParams

    def check(self, about: CardView, event: EventState, params: Settings) -> Outcome:
        return compare(as_text(event.payload.get(params["field"])), params)

    def phrase(self, params: Settings, telling: Telling) -> Clause:
        named = {"comparison": comparison(params["field"], params)}
        return Clause(gettext("the event says that %(comparison)s") % named)


def as_text(value: Any) -> str | None:
    """A JSON value as text; None for what is empty or no single value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None or value == "" or isinstance(value, list | dict) else str(value)
