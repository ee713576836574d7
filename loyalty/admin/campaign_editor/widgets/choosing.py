"""Choices that come from the program, and choices with a name to type beside them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from loyalty.admin.campaign_editor.offer import Choices, with_value

OTHER = "="


class StoredSelect(forms.Select):
    """A select for a field that takes text. A stored value that is not offered any more is shown, and can be kept."""

    def __init__(self, choices: Choices, *, required: bool = True, attrs: Any = None) -> None:
        self.offered: Choices = [("", _("– choose –") if required else _("– none –")), *choices]  # type: ignore[list-item]
        super().__init__(attrs, choices=self.offered)

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        self.choices = with_value(self.offered, value)
        return super().get_context(name, value, attrs)


class NameOrOther(forms.MultiWidget):
    """One of some fixed values, or "other" with a name typed beside it."""

    template_name = "admin/loyalty/campaign/editor/widgets/side_by_side.html"

    def __init__(self, *, choices: Any, other: Any, placeholder: Any) -> None:
        self.fixed = [value for value, _label in choices]
        select = forms.Select(choices=[*choices, (OTHER, other)])
        text = forms.TextInput(attrs={"aria-label": placeholder, "placeholder": placeholder})
        super().__init__({"choice": select, "name": text})

    def decompress(self, value: Any) -> list[Any]:
        text = value or self.fixed[0]
        return [text, ""] if text in self.fixed else [OTHER, text]

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        choice, typed = super().value_from_datadict(data, files, name)
        return str(typed or "").strip() if choice == OTHER else str(choice or "")
