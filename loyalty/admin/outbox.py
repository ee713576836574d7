"""What is told outside."""

from __future__ import annotations

from django.contrib import admin

from loyalty.admin.base import ReadOnlyAdmin
from loyalty.models import OutboxMessage


@admin.register(OutboxMessage)
class OutboxMessageAdmin(ReadOnlyAdmin):
    """Messages, sent and not yet sent."""

    list_display = ("id", "topic", "event", "created_at", "sent_at", "attempts")
    list_select_related = ("event",)
    list_filter = (("sent_at", admin.EmptyFieldListFilter), "program")
    exact = ("key", "event")
