"""At what time of day it happened."""

from __future__ import annotations

from datetime import time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.formats import time_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.rules.base import Asking, Condition, Outcome, Settings
from loyalty.rules.conditions.days import always
from loyalty.rules.events import EventState
from loyalty.rules.phrases import Clause, Telling, happening
from loyalty.rules.views import CardView


class HoursParams(forms.Form):
    """Local times; an end before the start is that of the next day."""

    start_time = forms.TimeField(label=_("from"))
    end_time = forms.TimeField(label=_("until"), help_text=_("This moment itself no longer counts."))

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        if not self.errors and values["start_time"] == values["end_time"]:
            raise ValidationError(_("The start and the end must differ."), code="empty_hours")
        return values


class Hours(Condition):
    """The local time is from `start_time` until `end_time`, across midnight if need be."""

    kind = "loyalty.hours"
    label = _("Time of day")
    Params = HoursParams

    def check(self, about: CardView, event: EventState, params: Settings) -> Outcome:
        now = about.at.astimezone(about.program.zone).time()
        expected = [f"{params[name]:%H:%M}" for name in ("start_time", "end_time")]
        return Outcome.when(_holds(now, params), code="other_hours", expected=expected, actual=f"{now:%H:%M}")

    def audience(self, params: Settings, asking: Asking) -> Q:
        return always(_holds(asking.at.astimezone(asking.program.zone).time(), params))

    def phrase(self, params: Settings, telling: Telling) -> Clause:
        named = {name: time_format(params[name]) for name in ("start_time", "end_time")}
        return happening(gettext("between %(start_time)s and %(end_time)s") % named)


def _holds(now: time, params: Settings) -> bool:
    start, end = params["start_time"], params["end_time"]
    return bool(start <= now < end if start < end else now >= start or now < end)
