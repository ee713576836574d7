"""Form fields for tables in the settings of rules: rows with named columns, as JSON objects or typed line by line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from loyalty.rules.fields import ListField
from loyalty.rules.strict import json_mistake


class TableField(ListField):
    """Rows of named columns, each cleaned by a form field of its own. A rule gets a tuple of dicts.

    Typed as text, a row is a line with the columns in their order, separated by semicolons.
    """

    list_message = _("Give a list of rows, each an object with named fields.")

    def __init__(self, *, columns: Mapping[str, forms.Field], most: int = 200, **options: Any) -> None:
        self.columns, self.most = dict(columns), most
        super().__init__(**options)

    def is_item(self, item: object) -> bool:
        return isinstance(item, Mapping)

    def json_mistake(self, raw: Any) -> str | Promise | None:
        mistake = super().json_mistake(raw)
        if mistake is not None:
            return mistake
        for row in raw:
            for name, value in row.items():
                if name not in self.columns:
                    return _("A row has fields of other names than it should.")
                wrong = json_mistake(self.columns[name], value)
                if wrong is not None:
                    return wrong
        return None

    def read_item(self, item: Any) -> dict[str, Any]:
        if not isinstance(item, Mapping):
            parts = [part.strip() for part in str(item).split(";")]
            if len(parts) > len(self.columns):
                raise ValidationError(_("A row has too many columns."), code="too_many_columns")
            item = dict(zip(self.columns, parts, strict=False))
        return {name: field.clean(item.get(name, field.initial)) for name, field in self.columns.items()}

    def to_python(self, value: Any) -> tuple[Any, ...]:
        if isinstance(value, str):
            value = value.splitlines()
        return super().to_python(value)

    def validate(self, value: Any) -> None:
        super().validate(value)
        if len(value) > self.most:
            raise ValidationError(
                _("Give at most %(most)s rows."), code="too_many", params={"most": self.most}
            )

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, list | tuple):
            return value
        return "".join(
            ";".join("" if row.get(name) is None else str(row.get(name)) for name in self.columns) + "\n"
            for row in value
        )
