"""Which widget a field of a rule's form gets in the editor, and in which unit it is filled in.

A widget that the author of a rule chose stays; what is replaced are the usual ones of each class of field.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from loyalty.admin.campaign_editor import widgets
from loyalty.admin.campaign_editor.kinds import kind_choices
from loyalty.admin.campaign_editor.offer import Offer, with_value
from loyalty.rules import registry
from loyalty.rules.actions.emit_event import emittable
from loyalty.rules.fields import (
    CampaignListField,
    CurrencyField,
    CurrencyListField,
    DecimalListField,
    DurationField,
    EventKindField,
    ListField,
    MappingField,
    MoneyField,
    PercentField,
    RewardAmountField,
    SegmentField,
)
from loyalty.rules.tables import TableField

Field = forms.Field


@dataclass(frozen=True, slots=True)
class _Place:
    """For which field a widget is made."""

    field: Any
    offer: Offer
    stored: Any


Make = Callable[[_Place], forms.Widget]


def dress(field: Field, offer: Offer, stored: Any = None) -> None:
    """Give the field its widget for the editor; `stored` is its present value, which is offered even if it is gone."""
    if isinstance(field, forms.DecimalField | forms.FloatField | forms.IntegerField):
        field.localize = True
    make = next((make for cls, make in _WIDGETS if isinstance(field, cls)), None)
    if make is None or not _is_usual(field):
        field.widget.is_localized = field.widget.is_localized or field.localize
        return
    widget = make(_Place(field, offer, stored))
    widget.is_required = field.required
    widget.is_localized = field.localize
    widget.attrs.update(
        {
            name: value
            for name, value in field.widget.attrs.items()
            if name not in ("min", "max", "step", "cols", "rows")
        }
    )
    field.widget = widget
    if isinstance(field, ListField | MappingField):
        # These fields write their value as one text for a box; ours take it as it is.
        if not isinstance(widget, forms.Textarea):
            field.prepare_value = _as_it_is  # type: ignore[method-assign]
        field.bound_data = _as_typed  # type: ignore[method-assign]


def unit_of(field: Field, offer: Offer) -> str:
    """The unit that stands behind the box; empty where the label says all."""
    if isinstance(field, MoneyField):
        return offer.money
    if isinstance(field, PercentField):
        return "%"
    return str(getattr(field, "unit", ""))


def help_of(field: Field) -> str:
    """What stands under the box."""
    if field.help_text:
        return str(field.help_text)
    if isinstance(field.widget, forms.Textarea) and isinstance(field, ListField):
        return _("One on each line, or with commas between them.")
    if isinstance(field, RewardAmountField):
        return _("In the currency that is given.")
    return ""


def _is_usual(field: Field) -> bool:
    usual = type(field).widget
    kinds = (usual, forms.NumberInput) if isinstance(field, forms.IntegerField) else (usual,)
    return type(field.widget) in kinds


def _number(inputmode: str) -> Make:
    return lambda _: forms.TextInput(attrs={"inputmode": inputmode, "class": "ce-number"})


def _select(choices: str) -> Make:
    return lambda at: widgets.StoredSelect(getattr(at.offer, choices), required=at.field.required)


def _several(choices: str) -> Make:
    def make(at: _Place) -> forms.Widget:
        known = getattr(at.offer, choices)
        for one in at.stored if isinstance(at.stored, list | tuple) else ():
            known = with_value(known, one)
        return forms.CheckboxSelectMultiple(choices=known)

    return make


def _event_kind(_: _Place) -> forms.Widget:
    return forms.Select(choices=kind_choices(registry.event_kinds, emittable), attrs={"data-redraw": True})


def _boxes(at: _Place) -> forms.Widget:
    return forms.CheckboxSelectMultiple(choices=at.field.choices)


def _table(at: _Place) -> forms.Widget:
    columns = deepcopy(at.field.columns)
    for column in columns.values():
        dress(column, at.offer)
    return widgets.TableWidget(at.field, columns)


def _levels(at: _Place) -> forms.Widget:
    return widgets.LevelsWidget(most=at.field.most, unit=unit_of(at.field.item, at.offer))


def _plain(make: Callable[[], forms.Widget]) -> Make:
    return lambda _: make()


def _as_it_is(value: Any) -> Any:
    return value


def _as_typed(data: Any, initial: Any) -> Any:  # noqa: ARG001 - the signature is that of Field.bound_data
    return data


# The first class that the field is an instance of counts: what inherits stands before its base.
_WIDGETS: tuple[tuple[type[Field], Make], ...] = (
    (TableField, _table),
    (DecimalListField, _levels),
    (CurrencyListField, _several("currencies")),
    (CampaignListField, _several("campaigns")),
    (ListField, _plain(lambda: forms.Textarea(attrs={"rows": 3, "cols": 30}))),
    (MappingField, _plain(widgets.PairsWidget)),
    (DurationField, _plain(widgets.DurationWidget)),
    (SegmentField, _select("segments")),
    (CurrencyField, _select("currencies")),
    (EventKindField, _event_kind),
    (forms.MultipleChoiceField, _boxes),
    (forms.DecimalField, _number("decimal")),
    (forms.FloatField, _number("decimal")),
    (forms.IntegerField, _number("numeric")),
    (forms.DateTimeField, _plain(widgets.DateTimeInput)),
    (forms.DateField, _plain(widgets.DateInput)),
    (forms.TimeField, _plain(widgets.TimeInput)),
)
