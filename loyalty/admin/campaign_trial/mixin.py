"""The pages of one campaign beside its editor, for `CampaignAdmin` to inherit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.forms import Media
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path

from loyalty.admin.campaign_gallery import CampaignGallery
from loyalty.admin.campaign_list import CampaignList
from loyalty.admin.campaign_trial.audience import AudiencePage
from loyalty.admin.campaign_trial.backtest import BacktestPage
from loyalty.admin.campaign_trial.bar import Bar, make_bar
from loyalty.admin.campaign_trial.changes import ChangesPage, PublicationsPage, ShadowPage
from loyalty.admin.campaign_trial.pages import TrialPage, page_media
from loyalty.admin.campaign_trial.publishing import ACTS
from loyalty.admin.campaign_trial.tryout import TryoutPage
from loyalty.models import Campaign
from loyalty.selectors import CampaignState, get_campaign_state

TABS: tuple[type[TrialPage], ...] = (
    AudiencePage,
    TryoutPage,
    ChangesPage,
    BacktestPage,
    ShadowPage,
    PublicationsPage,
)


class CampaignTrials(CampaignGallery, CampaignList):
    """Adds the pages that try a campaign out and those that publish, pause, resume and archive it.

    The editor's page shows the way to them where it includes `admin/loyalty/campaign/trial/toolbar.html`.
    """

    trial_pages: ClassVar[tuple[type[TrialPage], ...]] = (*TABS, *ACTS)

    @property
    def media(self) -> Media:
        return super().media + page_media

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                f"<int:pk>/{page.slug}/",
                self.admin_site.admin_view(self._view_of(page)),
                name=f"loyalty_campaign_{page.slug}",
            )
            for page in self.trial_pages
        ]
        return [*own, *super().get_urls()]

    def bar(
        self, request: HttpRequest, campaign: Campaign, *, current: str, state: CampaignState | None = None
    ) -> Bar:
        """State, tabs and buttons for one campaign and one person."""
        return make_bar(
            request,
            campaign,
            state or get_campaign_state(campaign),
            pages=[(page.slug, page.label) for page in TABS if page.is_allowed(self, request, campaign)],
            current=current,
            site=self.admin_site.name,
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The editor, with the bar for its toolbar (`trial`) and the style of it (`trial_media`)."""
        campaign = self.get_object(request, object_id)
        trial = None if campaign is None else self.bar(request, campaign, current="change")
        told = {**(extra_context or {}), "trial": trial, "trial_media": page_media}
        return super().change_view(request, object_id, form_url, told)

    def _view_of(self, page: type[TrialPage]) -> Callable[..., HttpResponse]:
        def view(request: HttpRequest, pk: int) -> HttpResponse:
            campaign = self.get_queryset(request).select_related("program").filter(pk=pk).first()
            if campaign is None:
                raise Http404
            if not page.is_allowed(self, request, campaign):
                raise PermissionDenied
            return page(self, request, campaign).answer()

        return view
