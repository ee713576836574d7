"""On which day of the week it happened."""

from datetime import datetime

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from loyalty.periods import local_date
from loyalty.rules.base import Asking, Condition, Outcome, Settings
from loyalty.rules.conditions.days import always
from loyalty.rules.events import EventState
from loyalty.rules.fields import WEEKDAYS, WeekdaysField
from loyalty.rules.phrases import Clause, Telling, any_of, happening
from loyalty.rules.state import ProgramRules
from loyalty.rules.views import CardView

_ON_DAYS = {
    "mon": _("on a Monday"),
    "tue": _("on a Tuesday"),
    "wed": _("on a Wednesday"),
    "thu": _("on a Thursday"),
    "fri": _("on a Friday"),
    "sat": _("on a Saturday"),
    "sun": _("on a Sunday"),
}


class Weekday(Condition):
    """The event's local day is one of `days`."""

    kind = "loyalty.weekday"
    label = _("Day of the week")

    class Params(forms.Form):
        days = WeekdaysField(label=_("days"))

    def check(self, about: CardView, event: EventState, params: Settings) -> Outcome:
        today, days = _today(about.at, about.program), params["days"]
        return Outcome.when(today in days, code="other_weekday", expected=list(days), actual=today)

    def audience(self, params: Settings, asking: Asking) -> Q:
        return always(_today(asking.at, asking.program) in params["days"])

    def phrase(self, params: Settings, telling: Telling) -> Clause:
        return happening(any_of([str(_ON_DAYS[day]) for day in params["days"]]))


def _today(moment: datetime, program: ProgramRules) -> str:
    return WEEKDAYS[local_date(moment, program.zone).weekday()][0]
