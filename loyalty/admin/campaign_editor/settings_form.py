"""The form of some settings as the editor draws it: each field with its widget, unit, help and problems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import QueryDict
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from loyalty.admin.campaign_editor.dressing import dress, help_of, unit_of
from loyalty.admin.campaign_editor.offer import Offer
from loyalty.admin.campaign_editor.widgets import DurationWidget, PayloadWidget, TableWidget
from loyalty.periods import parse_instant
from loyalty.rules import registry
from loyalty.rules.fields import EventKindField, MappingField, is_plain_number
from loyalty.rules.params import to_json


@dataclass(slots=True)
class FieldView:
    """One field: what stands around its widget, and what is wrong with it."""

    bound: forms.BoundField
    label: str
    help: str
    unit: str
    problems: list[str] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The id of the widget, after which those of the label, help and problems are named."""
        return self.bound.auto_id

    @property
    def is_fieldset(self) -> bool:
        """Whether it consists of several boxes, so that a legend stands over them."""
        return bool(self.bound.field.widget.use_fieldset)

    @property
    def is_ticked(self) -> bool:
        """Whether it is a single box to tick, which stands before its label."""
        return isinstance(self.bound.field.widget, forms.CheckboxInput)

    @property
    def html(self) -> SafeString:
        """The widget, tied to its help and problems for those who hear the page."""
        described = [f"{self.id}_helptext"] if self.help else []
        attrs: dict[str, Any] = {}
        if self.problems:
            described.append(f"{self.id}_error")
            attrs["aria-invalid"] = "true"
        if described and not self.is_fieldset:
            attrs["aria-describedby"] = " ".join(described)
        if self.bound.field.required and not self.is_fieldset:
            attrs["aria-required"] = "true"
        return self.bound.as_widget(attrs=attrs)


class SettingsForm:
    """A form of settings, filled from what was posted or from what is stored (JSON, as in a campaign file).

    `redraws` are fields whose choice decides which other fields there are.
    """

    def __init__(
        self,
        form: type[forms.Form],
        *,
        prefix: str,
        offer: Offer,
        data: QueryDict | None = None,
        stored: Mapping[str, Any] | None = None,
        redraws: tuple[str, ...] = (),
    ) -> None:
        self.stored = dict(stored or {})
        self.problems: list[str] = []
        self.conditional: Mapping[str, tuple[str, tuple[Any, ...]]] = getattr(form, "shown_when", {})
        initial = {}
        self.form = form(data, prefix=prefix, use_required_attribute=False)
        choosers = {*redraws, *(chooser for chooser, _values in self.conditional.values())}
        for name, one in self.form.fields.items():
            value = self.stored.get(name)
            dress(one, offer, value if data is None else None)
            if name in self.stored:
                initial[name] = _shown(one, value, offer)
            if name in choosers:
                one.widget.attrs["data-redraw"] = True
        self.form.initial = initial
        self._nest(offer, data)
        if data is not None:
            self.form.data = self._with_undrawn(data)
        with timezone.override(offer.zone):
            self.form.full_clean()
        self.views = {name: self._view(name, offer) for name in self.form.fields}
        self.problems += [str(one) for one in self.form.errors.get(NON_FIELD_ERRORS, ())]

    @property
    def fields(self) -> list[FieldView]:
        """Those that people see, in their order."""
        return [
            view for name, view in self.views.items() if not view.bound.is_hidden and self._is_shown(name)
        ]

    @property
    def hidden(self) -> list[forms.BoundField]:
        """Those that nobody sees."""
        return self.form.hidden_fields()

    @property
    def is_valid(self) -> bool:
        """Whether nothing is wrong as far as is known."""
        return not self.problems and not any(view.problems for view in self.views.values())

    @property
    def is_usual(self) -> bool:
        """Whether everything is as it is by default, so that it need not be seen."""
        values = self.values()
        defaults = {name: _usual(one) for name, one in self.form.fields.items()}
        return self.is_valid and all((values[name] or None) == (defaults[name] or None) for name in defaults)

    def values(self) -> dict[str, Any]:
        """The settings as JSON; what cannot be read stands as it was typed."""
        if not self.form.is_bound:
            defaults = {
                name: to_json(self.form.get_initial_for_field(one, name))
                for name, one in self.form.fields.items()
                if name not in self.stored
            }
            return {**defaults, **self.stored}
        cleaned = self.form.cleaned_data
        return {
            name: to_json(cleaned[name]) if name in cleaned else _as_text(self.form[name].data)
            for name in self.form.fields
        }

    def count_problems(self) -> int:
        """How many things are marked."""
        return len(self.problems) + sum(bool(view.problems) for view in self.views.values())

    def forget_problems(self) -> None:
        """Mark nothing."""
        self.problems.clear()
        for view in self.views.values():
            view.problems.clear()
            widget = view.bound.field.widget
            if isinstance(widget, TableWidget):
                widget.problems.clear()
            if isinstance(widget, PayloadWidget):
                widget.inner.forget_problems()

    def note(self, name: str, message: str) -> None:
        """Show a problem at a field, or over all of them; not beside what the form itself says."""
        view = self.views.get(name.partition(".")[0].partition("[")[0])
        if view is not None:
            if not view.problems:
                view.problems.append(message)
        elif self.is_valid and message not in self.problems:
            self.problems.append(message)

    def _is_shown(self, name: str) -> bool:
        """Whether the field goes with what is chosen; one that is filled in or wrong is always seen."""
        if name not in self.conditional:
            return True
        chooser, values = self.conditional[name]
        told = self.values()
        is_filled = (told[name] or None) != (_usual(self.form.fields[name]) or None)
        return told.get(chooser) in values or is_filled or bool(self.views[name].problems)

    def _with_undrawn(self, data: QueryDict) -> QueryDict:
        """What was posted, with the usual value of those fields that did not go with what was chosen."""
        filled = data
        for name in self.conditional:
            one, full = self.form.fields[name], self.form.add_prefix(name)
            if one.initial is not None and one.widget.value_omitted_from_data(data, {}, full):
                filled = filled.copy() if filled is data else filled
                filled[full] = str(one.initial)
        return filled

    def _view(self, name: str, offer: Offer) -> FieldView:
        bound = self.form[name]
        problems = [str(one) for one in self.form.errors.get(name, ())]
        widget = bound.field.widget
        is_marked = (isinstance(widget, TableWidget) and bool(problems) and widget.check()) or (
            isinstance(widget, PayloadWidget) and not widget.inner.is_valid
        )
        if is_marked:
            problems = [_("Correct what is marked.")]
        elif isinstance(widget, DurationWidget) and problems:
            problems = [_("Write a whole number, up to a century.")]
        label = capfirst(str(bound.label))
        return FieldView(bound, label, help_of(bound.field), unit_of(bound.field, offer), problems)

    def _nest(self, offer: Offer, data: QueryDict | None) -> None:
        """The content of an event is filled in by the fields of its kind."""
        for name, one in self.form.fields.items():
            chooser = self.form.fields.get(one.of) if isinstance(one, MappingField) else None
            if not isinstance(one, MappingField) or not isinstance(chooser, EventKindField):
                continue
            prefix = self.form.add_prefix(name)
            kind = str(
                data.get(self.form.add_prefix(one.of), "")
                if data is not None
                else self.stored.get(one.of, "")
            )
            if kind not in registry.event_kinds:
                one.widget = forms.HiddenInput() if not kind else one.widget
                continue
            is_drawn = data is not None and data.get(f"{prefix}-for") == kind
            inner = SettingsForm(
                registry.event_kinds.get(kind).Payload,
                prefix=prefix,
                offer=offer,
                data=data if is_drawn else None,
                stored=self.stored.get(name),
            )
            one.widget = PayloadWidget(inner, kind)


def _shown(field: forms.Field, value: Any, offer: Offer) -> Any:
    """A stored value as its widget takes it: numbers in the active language, instants in the program's time zone."""
    if isinstance(field, forms.DecimalField) and is_plain_number(value):
        return Decimal(value)
    if isinstance(field, forms.DateTimeField) and isinstance(value, str):
        try:
            moment: datetime = parse_instant(value)
        except ValueError:
            return value
        return moment.astimezone(offer.zone).replace(tzinfo=None)
    return value


def _usual(field: forms.Field) -> Any:
    return to_json(field.initial() if callable(field.initial) else field.initial)


def _as_text(raw: Any) -> Any:
    return raw if raw is None or isinstance(raw, str | bool | int | list | dict) else str(raw)
