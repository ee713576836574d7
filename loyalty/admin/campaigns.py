"""Campaigns: drafts, what was published, and since when it decides."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from loyalty.admin.base import ReadOnlyAdmin
from loyalty.admin.campaign_editor import CampaignEditor
from loyalty.admin.campaign_trial import CampaignTrials
from loyalty.models import (
    Campaign,
    CampaignAction,
    CampaignCondition,
    CampaignLimit,
    CampaignPublication,
    CampaignRevision,
)


class _Hidden(ReadOnlyAdmin):
    """Looked up by whoever searches for a rule over all drafts, and not listed: the editor has everything else."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(Campaign)
class CampaignAdmin(CampaignTrials, CampaignEditor, ReadOnlyAdmin):
    """The drafts."""

    exact = ("key", "name")


@admin.register(CampaignCondition)
class CampaignConditionAdmin(_Hidden):
    """Questions, over all drafts."""

    list_display = ("kind", "campaign", "group", "about", "negate")
    list_select_related = ("campaign",)
    exact = ("kind",)


@admin.register(CampaignAction)
class CampaignActionAdmin(_Hidden):
    """What is given, over all drafts."""

    list_display = ("slot_name", "campaign", "kind", "currency", "amount_kind", "on_refund")
    list_select_related = ("campaign", "currency")
    exact = ("slot_name", "kind")


@admin.register(CampaignLimit)
class CampaignLimitAdmin(_Hidden):
    """Limits, over all drafts."""

    list_display = ("campaign", "per", "measure", "maximum", "period", "at_edge")
    list_select_related = ("campaign",)
    exact = ("per",)


@admin.register(CampaignRevision)
class CampaignRevisionAdmin(ReadOnlyAdmin):
    """What Publish froze."""

    list_display = ("campaign", "number", "created_at")
    list_select_related = ("campaign",)
    list_filter = ("campaign__program",)
    exact = ("campaign__key",)


@admin.register(CampaignPublication)
class CampaignPublicationAdmin(ReadOnlyAdmin):
    """Since when what decides."""

    list_display = ("campaign", "action", "revision", "effective_from", "created_at", "actor")
    list_select_related = ("campaign", "revision", "actor")
    list_filter = ("action", "campaign__program")
    exact = ("campaign__key",)
