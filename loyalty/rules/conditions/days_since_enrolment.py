"""How long the card has existed."""

from datetime import date, timedelta

from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.periods import local_date
from loyalty.rules.base import Asking, Condition, Outcome, Settings
from loyalty.rules.conditions.days import start_of
from loyalty.rules.conditions.ranges import NumberRange, range_clause, within
from loyalty.rules.events import EventState
from loyalty.rules.phrases import Clause, Progress, Telling
from loyalty.rules.views import CardView


class DaysSinceEnrolment(Condition):
    """Calendar days since enrolment (that day is 0) are between `minimum` and `maximum`."""

    kind = "loyalty.days_since_enrolment"
    label = _("Days since enrolment")
    Params = NumberRange

    def check(self, about: CardView, event: EventState, params: Settings) -> Outcome:
        zone = about.program.zone
        days = (local_date(about.at, zone) - local_date(about.enrolled_at, zone)).days
        if days < 0:
            return Outcome.when(False, code="before_enrolment", actual=days)
        return within(days, params, too_small="enrolled_too_recently", too_large="enrolled_too_long_ago")

    def audience(self, params: Settings, asking: Asking) -> Q:
        zone = asking.program.zone
        today = local_date(asking.at, zone)
        # No day before the calendar begins, however many are asked for.
        longest = (today - date(1, 1, 2)).days
        query = Q(enrolled_at__lt=start_of(today - timedelta(min(params["minimum"] or 0, longest) - 1), zone))
        if params["maximum"] is not None:
            query &= Q(enrolled_at__gte=start_of(today - timedelta(min(params["maximum"], longest)), zone))
        return query

    def phrase(self, params: Settings, telling: Telling) -> Clause:
        # Translators: %(of_card)s is in the genitive.
        text = gettext("the number of days since the enrolment of %(of_card)s is %(range)s")
        return range_clause(text, params, of_card=telling.of_card)

    def progress(self, about: CardView, params: Settings, telling: Telling) -> Progress | None:
        zone, latest = about.program.zone, params["maximum"]
        days = (local_date(about.at, zone) - local_date(about.enrolled_at, zone)).days
        return Progress(open=False) if latest is not None and days > latest else None
