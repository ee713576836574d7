"""Stored days: what the dashboard adds up."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from loyalty.admin.base import ReadOnlyAdmin, amount
from loyalty.models import DayActivity, DayMovement, DayParent, DayRefresh


@admin.register(DayActivity)
class DayActivityAdmin(ReadOnlyAdmin):
    """What members did on each day."""

    list_display = (
        "on",
        "program",
        "enrolled",
        "closed",
        "purchases",
        amount("purchased", "program.decimals", _("purchased")),
        amount("refunded", "program.decimals", _("refunded")),
        "purchases_by_children",
    )
    list_select_related = ("program",)
    list_filter = ("program",)
    ordering = ("-pk",)
    exact = ("program__slug",)


@admin.register(DayMovement)
class DayMovementAdmin(ReadOnlyAdmin):
    """What moved on each day."""

    list_display = (
        "on",
        "currency",
        amount("granted", "currency.decimals", _("granted")),
        amount("reversed", "currency.decimals", _("taken back")),
        amount("adjusted", "currency.decimals", _("adjusted")),
        amount("spent", "currency.decimals", _("spent")),
        amount("expired", "currency.decimals", _("expired")),
    )
    list_select_related = ("currency",)
    list_filter = ("currency",)
    ordering = ("-pk",)
    exact = ("currency__code",)


@admin.register(DayParent)
class DayParentAdmin(ReadOnlyAdmin):
    """What the children of each parent card bought on each day."""

    list_display = (
        "on",
        "card",
        "program",
        "purchases",
        amount("purchased", "program.decimals", _("remaining after refunds")),
    )
    list_select_related = ("card", "program")
    list_filter = ("program",)
    ordering = ("-pk",)
    cards = ("card",)


@admin.register(DayRefresh)
class DayRefreshAdmin(ReadOnlyAdmin):
    """Up to when days are counted."""

    list_display = ("program", "refreshed_at", "ahead_until")
    list_select_related = ("program",)
    ordering = ("-pk",)
    exact = ("program__slug",)
