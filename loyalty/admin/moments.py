"""A moment to choose: the browser's own field for it, in the active time zone, without a script."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

_FIRST_YEAR, _LAST_YEAR = 1900, 2999
_FORMAT = "%Y-%m-%dT%H:%M"


class MomentField(forms.DateTimeField):
    """Date and time in the active time zone."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_FORMAT)
        messages = {"invalid": _("Give a date and a time, such as 2026-11-21T10:00.")}
        super().__init__(widget=widget, error_messages=messages, **options)

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value is not None and not _FIRST_YEAR <= value.year <= _LAST_YEAR:
            raise ValidationError(_("Give a date from 1900 to 2999."), code="out_of_range")


class DayField(forms.DateField):
    """A date."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        messages = {"invalid": _("Give a date, such as 2026-11-21.")}
        super().__init__(widget=widget, error_messages=messages, input_formats=["%Y-%m-%d"], **options)

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value is not None and not _FIRST_YEAR <= value.year <= _LAST_YEAR:
            raise ValidationError(_("Give a date from 1900 to 2999."), code="out_of_range")
