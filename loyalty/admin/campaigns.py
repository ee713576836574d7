"""Campaigns: drafts, what was published, and since when it decides."""

from __future__ import annotations

from django.contrib import admin

from loyalty.admin.base import ReadOnlyAdmin, ReadOnlyInline, ShortFormSet
from loyalty.admin.campaign_trial import CampaignTrials
from loyalty.models import (
    Campaign,
    CampaignAction,
    CampaignCondition,
    CampaignLimit,
    CampaignPublication,
    CampaignRevision,
)


class LongFormSet(ShortFormSet):
    """The parts of a draft are few, and all of them matter."""

    most = 100


class ConditionInline(ReadOnlyInline):
    model = CampaignCondition
    formset = LongFormSet
    fields = ("group", "negate", "kind", "about", "params")
    ordering = ("group", "position")


class ActionInline(ReadOnlyInline):
    model = CampaignAction
    formset = LongFormSet
    fields = (
        "slot_name",
        "kind",
        "recipient",
        "currency",
        "amount_kind",
        "amount_params",
        "on_refund",
        "pot",
    )
    ordering = ("position",)


class LimitInline(ReadOnlyInline):
    model = CampaignLimit
    formset = LongFormSet
    fields = ("per", "measure", "maximum", "period", "at_edge")
    ordering = ("position",)


class PublicationInline(ReadOnlyInline):
    model = CampaignPublication
    fields = ("action", "effective_from", "created_at", "actor")
    fk_name = "campaign"


@admin.register(Campaign)
class CampaignAdmin(CampaignTrials, ReadOnlyAdmin):
    """The drafts."""

    list_display = ("key", "name", "program", "trigger_kind", "priority", "phase", "starts_at", "ends_at")
    list_select_related = ("program",)
    list_filter = ("program", "phase", ("archived_at", admin.EmptyFieldListFilter))
    exact = ("key", "name")
    inlines = (ConditionInline, ActionInline, LimitInline, PublicationInline)


@admin.register(CampaignCondition)
class CampaignConditionAdmin(ReadOnlyAdmin):
    """Questions, over all drafts."""

    list_display = ("kind", "campaign", "group", "about", "negate")
    list_select_related = ("campaign",)
    exact = ("kind",)


@admin.register(CampaignAction)
class CampaignActionAdmin(ReadOnlyAdmin):
    """What is given, over all drafts."""

    list_display = ("slot_name", "campaign", "kind", "currency", "amount_kind", "on_refund")
    list_select_related = ("campaign", "currency")
    exact = ("slot_name", "kind")


@admin.register(CampaignLimit)
class CampaignLimitAdmin(ReadOnlyAdmin):
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
