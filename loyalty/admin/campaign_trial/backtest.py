"""The backtest of a draft over a chosen period: what it would have cost, beside what was really given."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from loyalty.admin.campaign_trial import history
from loyalty.admin.campaign_trial.drafts import problems_of
from loyalty.admin.campaign_trial.pages import TrialPage, page_media
from loyalty.admin.charts import chart_media
from loyalty.admin.figures import decimal_text, percent_text
from loyalty.admin.moments import DayField
from loyalty.exceptions import CampaignInvalid
from loyalty.models import Campaign, Purchase
from loyalty.services import Backtest
from loyalty.services.backtests import is_beyond_a_request

_WEEKS = 12


class PeriodForm(forms.Form):
    """From the first to the last day, both included."""

    since = DayField(label=_("From"))
    until = DayField(label=_("To"))

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        if "since" in values and "until" in values and values["since"] > values["until"]:
            raise ValidationError(
                _("The end must not be before the beginning."), code="ends_before_it_starts"
            )
        return values


class BacktestPage(TrialPage):
    """Runs when asked to, by a POST: it writes nothing, but it takes a while."""

    slug, label, template = "backtest", _("Backtest"), "backtest.html"
    media = page_media + chart_media

    @classmethod
    def is_allowed(cls, admin: Any, request: HttpRequest, campaign: Campaign) -> bool:
        """Whoever may see what the program turns over."""
        sees: bool = request.user.has_perm("loyalty.view_dashboard")
        return sees and super().is_allowed(admin, request, campaign)

    def respond(self) -> HttpResponse:
        form = PeriodForm(self.request.POST or None, initial=self._period())
        context: dict[str, Any] = {
            "form": form,
            "too_many": is_beyond_a_request(self.campaign.program),
        }
        if self.draft.definition is not None and form.is_bound and form.is_valid():
            context |= self._result(form.cleaned_data["since"], form.cleaned_data["until"])
        elif context["too_many"]:
            context["command"] = history.describe_command(self.campaign, **self._period())
        return self.show(**context)

    def _result(self, since: date, until: date) -> dict[str, Any]:
        command = history.describe_command(self.campaign, since=since, until=until)
        if is_beyond_a_request(self.campaign.program):
            return {"command": command}
        try:
            compared = history.compare(self.campaign, since=since, until=until)
        except CampaignInvalid as error:
            self.draft.definition, self.draft.problems = None, problems_of(error)
            return {}
        runs = {"with_draft": compared.draft, "as_it_was": compared.before}
        totals = {
            name: {
                "cost": _in_money(run.cost, run),
                "percent": percent_text(run.percent),
                "members": run.members,
                "revenue": _in_money(run.revenue, run),
            }
            for name, run in runs.items()
            if run is not None
        }
        return {
            "compared": compared,
            "totals": totals,
            "command": command,
            "chart": history.draw_weeks(compared),
            "rows": history.list_campaigns(compared),
            "dearest": history.list_dearest(compared, site=self.admin.admin_site.name),
        }

    def _period(self) -> dict[str, date]:
        """The last weeks of what is stored: an imported history may end long ago."""
        zone = self.campaign.program.zone
        last = Purchase.objects.filter(program=self.campaign.program).order_by("-pk").first()
        until = timezone.localtime(last.occurred_at if last else timezone.now(), zone).date()
        return {"since": until - timedelta(weeks=_WEEKS), "until": until}


def _in_money(text: str | None, run: Backtest) -> str:
    """An amount in the currency of purchases; a dash for none."""
    return decimal_text(text) if text is None else f"{decimal_text(text)} {run.program.purchase_currency}"
