"""A table: a row of boxes for each row."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import formats
from django.utils.text import capfirst

from loyalty.admin.campaign_editor.commands import rows_of
from loyalty.admin.campaign_editor.widgets.numbers import localised
from loyalty.rules.tables import TableField


class TableWidget(forms.Widget):
    """The columns of a `TableField`; which rows there are is a list of names, as for all rows of the editor."""

    template_name = "admin/loyalty/campaign/editor/widgets/table.html"
    use_fieldset = True
    rows_shown_at_first = 2

    def __init__(self, field: TableField, columns: dict[str, forms.Field]) -> None:
        super().__init__()
        self.field, self.columns = field, columns
        self.typed: list[tuple[str, dict[str, Any]]] = []  # each row with its own name, empty ones too
        self.problems: dict[tuple[str, str], list[str]] = {}

    def __deepcopy__(self, memo: Any) -> TableWidget:
        return TableWidget(self.field, deepcopy(self.columns, memo))

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[dict[str, Any]]:
        tokens = rows_of(data, f"{name}-row") if isinstance(data, QueryDict) else []
        self.typed = [(token, self._row(data, files, f"{name}-{token}")) for token in tokens]
        return [row for _token, row in self.typed if any(row.values())]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return f"{name}-row" not in data

    def check(self) -> bool:
        """Note what is wrong with each box; whether anything is."""
        self.problems = {}
        for token, row in self.typed:
            for name, column in self.field.columns.items() if any(row.values()) else ():
                try:
                    column.clean(row.get(name))
                except ValidationError as error:
                    self.problems[token, name] = [str(message) for message in error.messages]
        return bool(self.problems)

    def id_for_label(self, id_: str) -> str:
        return ""

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        stored = value if isinstance(value, list | tuple) else ()
        rows = self.typed or [
            (f"r{9000 + number}", row) for number, row in enumerate(stored or [{}] * self.rows_shown_at_first)
        ]
        context["rows"] = [
            {"token": token, "number": number + 1, "cells": self._cells(name, token, row)}
            for number, (token, row) in enumerate(rows)
        ]
        return context

    def _row(self, data: Any, files: Any, prefix: str) -> dict[str, Any]:
        typed = {
            name: column.widget.value_from_datadict(data, files, f"{prefix}-{name}")
            for name, column in self.columns.items()
        }
        return {
            name: formats.sanitize_separators(value) if self.columns[name].localize else value
            for name, value in typed.items()
        }

    def _cells(self, name: str, token: str, row: Any) -> list[dict[str, Any]]:
        cells = []
        for key, column in self.columns.items():
            problems = self.problems.get((token, key), [])
            id_ = f"id_{name}-{token}-{key}"
            label = capfirst(str(column.label or key))
            attrs = {"id": id_, "aria-label": label}
            if problems:
                attrs |= {"aria-invalid": "true", "aria-describedby": f"{id_}_error"}
            value = row.get(key)
            shown = localised(value) if column.localize else value
            html = column.widget.render(f"{name}-{token}-{key}", shown, attrs)
            cells.append({"html": html, "label": label, "problems": problems, "id": id_})
        return cells
