"""Which JSON type each form field takes. Forms alone would take "3" for 3, and 0.1 for a tenth."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, time

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from loyalty.periods import parse_instant
from loyalty.rules.fields import is_plain_number


def _parses(parse: Callable[[str], object]) -> Callable[[object], bool]:
    def check(raw: object) -> bool:
        if not isinstance(raw, str):
            return False
        try:
            parse(raw)
        except ValueError:
            return False
        return True

    return check


def _is_text(raw: object) -> bool:
    return isinstance(raw, str)


def _is_bool(raw: object) -> bool:
    return isinstance(raw, bool)


def _is_int(raw: object) -> bool:
    return isinstance(raw, int) and not isinstance(raw, bool)


def _is_number(raw: object) -> bool:
    return isinstance(raw, int | float) and not isinstance(raw, bool)


def _is_choice(raw: object) -> bool:
    return _is_text(raw) or _is_int(raw)


def _is_choices(raw: object) -> bool:
    return isinstance(raw, list | tuple) and all(_is_choice(item) for item in raw)


# The first class that the field is an instance of counts: what inherits stands before its base.
_TYPES: tuple[tuple[type[forms.Field], Callable[[object], bool], str | Promise], ...] = (
    (forms.BooleanField, _is_bool, _("Write true or false, without quotes.")),
    (forms.DecimalField, is_plain_number, _('Write the number in quotes, such as "2.5".')),
    (forms.FloatField, _is_number, _("Write a number, without quotes.")),
    (forms.IntegerField, _is_int, _("Write a whole number, without quotes.")),
    (forms.DateTimeField, _parses(parse_instant), _('Write an instant such as "2026-11-21T10:00:00+03:00".')),
    (forms.DateField, _parses(date.fromisoformat), _('Write a date such as "2026-11-21".')),
    (forms.TimeField, _parses(time.fromisoformat), _('Write a time such as "22:30", in quotes.')),
    (forms.MultipleChoiceField, _is_choices, _("Give a list of the chosen values.")),
    (forms.ChoiceField, _is_choice, _("Give one of the choices.")),
    (forms.CharField, _is_text, _("Write text, in quotes.")),
)


def json_mistake(field: forms.Field, raw: object) -> str | Promise | None:
    """What is wrong with the JSON type of a value, if anything. Null is empty, except for a yes or no."""
    if isinstance(field, forms.JSONField) and not hasattr(field, "json_mistake"):
        return None
    if raw is None and (
        isinstance(field, forms.NullBooleanField) or not isinstance(field, forms.BooleanField)
    ):
        return None
    own: Callable[[object], str | Promise | None] | None = getattr(field, "json_mistake", None)
    if own is not None:
        return own(raw)
    for cls, fits, message in _TYPES:
        if isinstance(field, cls):
            return None if fits(raw) else message
    return None


def is_storable(value: object) -> bool:
    """Whether a database takes this JSON value: no NUL and no half of a surrogate pair, in keys neither."""
    text = json.dumps(value, ensure_ascii=False)
    return "\\u0000" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
