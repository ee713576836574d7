"""Strict serializers: what is not declared is refused, and nothing is taken for what it is not.

Decimals are strings in and out; a number where a text is wanted, or the other way round, is a mistake. Fields of the
query are texts, so they have classes of their own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from loyalty.periods import format_instant, parse_instant

PLAIN_NUMBER = r"-?(0|[1-9][0-9]*)(\.[0-9]+)?"
_LONGEST_NUMBER = 40
_BIGGEST = 2**63 - 1
_FIRST_YEAR, _LAST_YEAR = 1900, 2999


class StrictSerializer(serializers.Serializer[Any]):
    """A serializer that refuses unknown fields (code `unknown_field`), and values given twice in a query.

    With `exactly_one` one of its fields must be given, and no more (code `exactly_one`).
    """

    exactly_one: ClassVar[bool] = False

    def to_internal_value(self, data: Any) -> Any:
        errors: dict[str, Any] = {}
        if isinstance(data, QueryDict):
            twice = [name for name, values in data.lists() if len(values) > 1]
            errors = {name: [ErrorDetail(gettext("Give this once."), code="repeated")] for name in twice}
            data = data.dict()
        if isinstance(data, Mapping):
            message = gettext("There is no such field.")
            unknown = [str(name) for name in data if name not in self.fields]
            errors |= {name: [ErrorDetail(message, code="unknown_field")] for name in unknown}
        try:
            values = super().to_internal_value(data)
        except ValidationError as error:
            if not errors or not isinstance(error.detail, dict):
                raise
            raise ValidationError({**error.detail, **errors}) from None
        if errors:
            raise ValidationError(errors)
        if self.exactly_one and len(values) != 1:
            message = gettext("Give exactly one of these: %(names)s.") % {"names": ", ".join(self.fields)}
            raise ValidationError({"non_field_errors": [ErrorDetail(message, code="exactly_one")]})
        return values


class Text(serializers.CharField):
    """A printable text; a number is none."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_length", 200)
        options.setdefault("trim_whitespace", False)
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        if not data.isprintable():
            raise ValidationError(_("Give printable text."), code="invalid_text")
        return str(super().to_internal_value(data))


class LongText(Text):
    """A text of several lines."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or "\0" in data:
            self.fail("invalid")
        return serializers.CharField.to_internal_value(self, data)


class Choice(serializers.ChoiceField):
    """One of a few words."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("invalid_choice", input=type(data).__name__)
        return super().to_internal_value(data)


class Flag(serializers.BooleanField):
    """true or false; neither words nor numbers."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Whole(serializers.IntegerField):
    """A whole number, written as a number."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_value", _BIGGEST)
        options.setdefault("min_value", 0)
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return data


class DecimalText(serializers.CharField):
    """A decimal number as a string, such as "10.50": no binary fraction ever stands in between.

    How many digits are fit depends on the currency, so that is for the services to say.
    """

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_length", _LONGEST_NUMBER)
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or not re.fullmatch(PLAIN_NUMBER, data):
            raise ValidationError(_("Give a number as a string, such as “10.50”."), code="invalid_number")
        return data

    def to_representation(self, value: object) -> str:
        return f"{value:f}" if isinstance(value, Decimal) else str(value)


class Instant(serializers.DateTimeField):
    """A moment with its offset, as in RFC 3339; answered in UTC."""

    def to_internal_value(self, value: Any) -> datetime:
        try:
            return parse_instant(value if isinstance(value, str) else "")
        except ValueError:
            message = _("Give an instant such as 2026-11-21T10:00:00+03:00.")
            raise ValidationError(message, code="invalid_instant") from None

    def to_representation(self, value: datetime) -> str:
        return format_instant(value)


class Day(serializers.DateField):
    """A day from 1900 to 2999: the days around it are dates too, in every time zone."""

    def to_internal_value(self, value: Any) -> date:
        found: date = super().to_internal_value(value)
        if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
            raise ValidationError(_("Give a date from 1900 to 2999."), code="out_of_range")
        return found


class QueryWhole(Whole):
    """A whole number in a query."""

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, str) or not re.fullmatch(r"[0-9]{1,19}", data):
            self.fail("invalid")
        return int(data)


class QueryFlag(Flag):
    """`true` or `false` in a query."""

    def to_internal_value(self, data: Any) -> bool:
        if data not in ("true", "false"):
            self.fail("invalid", input=data)
        return bool(data == "true")
