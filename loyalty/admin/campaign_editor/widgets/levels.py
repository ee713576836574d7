"""Numbers by level: a box for each."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import formats
from django.utils.translation import gettext as _

from loyalty.admin.campaign_editor.widgets.numbers import localised


class LevelsWidget(forms.Widget):
    """Boxes for level 1, level 2 and so on. Empty ones at the end are no levels, one before a filled one is 0."""

    template_name = "admin/loyalty/campaign/editor/widgets/levels.html"
    use_fieldset = True

    def __init__(self, *, most: int, unit: str = "") -> None:
        super().__init__()
        self.most, self.unit = most, unit

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        texts = [str(data.get(f"{name}_{number}") or "").strip() for number in range(self.most)]
        while texts and not texts[-1]:
            texts.pop()
        return [formats.sanitize_separators(text) if text else "0" for text in texts]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return not any(f"{name}_{number}" in data for number in range(self.most))

    def id_for_label(self, id_: str) -> str:
        return ""

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        values = value.splitlines() if isinstance(value, str) else list(value or [])
        values += [""] * (self.most - len(values))
        context["boxes"] = [
            {
                "name": f"{name}_{number}",
                "id": f"id_{name}_{number}",
                "label": _("Level %(number)s") % {"number": number + 1},
                "value": localised(values[number]),
            }
            for number in range(self.most)
        ]
        context["unit"] = self.unit
        return context
