"""On which dates it happened."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from loyalty.periods import local_date
from loyalty.rules.base import Condition, Outcome, Settings
from loyalty.rules.events import EventState
from loyalty.rules.params import to_json
from loyalty.rules.views import CardView


class DatesParams(forms.Form):
    """Local dates; either may be left open."""

    starts_on = forms.DateField(label=_("first day"), required=False)
    ends_on = forms.DateField(label=_("last day"), required=False)

    def clean(self) -> dict[str, Any]:
        first, last = self.cleaned_data.get("starts_on"), self.cleaned_data.get("ends_on")
        if first is None and last is None and not self.errors:
            raise ValidationError(_("Give the first day, the last day, or both."), code="range_missing")
        if first and last and first > last:
            raise ValidationError(_("The first day is after the last."), code="starts_after_it_ends")
        return self.cleaned_data


class Dates(Condition):
    """The event's local date is from `starts_on` to `ends_on`, both included."""

    kind = "loyalty.dates"
    label = _("Dates")
    Params = DatesParams

    def check(self, about: CardView, event: EventState, params: Settings) -> Outcome:
        today, first, last = local_date(about.at, about.program.zone), params["starts_on"], params["ends_on"]
        code = "too_early" if first and today < first else "too_late"
        holds = not (first and today < first) and not (last and today > last)
        expected = {"starts_on": to_json(first), "ends_on": to_json(last)}
        return Outcome.when(holds, code=code, expected=expected, actual=today.isoformat())
