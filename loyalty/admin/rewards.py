"""What campaigns gave, and how much of their limits is used."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from loyalty.admin.base import ReadOnlyAdmin, amount
from loyalty.models import LimitCounter, Reward


@admin.register(Reward)
class RewardAdmin(ReadOnlyAdmin):
    """Who got what by which campaign."""

    list_display = (
        "card",
        "campaign",
        "level",
        amount("granted", "currency.decimals", _("granted")),
        amount("reversed", "currency.decimals", _("taken back")),
        "currency",
        "cut_reason",
        "occurred_at",
    )
    list_select_related = ("card", "campaign", "currency")
    list_filter = ("campaign",)
    cards = ("card",)
    exact = ("event", "purchase")


@admin.register(LimitCounter)
class LimitCounterAdmin(ReadOnlyAdmin):
    """How much of which limit is used."""

    list_display = ("key", "campaign", "card", "period", "used")
    list_select_related = ("campaign", "card")
    list_filter = ("campaign",)
    ordering = ("-pk",)
    cards = ("card",)
    exact = ("key",)
