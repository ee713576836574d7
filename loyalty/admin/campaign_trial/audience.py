"""Whom the campaign would reach now."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from loyalty.admin.campaign_trial.pages import TrialPage
from loyalty.selectors import find_reach
from loyalty.selectors.revision_texts import describe_trigger


class AudiencePage(TrialPage):
    """How many cards hold the conditions that can be asked before anything happens, and ten of them."""

    slug, label, template = "audience", _("Audience"), "audience.html"

    def respond(self) -> HttpResponse:
        context: dict[str, Any] = {}
        if self.draft.definition is not None:
            context["reach"] = find_reach(self.draft.definition, program=self.campaign.program)
            context["trigger"] = describe_trigger(self.draft.definition["trigger"])
        return self.show(**context)
