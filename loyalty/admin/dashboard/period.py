"""Which program, and which days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django import forms
from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from loyalty.admin.moments import DayField
from loyalty.models import Program
from loyalty.periods import local_date

_DAYS = 30
_MOST = 366 * 50
LENGTHS = ((7, _("7 days")), (30, _("30 days")), (90, _("90 days")), (365, _("a year")))


class PeriodForm(forms.Form):
    """The first and the last day."""

    since = DayField(label=_("From"))
    until = DayField(label=_("To"))

    def clean(self) -> dict[str, date]:
        """The days must be in order, and not more than fifty years."""
        values: dict[str, date] = dict(self.cleaned_data)
        since, until = values.get("since"), values.get("until")
        if since and until and since > until:
            raise forms.ValidationError(_("The first day is after the last."), code="starts_after_it_ends")
        if since and until and (until - since).days > _MOST:
            raise forms.ValidationError(_("Choose fifty years at most."), code="too_long")
        return values


@dataclass(frozen=True, slots=True)
class Period:
    """What somebody chose; `form` has the mistakes of what they typed, and then the default period is shown."""

    program: Program
    since: date
    until: date
    form: PeriodForm

    @classmethod
    def read(cls, request: HttpRequest, program: Program) -> Period:
        """From the address: `since` and `until`, by default the last 30 days of the program's calendar."""
        today = local_date(timezone.now(), program.zone)
        default = {"since": today - timedelta(days=_DAYS - 1), "until": today}
        given = {name: request.GET[name] for name in default if request.GET.get(name)}
        form = PeriodForm({**default, **given})
        chosen = form.cleaned_data if form.is_valid() else default
        return cls(program, chosen["since"], chosen["until"], form)

    def address(self, since: date | None = None, until: date | None = None, **more: str) -> str:
        """The query of an address for this program and these days."""
        query = QueryDict(mutable=True)
        query.update(
            {
                "program": self.program.slug,
                "since": (since or self.since).isoformat(),
                "until": (until or self.until).isoformat(),
                **more,
            }
        )
        return "?" + query.urlencode()
