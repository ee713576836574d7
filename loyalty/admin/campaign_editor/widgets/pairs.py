"""An object with named fields: a row for each, with its name and its value."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from loyalty.admin.campaign_editor.carried import read_carried, write_carried
from loyalty.admin.campaign_editor.commands import rows_of
from loyalty.rules.fields import is_plain_number

TEXT, NUMBER, YES, NO, EMPTY, STORED = "text", "number", "yes", "no", "empty", "stored"


class PairsWidget(forms.Widget):
    """Names and values. A value is text unless the row says otherwise; what is nested is kept as it is stored."""

    template_name = "admin/loyalty/campaign/editor/widgets/pairs.html"
    use_fieldset = True

    def __init__(self) -> None:
        super().__init__()
        self.typed: list[tuple[str, str, str, str]] = []  # of each row: its own name, field, type, text

    def value_from_datadict(self, data: Any, files: Any, name: str) -> dict[str, Any]:
        tokens = rows_of(data, f"{name}-row") if isinstance(data, QueryDict) else []
        self.typed = [
            (token, *(data.get(f"{name}-{token}-{part}", "") for part in ("name", "type", "value")))
            for token in tokens
        ]
        return {field.strip(): _read(kind, text) for _token, field, kind, text in self.typed if field.strip()}

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return f"{name}-row" not in data

    def id_for_label(self, id_: str) -> str:
        return ""

    def format_value(self, value: Any) -> Any:
        return value

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        stored = value if isinstance(value, dict) else {}
        rows = self.typed or [
            (f"r{9000 + number}", field, *_write(one)) for number, (field, one) in enumerate(stored.items())
        ]
        types = [
            (TEXT, _("text")),
            (NUMBER, _("number")),
            (YES, _("yes")),
            (NO, _("no")),
            (EMPTY, _("empty")),
        ]
        context["rows"] = [
            {
                "token": token,
                "number": number + 1,
                "field": field,
                "text": text,
                "type": kind,
                "types": [*types, (STORED, _("as stored"))] if kind == STORED else types,
            }
            for number, (token, field, kind, text) in enumerate(rows)
        ]
        return context


def _read(kind: str, text: str) -> Any:
    if kind in (YES, NO):
        return kind == YES
    if kind == EMPTY:
        return None
    if kind == NUMBER and is_plain_number(text.strip()):
        return int(text) if "." not in text else float(text)
    if kind == STORED:
        try:
            return read_carried(text)
        except ValueError:
            return text
    return text


def _write(value: Any) -> tuple[str, str]:
    if isinstance(value, bool):
        return (YES if value else NO), ""
    if value is None:
        return EMPTY, ""
    if isinstance(value, str):
        return TEXT, value
    if isinstance(value, int | float):
        return NUMBER, str(value)
    return STORED, write_carried(value)
