"""What a calendar brings about: a campaign's own hour on a local date, for the cards of its audience (S7)."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django import forms
from django.utils.formats import time_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.periods import moment_of_day
from loyalty.rules.base import Asking, Condition, Settings
from loyalty.rules.compiled import CompiledCondition
from loyalty.rules.events import EventState
from loyalty.rules.fields import WEEKDAYS, SegmentField, WeekdaysField
from loyalty.rules.kinds.base import EventKind
from loyalty.rules.phrases import Telling, all_of
from loyalty.rules.registry import conditions
from loyalty.rules.state import ProgramRules

# Whether there is an audience at all depends on the settings, not on the moment.
_SOME_DAY = datetime(2000, 1, 1, tzinfo=UTC)


EACH_DAY = {
    "mon": _("on Mondays"),
    "tue": _("on Tuesdays"),
    "wed": _("on Wednesdays"),
    "thu": _("on Thursdays"),
    "fri": _("on Fridays"),
    "sat": _("on Saturdays"),
    "sun": _("on Sundays"),
}


class ScheduledPayload(forms.Form):
    """For which campaign the event was made, and for which local date."""

    campaign = forms.SlugField(label=_("campaign"), max_length=100)
    date = forms.DateField(label=_("date"))


class TimeOfDay(forms.Form):
    """The local time at which it is looked; a time that the clocks skip moves on."""

    time = forms.TimeField(label=_("time of day"), initial=time(9))


class CalendarDays(TimeOfDay):
    """On which dates: every day, or on some weekdays, or on one day of each month; where both are given, on both."""

    weekdays = WeekdaysField(label=_("weekdays"), required=False)
    day_of_month = forms.IntegerField(
        label=_("day of the month"),
        min_value=1,
        max_value=31,
        required=False,
        help_text=_("In a month that is too short: its last day."),
    )


class SegmentAndTime(TimeOfDay):
    """Which segment, and when its members are looked at each day."""

    segment = SegmentField(label=_("segment"), max_length=64)
    field_order = ("segment", "time")


class ScheduleKind(EventKind):
    """Base of what nobody tells: services.run_schedules makes one event per campaign, card and local date.

    Only that campaign looks at it.
    """

    Payload = ScheduledPayload
    follows = True

    def concerns(self, event: EventState, campaign: str, params: Mapping[str, Any]) -> bool:
        named: str = event.payload["campaign"]
        return named == campaign

    def moment_on(self, day: date, params: Settings, zone: ZoneInfo) -> datetime | None:
        """When it is the campaign's turn on this date, in UTC; None on other dates. `params` are canonical."""
        return moment_of_day(day, time.fromisoformat(params["time"]), zone)


def has_audience(
    condition: Condition, params: Settings, program: ProgramRules, *, in_campaign: bool = True
) -> bool:
    """Whether the condition can be asked of a card to which nothing has happened; if need be, of no campaign's."""
    campaign = "any" if in_campaign else ""
    return condition.audience(params, Asking(program, _SOME_DAY, campaign)) is not None


class ScheduledKind(ScheduleKind):
    """A date and time came for a card that holds the campaign's conditions: a birthday, weeks without a purchase."""

    kind = "loyalty.scheduled"
    label = _("Date and time")
    Params = CalendarDays

    def moment_on(self, day: date, params: Settings, zone: ZoneInfo) -> datetime | None:
        weekdays, number = params["weekdays"], params["day_of_month"]
        if weekdays and WEEKDAYS[day.weekday()][0] not in weekdays:
            return None
        if number and day.day != min(number, monthrange(day.year, day.month)[1]):
            return None
        return super().moment_on(day, params, zone)

    def phrase(self, params: Mapping[str, Any], telling: Telling) -> str:
        days = all_of([str(EACH_DAY[day]) for day in params["weekdays"]])
        named = {"days": days, "number": params["day_of_month"], "time": time_format(params["time"])}
        if days and params["day_of_month"]:
            return gettext("On day %(number)s of each month, only %(days)s, at %(time)s") % named
        if days:
            return gettext("Each week %(days)s at %(time)s") % named
        if params["day_of_month"]:
            return gettext("On day %(number)s of each month at %(time)s") % named
        return gettext("Each day at %(time)s") % named


class SegmentKind(ScheduleKind):
    """Base of entering and leaving, as two daily looks at a segment tell it."""

    Params = SegmentAndTime
    enters: ClassVar[bool]

    def inside(self, params: Settings, program: ProgramRules) -> CompiledCondition:
        """The question whether a card is in the segment."""
        asked = conditions.get("loyalty.segment")
        return CompiledCondition(asked, "card", False, {"segment": program.segments[params["segment"]]})


class SegmentEnteredKind(SegmentKind):
    """The card came into a segment since the last daily look."""

    kind = "loyalty.segment_entered"
    label = _("Segment entered")
    enters = True

    def phrase(self, params: Mapping[str, Any], telling: Telling) -> str:
        named = {"who": telling.client, "segment": params["segment"].key}
        if telling.by_you:
            return gettext("When you come into the segment “%(segment)s”") % named
        return gettext("When %(who)s comes into the segment “%(segment)s”") % named


class SegmentLeftKind(SegmentKind):
    """The card went out of a segment since the last daily look."""

    kind = "loyalty.segment_left"
    label = _("Segment left")
    enters = False

    def phrase(self, params: Mapping[str, Any], telling: Telling) -> str:
        named = {"who": telling.client, "segment": params["segment"].key}
        if telling.by_you:
            return gettext("When you drop out of the segment “%(segment)s”") % named
        return gettext("When %(who)s drops out of the segment “%(segment)s”") % named
