"""The list of campaigns: what each does and when, where it stands, and what it has given so far."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Count, F, OuterRef, QuerySet, Subquery, Sum, prefetch_related_objects
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty.admin.base import ModelAdmin
from loyalty.admin.figures import decimal_text
from loyalty.models import Campaign, CampaignPublication, CampaignRevision, Program, Reward
from loyalty.money import to_decimal_string
from loyalty.rules.registry import event_kinds
from loyalty.selectors import CampaignState, campaign_states
from loyalty.services.drafts import DRAFT_ROWS, draft_differs

_ACTIONS = {
    "published": ("publish", "resume"),
    "shadow": ("shadow",),
    "paused": ("pause",),
}


class StateFilter(admin.SimpleListFilter):
    """By where campaigns stand now; archived ones are shown only when asked for."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("draft", gettext_lazy("draft")),
            ("published", gettext_lazy("published")),
            ("shadow", gettext_lazy("in shadow mode")),
            ("paused", gettext_lazy("paused")),
            ("archived", gettext_lazy("archived")),
        ]

    def choices(self, changelist: Any) -> Iterator[Any]:
        every, *rest = super().choices(changelist)
        yield {**every, "display": _("All but archived")}
        yield from rest

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value()
        if chosen == "archived":
            archived: QuerySet[Any] = queryset.exclude(archived_at=None)
            return archived
        shown: QuerySet[Any] = queryset.filter(archived_at=None)
        if chosen is None:
            return shown
        written = CampaignPublication.objects.filter(
            campaign=OuterRef("pk"), effective_from__lte=timezone.now()
        )
        shown = shown.alias(decides=Subquery(written.order_by("-pk").values("action")[:1]))
        if chosen == "draft":
            return shown.filter(decides=None)
        return shown.filter(decides__in=_ACTIONS.get(chosen, ()))


class CampaignChangeList(ChangeList):
    """Reads along, in a fixed number of queries, what the rows of the page show."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        campaigns: Sequence[Campaign] = list(self.result_list)
        self.result_list = campaigns
        prefetch_related_objects(campaigns, *DRAFT_ROWS)
        states = campaign_states(campaigns)
        revisions = CampaignRevision.objects.in_bulk(
            [state.revision_id for state in states.values() if state.revision_id is not None]
        )
        given = _given(campaigns)
        for campaign in campaigns:
            state = states[campaign.pk]
            revision = revisions.get(state.revision_id or 0)
            told: Any = campaign
            told.shown_state, told.shown_given = state, given.get(campaign.pk, [])
            told.shown_differs = revision is not None and draft_differs(campaign, revision)


class CampaignList(ModelAdmin):
    """The columns and filters of the list."""

    list_display: Any = ("shown_name", "shown_trigger", "state", "dates", "given")
    list_display_links: Any = ("shown_name",)
    list_filter: ClassVar[Any] = (StateFilter, "program")
    list_select_related: ClassVar[Any] = ("program",)
    search_fields: ClassVar[Any] = ("key", "name")
    change_list_template = "admin/loyalty/campaign/change_list.html"

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ChangeList]:
        return CampaignChangeList

    def get_list_display(self, request: HttpRequest) -> Any:
        """With the program's name where there are several programs."""
        if Program.objects.count() < 2:
            return self.list_display
        first, *rest = self.list_display
        return (first, "program", *rest)

    @admin.display(description=gettext_lazy("campaign"), ordering="name")
    def shown_name(self, campaign: Campaign) -> str:
        """The name; its key where there is none."""
        return campaign.name or campaign.key

    @admin.display(description=gettext_lazy("when"), ordering="trigger_kind")
    def shown_trigger(self, campaign: Campaign) -> str:
        """What makes the campaign be looked at."""
        kind = campaign.trigger_kind
        return capfirst(str(event_kinds.get(kind).label)) if kind in event_kinds else kind

    @admin.display(description=gettext_lazy("state"))
    def state(self, campaign: Campaign) -> SafeString:
        """Where it stands, and whether the draft says something else than what was published."""
        told: Any = campaign
        state: CampaignState = told.shown_state
        badges = [(state.status, capfirst(state.label))]
        zone = campaign.program.zone
        badges += [
            ("next", _next(one.label, timezone.localtime(one.effective_from, zone))) for one in state.upcoming
        ]
        if told.shown_differs and state.status != "archived":
            badges.append(("differs", _("Draft differs")))
        return format_html_join(" ", '<span class="trial-badge trial-{}">{}</span>', badges)

    @admin.display(description=gettext_lazy("dates"), ordering="starts_at")
    def dates(self, campaign: Campaign) -> str:
        """Its own dates, in the program's time zone."""
        zone = campaign.program.zone
        starts, ends = (
            date_format(timezone.localtime(moment, zone), "SHORT_DATE_FORMAT") if moment else ""
            for moment in (campaign.starts_at, campaign.ends_at)
        )
        if not starts and not ends:
            return _("always")
        return f"{starts} – {ends}".strip()

    @admin.display(description=gettext_lazy("given so far"))
    def given(self, campaign: Campaign) -> SafeString:
        """What it granted, less what was taken back."""
        told: Any = campaign
        return format_html_join("", "<div>{}</div>", ((text,) for text in told.shown_given or ["–"]))


def _next(label: str, moment: Any) -> str:
    return _("%(date)s: %(state)s") % {"date": date_format(moment, "SHORT_DATE_FORMAT"), "state": label}


def _given(campaigns: Sequence[Campaign]) -> dict[int, list[str]]:
    """What each campaign gave by currency, as texts. One query."""
    rows = (
        Reward.objects.filter(campaign__in=[one.pk for one in campaigns])
        .order_by("campaign_id", "currency__code")
        .values("campaign_id", "currency__code", "currency__decimals")
        .annotate(times=Count("pk"), kept=Sum(F("granted") - F("reversed")))
    )
    given: dict[int, list[str]] = {}
    for row in rows:
        if not row["currency__code"]:  # counted in times
            text = _("%(times)s times") % {"times": decimal_text(str(row["times"]))}
        else:
            amount = decimal_text(to_decimal_string(row["kept"], row["currency__decimals"]))
            text = _("%(amount)s %(currency)s") % {"amount": amount, "currency": row["currency__code"]}
        given.setdefault(row["campaign_id"], []).append(text)
    return given
