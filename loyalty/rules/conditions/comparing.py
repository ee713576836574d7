"""Comparing a text that somebody stored (an attribute, a field of a payload) with what a campaign expects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from loyalty.rules.base import Outcome, Settings
from loyalty.rules.fields import TextListField, is_plain_number
from loyalty.rules.phrases import quoted

ATTRIBUTES = "loyalty.attributes"  # the fact that knows the attributes of cards

OPERATORS = (
    ("is", _("is")),
    ("is_not", _("is not")),
    ("one_of", _("is one of")),
    ("at_least", _("is at least")),
    ("at_most", _("is at most")),
    ("present", _("is known")),
    ("missing", _("is not known")),
)


class Comparison(forms.Form):
    """`value` for one value, `values` for "is one of", neither for "is known" and "is not known"."""

    operator = forms.ChoiceField(label=_("comparison"), choices=OPERATORS, initial="is")
    value = forms.CharField(label=_("value"), required=False, max_length=255)
    values = TextListField(label=_("values"), required=False)
    shown_when = {
        "value": ("operator", ("is", "is_not", "at_least", "at_most")),
        "values": ("operator", ("one_of",)),
    }

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if self.errors:
            return given
        wanted = {"one_of": "values", "present": "", "missing": ""}.get(given["operator"], "value")
        for name in ("value", "values"):
            if name == wanted and not given[name]:
                self.add_error(
                    name, ValidationError(_("This comparison needs a value."), code="value_missing")
                )
            if name != wanted and given[name]:
                self.add_error(
                    name, ValidationError(_("This comparison takes no such value."), code="value_unused")
                )
        return given


@dataclass(frozen=True, slots=True)
class AttributeIs:
    """What the fact is asked as a query: cards whose attribute compares so, as `compare` does.

    With "on_days" the values are days of the year such as "02-28", and the attribute is a date.
    """

    name: str
    operator: str
    values: Sequence[str] = ()


def compare(actual: str | None, params: Settings) -> Outcome:
    """Numbers are compared as numbers when both are ("70" is "70.0"), else as texts."""
    operator, expected = params["operator"], list(params["values"]) or params["value"] or None
    if operator in ("present", "missing"):
        code = "value_missing" if operator == "present" else "value_present"
        return Outcome.when((actual is not None) == (operator == "present"), code=code, actual=actual)
    if actual is None:
        return Outcome.when(operator == "is_not", code="value_missing", expected=expected)
    if operator == "one_of":
        holds = any(is_equal(actual, value) for value in params["values"])
    elif operator in ("is", "is_not"):
        holds = is_equal(actual, params["value"]) == (operator == "is")
    elif is_plain_number(actual) != is_plain_number(params["value"]):
        return Outcome.when(False, code="not_comparable", expected=expected, actual=actual)
    else:
        low, high = (params["value"], actual) if operator == "at_least" else (actual, params["value"])
        holds = Decimal(low) <= Decimal(high) if is_plain_number(actual) else low <= high
    return Outcome.when(holds, code="other_value", expected=expected, actual=actual)


_SENTENCES = {
    "is": _("“%(name)s” is %(value)s"),
    "is_not": _("“%(name)s” is not %(value)s"),
    "one_of": _("“%(name)s” is %(value)s"),
    "at_least": _("“%(name)s” is at least %(value)s"),
    "at_most": _("“%(name)s” is at most %(value)s"),
    "present": _("“%(name)s” is there"),
    "missing": _("“%(name)s” is not there"),
}


def comparison(name: str, params: Settings) -> str:
    """The comparison as a clause."""
    values = params["values"] or ((params["value"],) if params["value"] else ())
    return str(_SENTENCES[params["operator"]]) % {"name": name, "value": quoted(values)}


def is_equal(one: str, other: str) -> bool:
    """Whether two texts are the same, or the same number."""
    if is_plain_number(one) and is_plain_number(other):
        return Decimal(one) == Decimal(other)
    return one == other
