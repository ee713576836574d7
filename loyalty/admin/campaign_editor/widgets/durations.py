"""A duration as a number and a unit."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

# The order is that of the choices.
UNITS = (("D", _("days")), ("W", _("weeks")), ("M", _("months")), ("Y", _("years")))

_SIMPLE = re.compile(r"P([0-9]{1,5})([DWMY])", re.ASCII)


class DurationWidget(forms.MultiWidget):
    """P14D is 14 and days. One of several units stands as a unit of its own, which can only be kept or replaced."""

    template_name = "admin/loyalty/campaign/editor/widgets/side_by_side.html"

    def __init__(self) -> None:
        number = forms.TextInput(
            attrs={"inputmode": "numeric", "class": "ce-number", "aria-label": _("number")}
        )
        unit = forms.Select(choices=UNITS, attrs={"aria-label": _("unit")})
        super().__init__({"number": number, "unit": unit})
        self.typed: list[str] = []  # kept as it is, even where it is no duration

    def decompress(self, value: Any) -> list[Any]:
        if not value:
            return ["", "D"]
        simple = _SIMPLE.fullmatch(str(value))
        return [simple[1], simple[2]] if simple else ["", str(value)]

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        parts = self.typed or self.decompress(value)
        known = [code for code, _label in UNITS]
        # What a reader of campaign files wrote by hand, such as P1M3D, is offered as it is.
        own = [(parts[1], parts[1])] if parts[1] and parts[1] not in known else []
        select: Any = self.widgets[1]
        select.choices = [*UNITS, *own]
        return super().get_context(name, parts, attrs)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        number, unit = super().value_from_datadict(data, files, name)
        number, unit = (number or "").strip(), unit or ""
        self.typed = [number, unit]
        if unit in dict(UNITS):
            return f"P{number}{unit}" if number else ""
        return f"P{number}D" if number else unit
