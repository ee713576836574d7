"""The inbox, and what became of each event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from loyalty.admin.base import ReadOnlyAdmin
from loyalty.models import Evaluation, Event
from loyalty.rules.registry import event_kinds
from loyalty.selectors import explain_event

if TYPE_CHECKING:
    SimpleListFilter = admin.SimpleListFilter
else:
    SimpleListFilter = admin.SimpleListFilter


class KindFilter(SimpleListFilter):
    """The registered kinds: asking the inbox which kinds it holds would read all of it."""

    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return sorted((kind.kind, str(kind.label)) for kind in event_kinds)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    """Whatever happened, in the order in which it was told."""

    list_display = ("id", "kind", "source", "key", "card", "occurred_at", "status", "attempts")
    list_display_links = ("id", "key")
    list_select_related = ("card",)
    list_filter = ("status", KindFilter, "program")
    cards = ("card",)
    exact = ("key", "purchase_key", "id")
    readonly_fields = ("explanation",)
    fields = (
        "program",
        "source",
        "kind",
        "key",
        "card",
        "occurred_at",
        "recorded_at",
        "payload",
        "purchase_key",
        "cause",
        "cascaded",
        "status",
        "attempts",
        "error",
        "explanation",
    )

    @admin.display(description=_("what became of it"))
    def explanation(self, event: Event) -> SafeString:
        """In sentences, campaign by campaign."""
        return format_html_join("", "<div>{}</div>", ((line,) for line in explain_event(event).as_lines()))


@admin.register(Evaluation)
class EvaluationAdmin(ReadOnlyAdmin):
    """The order of processing."""

    list_display = ("id", "event", "outcome", "processed_at")
    list_select_related = ("event",)
    exact = ("outcome", "event")
