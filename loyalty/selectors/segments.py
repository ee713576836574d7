"""Which campaigns ask for a segment."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby

from django.db.models import Q

from loyalty.models import Campaign, CampaignPublication, Segment
from loyalty.rules.segments import CONDITION, segments_named

_ARCHIVE = CampaignPublication.Action.ARCHIVE


def campaigns_asking_for(segment: Segment, *, at: datetime, using: str) -> list[str]:
    """The keys of the campaigns that name the segment: in their draft, or in what decides at a moment or later.

    What is paused counts: it may be resumed.
    """
    drafts = Campaign.objects.using(using).filter(
        Q(conditions__kind=CONDITION, conditions__params__segment=segment.key)
        | Q(trigger_params__segment=segment.key),
        program=segment.program_id,
        archived_at=None,
    )
    rows = (
        CampaignPublication.objects.using(using)
        .filter(campaign__program=segment.program_id)
        .select_related("campaign", "revision")
        .order_by("campaign_id", "pk")
    )
    published = {
        campaign.key
        for campaign, publications in groupby(rows, key=lambda row: row.campaign)
        if _names(segment.key, publications, at)
    }
    return sorted({*drafts.values_list("key", flat=True), *published})


def _names(key: str, publications: Iterable[CampaignPublication], at: datetime) -> bool:
    """Whether one campaign's publications, in the order of writing, leave the segment in use."""
    told = list(publications)
    past = [row for row in told if row.effective_from <= at]
    if past and past[-1].action == _ARCHIVE:
        return False
    ran = [row for row in past if row.revision is not None][-1:]
    return any(
        key in segments_named(row.revision.definition)
        for row in (*ran, *(row for row in told if row.effective_from > at))
        if row.revision is not None
    )
