"""Around the birthday of the card's holder."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from django import forms
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.periods import local_date
from loyalty.rules import registry
from loyalty.rules.base import Asking, Condition, Need, Outcome, Settings
from loyalty.rules.conditions.comparing import ATTRIBUTES, AttributeIs
from loyalty.rules.events import EventState
from loyalty.rules.phrases import Clause, Telling, days_of
from loyalty.rules.views import CardView

MOST_AROUND = 180
_DATE = re.compile(r"[0-9]{4}-([0-9]{2})-([0-9]{2})", re.ASCII)


class DaysAround(forms.Form):
    """From so many days before until so many days after; 0 and 0 is the day itself."""

    days_before = forms.IntegerField(
        label=_("days before"), min_value=0, max_value=MOST_AROUND, initial=0, required=False
    )
    days_after = forms.IntegerField(
        label=_("days after"), min_value=0, max_value=MOST_AROUND, initial=0, required=False
    )

    def clean_days_before(self) -> int:
        return self.cleaned_data["days_before"] or 0

    def clean_days_after(self) -> int:
        return self.cleaned_data["days_after"] or 0


class BirthdayParams(DaysAround):
    """The attribute holds a date such as 1990-02-28."""

    attribute = forms.SlugField(label=_("attribute"), max_length=64, initial="birthday")
    field_order = ("attribute", "days_before", "days_after")


class Birthday(Condition):
    """Today lies around the day and month of the date in an attribute; 29 February counts as 28 in other years."""

    kind = "loyalty.birthday"
    label = _("Birthday")
    Params = BirthdayParams

    def needs(self, params: Settings) -> Iterable[Need]:
        return (Need(ATTRIBUTES, params["attribute"]),)

    def check(self, about: CardView, event: EventState, params: Settings) -> Outcome:
        born, today = about.attribute(params["attribute"]), local_date(about.at, about.program.zone)
        expected = {name: params[name] for name in ("days_before", "days_after")}
        if born is None:
            return Outcome.when(False, code="birthday_missing", expected=expected)
        if month_day(born) is None:
            return Outcome.when(False, code="birthday_not_a_date", expected=expected, actual=born)
        holds = month_day(born) in set(celebrated(today, params))
        return Outcome.when(holds, code="other_day", expected=expected, actual=born[5:])

    def audience(self, params: Settings, asking: Asking) -> Q:
        days = tuple(sorted(set(celebrated(local_date(asking.at, asking.program.zone), params))))
        return registry.facts.get(ATTRIBUTES).query(AttributeIs(params["attribute"], "on_days", days), asking)

    def phrase(self, params: Settings, telling: Telling) -> Clause:
        text = gettext("it is the birthday of the holder of %(of_card)s") % {"of_card": telling.of_card}
        if telling.is_yours:
            text = gettext("it is your birthday")
        return Clause(around(text, params))


def around(day: str, params: Settings) -> str:
    """A clause such as "it is the birthday of …", with the days before and after on which it holds too."""
    before, after = params["days_before"], params["days_after"]
    named = {"day": day, "before": days_of(before), "after": days_of(after)}
    if before and after:
        return gettext("%(day)s, or at most %(before)s before or at most %(after)s after it") % named
    if before:
        return gettext("%(day)s, or at most %(before)s before it") % named
    return gettext("%(day)s, or at most %(after)s after it") % named if after else day


def month_day(text: str) -> str | None:
    """Month and day of a date such as "1990-02-28"; None for what is no date. Which year it is does not matter."""
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    try:
        return date(2000, int(match[1]), int(match[2])).strftime("%m-%d")
    except ValueError:
        return None


def celebrated(today: date, params: Settings) -> Iterator[str]:
    """The days of the year that are celebrated around today."""
    day, last = span(today, params)
    while day <= last:
        yield day.strftime("%m-%d")
        if (day.month, day.day) == (2, 28) and not is_leap(day.year):
            yield "02-29"
        day += timedelta(1)


def span(today: date, params: Settings) -> tuple[date, date]:
    """The first and the last day that, if something is celebrated then, make today count."""
    return today - timedelta(params["days_after"]), today + timedelta(params["days_before"])


def is_leap(year: int) -> bool:
    """Whether the year has a 29 February."""
    return (date(year, 3, 1) - timedelta(1)).day == 29
