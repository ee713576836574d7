"""Loading and locking limit counters: those of cards are guarded by the cards' locks, shared ones are locked here."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import connections
from django.db.models import Q

from loyalty.models import LimitCounter
from loyalty.periods import period_start
from loyalty.processing.keys import known
from loyalty.rules.compiled import CampaignBook
from loyalty.rules.limits import find_counter
from loyalty.rules.state import CounterState, State


def load_counters(
    state: State, campaigns: CampaignBook, *, moments: Collection[datetime], using: str, lock: bool = True
) -> None:
    """The counters of limited campaigns for the loaded cards and the periods of these moments, and those of loaded rewards.

    Locked in the order of their keys; a shared one that does not exist yet is made first, so that it can be locked.
    """
    wanted = Q(pk__in=[])
    keys = {
        key
        for rewards in (*state.rewards_of.values(), *state.milestones.values())
        for reward in rewards
        for key, _measure in reward.terms.get("limits", ())
    }
    if keys:
        wanted |= Q(key__in=keys)
    shared: set[str] = set()
    if campaigns.limited:
        kinds = {limit.period for campaign in campaigns.limited for limit in campaign.limits}
        periods = {period_start(moment, kind, state.program.zone) for moment in moments for kind in kinds}
        wanted |= Q(campaign_id__in=[campaign.pk for campaign in campaigns.limited], period__in=periods) & (
            Q(card_id__in=list(state.cards)) | Q(card=None)
        )
        shared = _shared(state, campaigns, moments)
    if not keys and not campaigns.limited:
        return
    _read(state, wanted, using, lock)
    missing = shared - set(state.counters) if lock else set()
    if missing:
        _make(state, campaigns, missing, moments, using)
        _read(state, Q(key__in=missing), using, lock)


def _shared(state: State, campaigns: CampaignBook, moments: Collection[datetime]) -> set[str]:
    """The keys of counters that all cards share, as far as the batch may need them."""
    probe = State(state.program)
    return {
        find_counter(probe, campaign=campaign, limit=limit, card_id=0, at=moment).key
        for campaign in campaigns.limited
        for limit in campaign.limits
        if limit.per == "campaign"
        for moment in moments
    }


def _read(state: State, wanted: Q, using: str, lock: bool) -> None:
    rows = LimitCounter.objects.using(using).filter(wanted, program_id=state.program.pk).order_by("key")
    if lock and connections[using].features.has_select_for_update:
        rows = rows.select_for_update(no_key=connections[using].features.has_select_for_no_key_update)
    for row in rows:
        state.counters[row.key] = CounterState(
            row.key, row.campaign_id, row.card_id, row.period, row.used, row.pk
        )


def _make(
    state: State, campaigns: CampaignBook, keys: set[str], moments: Collection[datetime], using: str
) -> None:
    probe = State(state.program)
    for campaign in campaigns.limited:
        for limit in campaign.limits:
            if limit.per == "campaign":
                for moment in moments:
                    find_counter(probe, campaign=campaign, limit=limit, card_id=0, at=moment)
    LimitCounter.objects.using(using).bulk_create(
        [
            LimitCounter(
                program_id=state.program.pk,
                campaign_id=known(counter.campaign_pk),
                key=key,
                period=counter.period,
            )
            for key, counter in sorted(probe.counters.items())
            if key in keys
        ],
        ignore_conflicts=True,
    )
