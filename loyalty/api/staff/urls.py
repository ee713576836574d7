"""Addresses of the staff's part, below `v1/staff/`."""

from django.urls import path

from loyalty.api.staff.acts import ArchiveCampaign, PauseCampaign, PublishCampaign, ResumeCampaign
from loyalty.api.staff.adjustments import Adjustments
from loyalty.api.staff.campaigns import CampaignDraft, Campaigns, OneCampaign, ValidateDraft
from loyalty.api.staff.events import Events, OneEvent, RetryEvent
from loyalty.api.staff.tryouts import BacktestCampaign, TryCampaign

urlpatterns = [
    path("campaigns/", Campaigns.as_view(), name="campaigns"),
    path("campaigns/<slug:key>/", OneCampaign.as_view(), name="campaign"),
    path("campaigns/<slug:key>/draft/", CampaignDraft.as_view(), name="campaign-draft"),
    path("campaigns/<slug:key>/test/", TryCampaign.as_view(), name="campaign-test"),
    path("campaigns/<slug:key>/backtest/", BacktestCampaign.as_view(), name="campaign-backtest"),
    path("campaigns/<slug:key>/publish/", PublishCampaign.as_view(), name="campaign-publish"),
    path("campaigns/<slug:key>/pause/", PauseCampaign.as_view(), name="campaign-pause"),
    path("campaigns/<slug:key>/resume/", ResumeCampaign.as_view(), name="campaign-resume"),
    path("campaigns/<slug:key>/archive/", ArchiveCampaign.as_view(), name="campaign-archive"),
    path("definitions/validate/", ValidateDraft.as_view(), name="validate"),
    path("adjustments/", Adjustments.as_view(), name="adjustments"),
    path("events/", Events.as_view(), name="events"),
    path("events/<int:event>/", OneEvent.as_view(), name="event"),
    path("events/<int:event>/retry/", RetryEvent.as_view(), name="event-retry"),
]
