"""The stock admin: lists to look at. Referrals change by events, so nothing is edited here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from referrals.models import Referral, ReferralLink, ReferrerStats, Visit

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:  # Django's class is generic in its stubs only
    ModelAdmin = admin.ModelAdmin


class ReadOnlyAdmin(ModelAdmin):
    """A list and a page to look at. `cards` are the fields whose cards are shown by number."""

    cards: tuple[str, ...] = ()
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the cards' numbers, by which they are shown."""
        rows = super().get_queryset(request)
        return rows.prefetch_related(*(f"{name}__numbers" for name in self.cards))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(ReferralLink)
class ReferralLinkAdmin(ReadOnlyAdmin):
    """Whose code is it."""

    cards = ("card",)
    list_display = ("code", "card", "program", "created_at")
    list_select_related = ("card", "program")
    list_filter = ("program",)
    search_fields = ("=code", "=card__external_id", "=card__numbers__number")


@admin.register(Referral)
class ReferralAdmin(ReadOnlyAdmin):
    """Who brought whom."""

    cards = ("referee", "referrer")
    list_display = ("referee", "referrer", "method", "status", "registered_at", "qualified_at", "program")
    list_select_related = ("referee", "referrer", "program")
    list_filter = ("status", "method", "program")
    search_fields = (
        "=code",
        "=referee__external_id",
        "=referee__numbers__number",
        "=referrer__external_id",
        "=referrer__numbers__number",
    )


@admin.register(ReferrerStats)
class ReferrerStatsAdmin(ReadOnlyAdmin):
    """Who brings most."""

    cards = ("card",)
    list_display = ("card", "registered", "qualified")
    list_select_related = ("card",)
    search_fields = ("=card__external_id", "=card__numbers__number")


@admin.register(Visit)
class VisitAdmin(ReadOnlyAdmin):
    """Clicks on links."""

    cards = ("link__card",)
    list_display = ("code", "link", "channel", "repaired", "visited_at", "program")
    list_select_related = ("link__card", "program")
    list_filter = ("program", "repaired")
    search_fields = ("=code", "=link__code")
