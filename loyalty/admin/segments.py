"""Segments: what they mean since when, and who is on their lists."""

from __future__ import annotations

from django.contrib import admin

from loyalty.admin.base import ReadOnlyAdmin
from loyalty.models import Segment, SegmentMember, SegmentRevision


@admin.register(Segment)
class SegmentAdmin(ReadOnlyAdmin):
    """Named groups of cards."""

    list_display = ("key", "name", "program", "archived_at")
    list_select_related = ("program",)
    list_filter = ("program", ("archived_at", admin.EmptyFieldListFilter))
    exact = ("key", "name")


@admin.register(SegmentRevision)
class SegmentRevisionAdmin(ReadOnlyAdmin):
    """What a segment meant from when on."""

    list_display = ("segment", "number", "effective_from", "created_at", "actor")
    list_select_related = ("segment", "actor")
    exact = ("segment",)


@admin.register(SegmentMember)
class SegmentMemberAdmin(ReadOnlyAdmin):
    """Who is on a list since when, and who no longer."""

    list_display = ("segment", "card", "since", "is_member")
    list_select_related = ("segment", "card")
    list_filter = ("is_member",)
    ordering = ("-pk",)
    cards = ("card",)
    exact = ("segment",)
