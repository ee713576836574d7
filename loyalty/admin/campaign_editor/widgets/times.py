"""Dates and times as browsers ask for them."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django import forms


class DateInput(forms.DateInput):
    """A calendar; the value is ISO 8601 whatever the language."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class TimeInput(forms.TimeInput):
    """A clock; with seconds only where there are any."""

    input_type = "time"

    def format_value(self, value: Any) -> str | None:
        if isinstance(value, time):
            return value.isoformat("auto" if value.second or value.microsecond else "minutes")
        return super().format_value(value)


class DateTimeInput(forms.DateTimeInput):
    """A calendar and a clock, in the program's time zone."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(attrs={"step": "any"})

    def format_value(self, value: Any) -> str | None:
        if isinstance(value, datetime):
            precise = "auto" if value.second or value.microsecond else "minutes"
            return value.replace(tzinfo=None).isoformat("T", precise)
        return super().format_value(value)
