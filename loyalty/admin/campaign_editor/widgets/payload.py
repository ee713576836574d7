"""The content of an event: the fields of that kind of event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

if TYPE_CHECKING:
    from loyalty.admin.campaign_editor.settings_form import SettingsForm


class PayloadWidget(forms.Widget):
    """Draws a form within a form; what was typed there is the value."""

    template_name = "admin/loyalty/campaign/editor/widgets/payload.html"
    use_fieldset = True

    def __init__(self, inner: SettingsForm, kind: str) -> None:
        super().__init__()
        self.inner, self.kind = inner, kind

    def __deepcopy__(self, memo: Any) -> PayloadWidget:
        return PayloadWidget(self.inner, self.kind)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> dict[str, Any]:
        return self.inner.values()

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return False

    def id_for_label(self, id_: str) -> str:
        return ""

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        return {**super().get_context(name, value, attrs), "inner": self.inner, "kind": self.kind}
