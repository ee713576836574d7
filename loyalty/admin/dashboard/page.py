"""The dashboard among the models of the admin, with a button that brings the days up to date."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import Media
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loyalty import services
from loyalty.admin.base import ReadOnlyAdmin
from loyalty.admin.charts import chart_media
from loyalty.admin.dashboard.export import export_owed
from loyalty.admin.dashboard.period import LENGTHS, Period
from loyalty.admin.dashboard.pictures import (
    activity_charts,
    currency_charts,
    currency_row,
    share_text,
)
from loyalty.conf import loyalty_settings
from loyalty.models import Dashboard, Program
from loyalty.money import show_amount
from loyalty.selectors.dashboard import BestParent, DashboardFigures, get_dashboard

_PROGRAMS = 50
page_media = chart_media + Media(css={"all": ["loyalty/admin/card.css", "loyalty/admin/dashboard.css"]})


@admin.register(Dashboard)
class DashboardAdmin(ReadOnlyAdmin):
    """A page in place of the list; who may see it has `loyalty.view_dashboard`."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may: bool = request.user.has_perm("loyalty.view_dashboard")
        return may

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("refresh/", wrap(self._refresh), name="loyalty_dashboard_refresh"),
            path("owed.csv", wrap(self._export), name="loyalty_dashboard_owed"),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The dashboard of the chosen program, else of the default one, else of the first."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        programs = list(self._programs()[:_PROGRAMS])
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Dashboard"),
            "number": "",
            "media": self.media + page_media,
            "programs": programs,
        }
        if not programs:
            return render(request, "admin/loyalty/dashboard/empty.html", context)
        period = Period.read(request, self._program(request, programs))
        with timezone.override(period.program.zone):
            figures = get_dashboard(program=period.program, since=period.since, until=period.until)
            return render(
                request, "admin/loyalty/dashboard/page.html", {**context, **_read(request, period, figures)}
            )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """There is no page of a single row."""
        if request.method not in ("GET", "HEAD") or not self.has_view_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(reverse(f"{self.admin_site.name}:loyalty_dashboard_changelist"))

    def _refresh(self, request: HttpRequest) -> HttpResponse:
        """Count the days that changed; only when a button was pressed."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_view_permission(request):
            raise PermissionDenied
        period = Period.read(request, self._program(request, list(self._programs()[:_PROGRAMS])))
        days = services.refresh_days(program=period.program)
        text = ngettext("%(count)d day was counted anew.", "%(count)d days were counted anew.", days)
        messages.success(request, text % {"count": days})
        page = reverse(f"{self.admin_site.name}:loyalty_dashboard_changelist")
        return HttpResponseRedirect(page + period.address())

    def _export(self, request: HttpRequest) -> HttpResponseBase:
        if not self.has_view_permission(request):
            raise PermissionDenied
        period = Period.read(request, self._program(request, list(self._programs()[:_PROGRAMS])))
        return export_owed(period)

    def _programs(self) -> QuerySet[Program]:
        return Program.objects.order_by("slug")

    def _program(self, request: HttpRequest, programs: list[Program]) -> Program:
        slug = request.GET.get("program") or loyalty_settings.DEFAULT_PROGRAM
        chosen = self._programs().filter(slug=slug).first() if slug and "\0" not in slug else None
        if chosen is None and not programs:
            raise Http404
        return chosen or programs[0]


def _read(request: HttpRequest, period: Period, figures: DashboardFigures) -> dict[str, Any]:
    """What the template shows."""
    program, done = figures.program, figures.done
    codes = {one.currency.code: one for one in figures.currencies}
    shown = codes.get(request.GET.get("currency", "")) or next(iter(figures.currencies), None)
    lengths: list[tuple[Any, str]] = [
        (text, period.address(since=period.until - timedelta(days=days - 1))) for days, text in LENGTHS
    ]
    if figures.first and figures.last:
        lengths.append((_("everything"), period.address(since=figures.first, until=figures.last)))
    return {
        "period": period,
        "query": period.address(),
        "lengths": lengths,
        "figures": figures,
        "texts": {
            name: show_amount(done[name], program.decimals)
            for name in ("purchased", "refunded", "purchased_by_children")
        },
        "share": share_text(figures.share_by_children),
        "currencies": [currency_row(figures, one) for one in figures.currencies],
        "shown": shown,
        "tabs": [(one.currency, period.address(currency=code)) for code, one in codes.items()],
        "activity_charts": activity_charts(figures),
        "currency_charts": currency_charts(figures, shown) if shown else [],
        "best_parents": [_best(one, program.decimals) for one in figures.best_parents],
    }


def _best(one: BestParent, decimals: int) -> dict[str, Any]:
    return {
        "card": one.card,
        "name": one.card.number or str(one.card),
        "purchases": one.purchases,
        "amount": show_amount(one.purchased, decimals),
    }
