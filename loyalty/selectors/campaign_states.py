"""Where campaigns stand: what decides now, and what was decided for later (S5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from loyalty.models import Campaign, CampaignPublication

__all__ = ["CampaignState", "Upcoming", "campaign_states", "get_campaign_state"]

Action = CampaignPublication.Action

DRAFT, PUBLISHED, SHADOW, PAUSED, ARCHIVED = "draft", "published", "shadow", "paused", "archived"
_STATUS: dict[str, str] = {
    Action.PUBLISH: PUBLISHED,
    Action.RESUME: PUBLISHED,
    Action.SHADOW: SHADOW,
    Action.PAUSE: PAUSED,
    Action.ARCHIVE: ARCHIVED,
}
_LABELS: dict[str, str | Promise] = {
    DRAFT: _("draft"),
    PUBLISHED: _("published"),
    SHADOW: _("in shadow mode"),
    PAUSED: _("paused"),
    ARCHIVED: _("archived"),
}


@dataclass(frozen=True, slots=True)
class Upcoming:
    """What was decided for later: the status from then on, and its label."""

    status: str
    label: str
    effective_from: datetime


@dataclass(frozen=True, slots=True)
class CampaignState:
    """Where one campaign stands.

    `status` is draft, published, shadow, paused or archived, as of now; `since` is from when on, None for a draft.
    `decided` is the status that was decided last, which may lie ahead: it says what can be done next. `revision_id` is
    the revision that was published last, `upcoming` what will change by itself.
    """

    status: str
    label: str
    since: datetime | None
    decided: str
    revision_id: int | None
    upcoming: tuple[Upcoming, ...] = ()


def campaign_states(campaigns: Sequence[Campaign], *, at: datetime | None = None) -> dict[int, CampaignState]:
    """The state of each campaign by key, at a moment (default now). One query."""
    moment = at or timezone.now()
    rows: dict[int, list[tuple[str, datetime, int | None]]] = {one.pk: [] for one in campaigns}
    written = CampaignPublication.objects.filter(campaign__in=[one.pk for one in campaigns]).order_by("pk")
    for pk, action, effective_from, revision in written.values_list(
        "campaign_id", "action", "effective_from", "revision_id"
    ):
        rows[pk].append((action, effective_from, revision))
    return {one.pk: _state(one, rows[one.pk], moment) for one in campaigns}


def get_campaign_state(campaign: Campaign) -> CampaignState:
    """The state of one campaign now."""
    return campaign_states([campaign])[campaign.pk]


def _state(
    campaign: Campaign, rows: Sequence[tuple[str, datetime, int | None]], moment: datetime
) -> CampaignState:
    now = next((row for row in reversed(rows) if row[1] <= moment), None)
    status = _STATUS[now[0]] if now else DRAFT
    decided = _STATUS[rows[-1][0]] if rows else DRAFT
    if campaign.archived_at is not None:
        decided = ARCHIVED
        status = ARCHIVED if now is None else status
    # What was written later holds from its own moment on, whatever else was meant to follow.
    ahead = [
        row
        for place, row in enumerate(rows)
        if row[1] > moment and all(later[1] > row[1] for later in rows[place + 1 :])
    ]
    return CampaignState(
        status=status,
        label=str(_LABELS[status]),
        since=now[1] if now else None,
        decided=decided,
        revision_id=next((row[2] for row in reversed(rows) if row[2] is not None), None),
        upcoming=tuple(Upcoming(_STATUS[row[0]], str(_LABELS[_STATUS[row[0]]]), row[1]) for row in ahead),
    )
