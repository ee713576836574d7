"""What the API answered to whom: a repeat of a key gets the same answer."""

from __future__ import annotations

from django.contrib import admin

from loyalty.admin.base import ReadOnlyAdmin
from loyalty.models import IdempotencyKey


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(ReadOnlyAdmin):
    """Keys of requests. The answers may hold personal data: the page is for those who may see the model only."""

    list_display = ("key", "client", "status", "created_at")
    exact = ("key", "client")
