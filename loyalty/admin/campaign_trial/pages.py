"""What the pages of one campaign share: who may see them, the bar above, and the time zone of the program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.forms import Media
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise

from loyalty.admin.campaign_trial.drafts import Draft
from loyalty.models import Campaign

if TYPE_CHECKING:
    from loyalty.admin.campaign_trial.mixin import CampaignTrials

page_media = Media(css={"all": ["loyalty/admin/campaign-trial.css"]}, js=["loyalty/admin/campaign-trial.js"])


class TrialPage:
    """One page about one campaign. Subclasses answer in `respond`; times are shown in the program's time zone."""

    slug: ClassVar[str]
    label: ClassVar[str | Promise]
    template: ClassVar[str]
    media: ClassVar[Media] = page_media

    def __init__(self, admin: CampaignTrials, request: HttpRequest, campaign: Campaign) -> None:
        self.admin, self.request, self.campaign = admin, request, campaign
        self.draft = Draft.read(campaign)

    @classmethod
    def is_allowed(cls, admin: CampaignTrials, request: HttpRequest, campaign: Campaign) -> bool:
        """Whether somebody may open the page: by default whoever may see the campaign."""
        return admin.has_view_permission(request, campaign)

    def answer(self) -> HttpResponse:
        """The page, with every time of the program's."""
        with timezone.override(self.campaign.program.zone):
            return self.respond()

    def respond(self) -> HttpResponse:
        """The page. A GET changes nothing."""
        return self.show()

    def show(self, **context: Any) -> HttpResponse:
        """Render the page with the bar, the sentence and the problems of the draft."""
        site = self.admin.admin_site
        whole = {
            **site.each_context(self.request),
            "opts": self.campaign._meta,
            "original": self.campaign,
            "title": str(self.campaign),
            "page_label": self.label,
            "draft": self.draft,
            "trial": self.admin.bar(self.request, self.campaign, current=self.slug, state=self.draft.state),
            "media": self.media,
            "zone": self.campaign.program.timezone,
            "can_see_cards": self.request.user.has_perm("loyalty.view_card"),
            "can_change": self.admin.has_change_permission(self.request, self.campaign),
            **context,
        }
        return render(self.request, f"admin/loyalty/campaign/trial/{self.template}", whole)
