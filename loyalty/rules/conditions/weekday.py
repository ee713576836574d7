"""On which day of the week it happened."""

from django import forms
from django.utils.translation import gettext_lazy as _

from loyalty.periods import local_date
from loyalty.rules.base import Condition, Outcome, Settings
from loyalty.rules.events import EventState
from loyalty.rules.fields import WEEKDAYS, WeekdaysField
from loyalty.rules.views import CardView


class Weekday(Condition):
    """The event's local day is one of `days`."""

    kind = "loyalty.weekday"
    label = _("Day of the week")

    class Params(forms.Form):
        days = WeekdaysField(label=_("days"))

    def check(self, about: CardView, event: EventState, params: Settings) -> Outcome:
        today = WEEKDAYS[local_date(about.at, about.program.zone).weekday()][0]
        days = params["days"]
        return Outcome.when(today in days, code="other_weekday", expected=list(days), actual=today)
