"""Settings of rules: from JSON through the rule's form to values and back to canonical JSON.

Cleaning happens in English and UTC whatever language is active, so that a stored campaign means the same for
everybody; messages about mistakes are in the active language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NoReturn
from uuid import UUID

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils import timezone, translation
from django.utils.duration import duration_iso_string
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from loyalty.exceptions import InvalidAmount
from loyalty.periods import format_instant
from loyalty.rules.fields import MoneyField, SegmentField
from loyalty.rules.strict import json_mistake

if TYPE_CHECKING:
    from loyalty.rules.base import Rule
    from loyalty.rules.kinds.base import EventKind
    from loyalty.rules.state import ProgramRules

Problem = dict[str, str]


class Sentence:
    """A message that is put together and translated when it is read, not when the mistake is found."""

    def __init__(self, text: str | Promise, **params: object) -> None:
        self.text, self.params = text, params

    def __str__(self) -> str:
        return str(self.text) % self.params if self.params else str(self.text)


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake: where, a stable code, and a message that `str` renders in the active language."""

    path: str
    code: str
    message: object

    def as_problem(self) -> Problem:
        """As campaign files, the admin and the API show it."""
        return {"path": self.path, "code": self.code, "message": str(self.message)}


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Settings as a rule reads them, and the same as canonical JSON."""

    values: Mapping[str, Any]
    canonical: dict[str, Any]


class ParamsInvalid(ValueError):
    """Settings that do not fit; knows every mistake in them."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__()
        self.mistakes = mistakes

    @property
    def problems(self) -> list[Problem]:
        """{"path", "code", "message"} for each mistake, in the active language."""
        return [mistake.as_problem() for mistake in self.mistakes]

    def __str__(self) -> str:
        return " ".join(
            f"{one['path']}: {one['message']}" if one["path"] else one["message"] for one in self.problems
        )


def clean_settings(form_class: type[forms.Form], raw: object, prefix: str = "") -> Cleaned:
    """Clean JSON through a form: unknown keys and wrong types refused, defaults filled in from `initial`.

    `prefix` is where the settings stand, for the paths of problems. A null is empty, not the default.
    Raises ParamsInvalid.
    """
    if not isinstance(raw, Mapping):
        raise ParamsInvalid([Mistake(prefix, "not_a_mapping", _("Give an object with named fields."))])
    data: dict[str, Any] = {}
    form = form_class(data)
    names = list(form.fields)
    mistakes = [unknown_key(prefix, str(name), names) for name in raw if name not in names]
    mistyped: dict[str, forms.Field] = {}
    with translation.override("en"), timezone.override(UTC):
        for name, field in form.fields.items():
            data[name] = raw[name] if name in raw else to_json(form.get_initial_for_field(field, name))
            # The form's own widgets read what a browser sends; this one hands the JSON value over as it is.
            field.widget = forms.Widget()
            if name in raw and (text := json_mistake(field, raw[name])) is not None:
                mistyped[name] = _Refused(text)
        form.fields.update(mistyped)
        errors = form.errors.as_data()
    for name, found in errors.items():
        if name == NON_FIELD_ERRORS and mistyped:
            continue  # a rule about several fields says nothing while one of them is not there
        mistakes += [_from_form(prefix, name, error) for error in found]
    if mistakes:
        raise ParamsInvalid(mistakes)
    values = {name: form.cleaned_data[name] for name in names}
    return Cleaned(values, {name: to_json(value) for name, value in values.items()})


def clean_rule(rule: Rule | EventKind, raw: object, *, program: ProgramRules, prefix: str = "") -> Cleaned:
    """`clean_settings` for a rule of a program: amounts become `Money`, keys of segments what they stand for.

    Raises ParamsInvalid.
    """
    cleaned = clean_settings(rule.Params, raw, prefix)
    values, mistakes = dict(cleaned.values), []
    for name, field in rule.Params.base_fields.items():
        if isinstance(field, MoneyField) and values.get(name) is not None:
            try:
                values[name] = field.read(values[name], program.decimals)
            except InvalidAmount as error:
                mistakes.append(Mistake(join(prefix, name), error.code, error))
        elif isinstance(field, SegmentField) and values.get(name):
            segment = program.segments.get(values[name])
            if segment is None or segment.archived:
                mistakes.append(_unknown_segment(join(prefix, name), values[name], program))
            values[name] = segment
    if mistakes:
        raise ParamsInvalid(mistakes)
    return Cleaned(values, cleaned.canonical)


def to_json(value: Any) -> Any:
    """A cleaned value as canonical JSON. Raises TypeError for what has no canonical form."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str | Promise | UUID):
        return str(value)
    if isinstance(value, Decimal):
        return decimal_text(value)
    if isinstance(value, datetime):
        return format_instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.isoformat("auto" if value.second or value.microsecond else "minutes")
    if isinstance(value, timedelta):
        return duration_iso_string(value)
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    raise TypeError(f"{type(value).__name__} has no canonical JSON form; use another form field.")


def decimal_text(value: Decimal) -> str:
    """The shortest plain form: "10.00" is "10", "-0" is "0", never an exponent."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def join(prefix: str, name: str) -> str:
    """The path of a key within something."""
    return f"{prefix}.{name}" if prefix and name else prefix or name


def unknown_key(prefix: str, name: str, known: list[str]) -> Mistake:
    """The refusal of a key, with the known one that it was probably meant to be."""
    near = get_close_matches(name, known, 1)
    if near:
        text = Sentence(_("“%(key)s” is not known here. Did you mean “%(near)s”?"), key=name, near=near[0])
    elif known:
        text = Sentence(
            _("“%(key)s” is not known here. Known are: %(known)s."), key=name, known=", ".join(known)
        )
    else:
        text = Sentence(_("“%(key)s” is not known here. There are no settings."), key=name)
    return Mistake(join(prefix, name), "unknown_key", text)


def _unknown_segment(path: str, key: str, program: ProgramRules) -> Mistake:
    known = ", ".join(sorted(one.key for one in program.segments.values() if not one.archived)) or "-"
    text = _("There is no segment “%(key)s”. There are: %(known)s.")
    return Mistake(path, "unknown_segment", Sentence(text, key=key, known=known))


class _Refused(forms.Field):
    """Takes the place of a field whose value has the wrong type, so that the form sees an error there."""

    widget = forms.Widget

    def __init__(self, text: str | Promise) -> None:
        super().__init__()
        self.text = text

    def clean(self, value: Any) -> NoReturn:
        raise ValidationError("%(text)s", code="wrong_type", params={"text": self.text})


class _FormError:
    """What a form's error says, in the language in which it is read."""

    def __init__(self, error: ValidationError) -> None:
        self.error = error

    def __str__(self) -> str:
        return " ".join(self.error.messages)


def _from_form(prefix: str, name: str, error: ValidationError) -> Mistake:
    path = prefix if name == NON_FIELD_ERRORS else join(prefix, name)
    # A field that holds others says where in it the mistake is.
    inner = (getattr(error, "params", None) or {}).get("path", "")
    return Mistake(join(path, str(inner)), getattr(error, "code", None) or "invalid", _FormError(error))
