"""Events, and why each ended as it did; what failed can be tried again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from loyalty import services
from loyalty.admin.base import PageAdmin, ReadOnlyAdmin, label_of
from loyalty.admin.grants import reward_rows
from loyalty.models import Evaluation, Event, Reward
from loyalty.rules.registry import event_kinds
from loyalty.selectors import explain_event

if TYPE_CHECKING:
    SimpleListFilter = admin.SimpleListFilter
else:
    SimpleListFilter = admin.SimpleListFilter

_EFFECTS = 20
_AT_ONCE = 100


class KindFilter(SimpleListFilter):
    """The registered kinds: asking the inbox which kinds it holds would read all of it."""

    title = gettext_lazy("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return sorted((kind.kind, str(kind.label)) for kind in event_kinds)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        kind = self.value()
        return queryset.filter(kind=kind) if kind and kind in event_kinds else queryset


@admin.register(Event)
class EventAdmin(PageAdmin):
    """Whatever happened, in the order in which it was told."""

    list_display = ("id", "state", "what", "card", "occurred_at", "source", "key", "attempts")
    list_display_links = ("id", "key")
    list_select_related = ("card",)
    list_filter = ("status", KindFilter, "program")
    cards = ("card",)
    exact = ("key", "purchase_key", "id")
    actions = ("retry_selected",)
    page_template = "admin/loyalty/event/page.html"

    class Media:
        css = {"all": ["loyalty/admin/card.css"]}

    def get_urls(self) -> list[URLPattern]:
        retry = self.admin_site.admin_view(self._retry)
        return [path("<int:pk>/retry/", retry, name="loyalty_event_retry"), *super().get_urls()]

    def get_page_row(self, request: HttpRequest, key: int) -> Event | None:
        events = self.get_queryset(request).filter(pk=key)
        return events.select_related("program", "card", "cause", "purchase", "evaluation").first()

    def read_page(self, request: HttpRequest, row: Event) -> dict[str, Any]:
        rewards = Reward.objects.filter(event=row).order_by("level", "pk")
        return {
            "title": _("%(kind)s: %(key)s") % {"kind": label_of(row.kind), "key": row.key},
            "number": f"{row.source}/{row.key}",
            "explained": explain_event(row),
            "rewards": reward_rows(rewards),
            "effects": [
                {"pk": one.pk, "label": label_of(one.kind), "status": one.get_status_display()}
                for one in row.effects.order_by("pk")[:_EFFECTS]
            ],
            "cause_label": label_of(row.cause.kind) if row.cause else "",
            "payload": json.dumps(row.payload, ensure_ascii=False, indent=2, sort_keys=True),
            "can_retry": _is_stuck(row) and self.has_retry_permission(request),
        }

    def has_retry_permission(self, request: HttpRequest) -> bool:
        """Who may try failed events again."""
        may: bool = request.user.has_perm("loyalty.retry_event")
        return may

    @admin.display(description=gettext_lazy("kind"), ordering="kind")
    def what(self, event: Event) -> str:
        return label_of(event.kind)

    @admin.display(description=gettext_lazy("status"), ordering="status")
    def state(self, event: Event) -> SafeString:
        """What failed is red, and says so."""
        return format_html('<span class="lc-badge is-{}">{}</span>', event.status, event.get_status_display())

    @admin.action(permissions=["retry"], description=gettext_lazy("Try the selected failed events again"))
    def retry_selected(self, request: HttpRequest, queryset: QuerySet[Event]) -> None:
        """A hundred at once; others than failed ones are left alone."""
        failed = list(queryset.filter(status=Event.Status.FAILED).order_by("pk")[:_AT_ONCE])
        done = [services.retry_failed(event=event) for event in failed]
        again = sum(event.status == Event.Status.FAILED for event in done)
        text = ngettext("%(count)d event was tried again.", "%(count)d events were tried again.", len(done))
        messages.success(request, text % {"count": len(done)})
        if again:
            text = ngettext("%(count)d of them failed again.", "%(count)d of them failed again.", again)
            messages.error(request, text % {"count": again})

    def _retry(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One failed event, from its page."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        event = self.get_queryset(request).filter(pk=pk).first()
        if event is None:
            raise Http404
        if not self.has_view_permission(request, event) or not self.has_retry_permission(request):
            raise PermissionDenied
        done = services.retry_failed(event=event)
        if done.status == Event.Status.PROCESSED:
            messages.success(request, _("It worked this time: the event is processed."))
        elif done.error:
            messages.error(request, _("It failed again: %(error)s") % {"error": done.error})
        else:
            messages.info(request, _("The event is in line to be processed."))
        return HttpResponseRedirect(reverse(f"{self.admin_site.name}:loyalty_event_change", args=[pk]))


def _is_stuck(event: Event) -> bool:
    """Failed for good, or about to be tried again after an error."""
    return event.status == Event.Status.FAILED or (event.status == Event.Status.PENDING and bool(event.error))


@admin.register(Evaluation)
class EvaluationAdmin(ReadOnlyAdmin):
    """The order of processing."""

    list_display = ("id", "event", "outcome", "processed_at")
    list_select_related = ("event",)
    exact = ("outcome", "event")
