"""On which dates it happened."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.periods import local_date
from loyalty.rules.base import Asking, Condition, Outcome, Settings
from loyalty.rules.conditions.days import always
from loyalty.rules.events import EventState
from loyalty.rules.params import to_json
from loyalty.rules.phrases import Clause, Progress, Telling, happening
from loyalty.rules.state import ProgramRules
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
        today, code = local_date(about.at, about.program.zone), _outside(about.at, about.program, params)
        expected = {name: to_json(params[name]) for name in ("starts_on", "ends_on")}
        return Outcome.when(not code, code=code, expected=expected, actual=today.isoformat())

    def audience(self, params: Settings, asking: Asking) -> Q:
        return always(not _outside(asking.at, asking.program, params))

    def phrase(self, params: Settings, telling: Telling) -> Clause:
        first, last = params["starts_on"], params["ends_on"]
        named = {"first": first and date_format(first), "last": last and date_format(last)}
        if first is None:
            when = gettext("until %(last)s") % named
        elif last is None:
            when = gettext("from %(first)s on") % named
        else:
            when = gettext("from %(first)s to %(last)s") % named
        return happening(when)

    def progress(self, about: CardView, params: Settings, telling: Telling) -> Progress | None:
        is_over = _outside(about.at, about.program, params) == "too_late"
        return Progress(open=False) if is_over else None


def _outside(moment: datetime, program: ProgramRules, params: Settings) -> str:
    """On which side of the dates it lies; empty: within."""
    today, first, last = local_date(moment, program.zone), params["starts_on"], params["ends_on"]
    if first and today < first:
        return "too_early"
    return "too_late" if last and today > last else ""
