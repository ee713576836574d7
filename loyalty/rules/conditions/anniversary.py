"""Around the day on which the card was enrolled, years later."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from django import forms
from django.db.models import Q
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from loyalty.periods import local_date
from loyalty.rules.base import Asking, Condition, Outcome, Settings
from loyalty.rules.conditions.birthday import DaysAround, around, is_leap, span
from loyalty.rules.conditions.days import NOBODY, start_of
from loyalty.rules.events import EventState
from loyalty.rules.phrases import Clause, Telling
from loyalty.rules.views import CardView

MOST_YEARS = 100


class AnniversaryParams(DaysAround):
    """`years`: only the anniversary with this number."""

    years = forms.IntegerField(
        label=_("only after so many years"), required=False, min_value=1, max_value=MOST_YEARS
    )
    field_order = ("years", "days_before", "days_after")


class Anniversary(Condition):
    """Today lies around an anniversary of enrolment; that of 29 February is on 28 in other years."""

    kind = "loyalty.anniversary"
    label = _("Anniversary of enrolment")
    Params = AnniversaryParams

    def check(self, about: CardView, event: EventState, params: Settings) -> Outcome:
        zone = about.program.zone
        enrolled = local_date(about.enrolled_at, zone)
        first, last = span(local_date(about.at, zone), params)
        holds = any(
            first <= _anniversary(enrolled, years) <= last
            for years in {first.year - enrolled.year, last.year - enrolled.year}
            if years in _years(params)
        )
        expected = {name: params[name] for name in ("days_before", "days_after")}
        if params["years"]:
            expected["years"] = params["years"]
        return Outcome.when(holds, code="other_day", expected=expected, actual=enrolled.isoformat())

    def audience(self, params: Settings, asking: Asking) -> Q:
        zone = asking.program.zone
        first, last = span(local_date(asking.at, zone), params)
        query = NOBODY
        for years in _years(params):
            # Of one year those are the days from one date to another: an anniversary never overtakes the next day's.
            begin = _same_day(first, first.year - years) or date(first.year - years, 3, 1)
            end = _same_day(last, last.year - years) or date(last.year - years, 2, 28)
            if (end.month, end.day) == (2, 28) and not is_leap(last.year):
                end = date(end.year, 3, 1) - timedelta(1)
            query |= Q(
                enrolled_at__gte=start_of(begin, zone), enrolled_at__lt=start_of(end + timedelta(1), zone)
            )
        return query

    def phrase(self, params: Settings, telling: Telling) -> Clause:
        named = {"of_card": telling.of_card, "years": params["years"]}
        if params["years"]:
            text = ngettext(
                "it is %(years)s year since the enrolment of %(of_card)s",
                "it is %(years)s years since the enrolment of %(of_card)s",
                params["years"],
            )
            return Clause(around(text % named, params))
        return Clause(around(gettext("it is an anniversary of the enrolment of %(of_card)s") % named, params))


def _years(params: Settings) -> Sequence[int]:
    return (params["years"],) if params["years"] else range(1, MOST_YEARS + 1)


def _anniversary(enrolled: date, years: int) -> date:
    return _same_day(enrolled, enrolled.year + years) or date(enrolled.year + years, 2, 28)


def _same_day(day: date, year: int) -> date | None:
    """The same day of another year; None for 29 February where there is none."""
    try:
        return day.replace(year=year)
    except ValueError:
        return None
