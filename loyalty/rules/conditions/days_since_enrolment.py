"""How long the card has existed."""

from django.utils.translation import gettext_lazy as _

from loyalty.periods import local_date
from loyalty.rules.base import Condition, Outcome, Settings
from loyalty.rules.conditions.ranges import NumberRange, within
from loyalty.rules.events import EventState
from loyalty.rules.views import CardView


class DaysSinceEnrolment(Condition):
    """Calendar days since enrolment (that day is 0) are between `minimum` and `maximum`.

    No audience: which cards these are depends on today's date in the program's time zone.
    """

    kind = "loyalty.days_since_enrolment"
    label = _("Days since enrolment")
    Params = NumberRange

    def check(self, about: CardView, event: EventState, params: Settings) -> Outcome:
        zone = about.program.zone
        days = (local_date(about.at, zone) - local_date(about.enrolled_at, zone)).days
        if days < 0:
            return Outcome.when(False, code="before_enrolment", actual=days)
        return within(days, params, too_small="enrolled_too_recently", too_large="enrolled_too_long_ago")
