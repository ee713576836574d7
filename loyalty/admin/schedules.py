"""What scheduled campaigns have done."""

from __future__ import annotations

from django.contrib import admin

from loyalty.admin.base import ReadOnlyAdmin
from loyalty.models import SchedulePresence, ScheduleRun


@admin.register(ScheduleRun)
class ScheduleRunAdmin(ReadOnlyAdmin):
    """Which dates are done, and how many events they brought."""

    list_display = ("campaign", "date", "events", "started_at", "finished_at")
    list_select_related = ("campaign",)
    list_filter = (("finished_at", admin.EmptyFieldListFilter),)
    ordering = ("-pk",)
    exact = ("campaign",)


@admin.register(SchedulePresence)
class SchedulePresenceAdmin(ReadOnlyAdmin):
    """Who was in the segment of a campaign at its last look."""

    list_display = ("campaign", "card")
    list_select_related = ("campaign", "card")
    ordering = ("-pk",)
    cards = ("card",)
    exact = ("campaign",)
