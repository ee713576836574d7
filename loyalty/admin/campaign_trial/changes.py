"""What changed since the campaign was published, what was decided about it when, and what its shadow would have given."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from loyalty.admin.campaign_trial.pages import TrialPage
from loyalty.admin.figures import decimal_text
from loyalty.models import CampaignPublication
from loyalty.selectors import get_shadow_totals

_MOST = 200


class ChangesPage(TrialPage):
    """The draft against the revision that was published last, in sentences."""

    slug, label, template = "changes", _("Changes"), "changes.html"


class PublicationsPage(TrialPage):
    """Every dated decision about the campaign, the latest first, with who took it."""

    slug, label, template = "publications", _("Publications"), "publications.html"

    def respond(self) -> HttpResponse:
        rows = CampaignPublication.objects.filter(campaign=self.campaign)
        found = rows.select_related("revision", "actor").order_by("-pk")[:_MOST]
        return self.show(publications=list(found))


class ShadowPage(TrialPage):
    """What the campaign would have given since it runs in shadow mode."""

    slug, label, template = "shadow", _("Shadow mode"), "shadow.html"

    def respond(self) -> HttpResponse:
        since = self.draft.state.since if self.draft.state.status == "shadow" else None
        totals = []
        if since is not None:
            totals = [
                replace(one, requested=decimal_text(one.requested), granted=decimal_text(one.granted))
                for one in get_shadow_totals(program=self.campaign.program, since=since)
                if one.campaign == self.campaign.key
            ]
        return self.show(totals=totals, since=since)
