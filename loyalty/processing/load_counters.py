"""Loading and locking limit counters: those of cards are guarded by the cards' locks, shared ones are locked here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from django.db import connections
from django.db.models import Q

from loyalty.models import LimitCounter
from loyalty.periods import period_start
from loyalty.processing.keys import known
from loyalty.rules.compiled import CampaignBook, CompiledLimit
from loyalty.rules.limits import Scope, find_counter
from loyalty.rules.state import CounterState, State


def load_counters(
    state: State, campaigns: CampaignBook, *, moments: Collection[datetime], using: str, lock: bool = True
) -> None:
    """The counters of limited campaigns for the loaded cards and the periods of these moments, and those of loaded rewards.

    Locked in the order of their keys; a shared one that does not exist yet is made first, so that it can be locked.
    Attributes must be loaded by now: identifiers are among them.
    """
    everywhere = (*state.rewards_of.values(), *state.milestones.values(), *state.dependents.values())
    keys = {
        key for rewards in everywhere for reward in rewards for key, *_terms in reward.terms.get("limits", ())
    }
    if not keys and not campaigns.limited:
        return
    shared = _shared(state, campaigns, moments)
    wanted = Q(key__in=keys | shared.keys())
    if campaigns.limited:
        kinds = {limit.period for campaign in campaigns.limited for limit in campaign.limits}
        periods = {period_start(moment, kind, state.program.zone) for moment in moments for kind in kinds}
        limited = [campaign.pk for campaign in campaigns.limited]
        wanted |= Q(campaign_id__in=limited, period__in=periods, card_id__in=list(state.cards))
    _read(state, wanted, using, lock)
    missing = shared.keys() - set(state.counters) if lock else set()
    if missing:
        _make(state, [shared[key] for key in sorted(missing)])
        _read(state, Q(key__in=missing), using, lock)


def _shared(state: State, campaigns: CampaignBook, moments: Collection[datetime]) -> dict[str, CounterState]:
    """The counters that several cards share, as far as the batch may need them: of campaigns, and of identifiers' values."""
    probe = State(state.program)
    for campaign in campaigns.limited:
        for limit in campaign.limits:
            for scope in _scopes(state, limit):
                for moment in moments:
                    find_counter(probe, campaign=campaign, limit=limit, scope=scope, at=moment)
    return probe.counters


def _scopes(state: State, limit: CompiledLimit) -> Iterable[Scope]:
    if limit.per == "campaign":
        return [Scope(0, 0)]
    if not limit.identifier:
        return []
    values = {
        value for card in state.cards.values() for _since, value in card.attributes.get(limit.identifier, ())
    }
    return [Scope(0, 0, value) for value in values]


def _read(state: State, wanted: Q, using: str, lock: bool) -> None:
    rows = LimitCounter.objects.using(using).filter(wanted, program_id=state.program.pk).order_by("key")
    if lock and connections[using].features.has_select_for_update:
        rows = rows.select_for_update(no_key=connections[using].features.has_select_for_no_key_update)
    for row in rows:
        state.counters[row.key] = CounterState(
            row.key, row.campaign_id, row.card_id, row.period, row.used, row.pk
        )


def _make(state: State, counters: Sequence[CounterState]) -> None:
    LimitCounter.objects.bulk_create(
        [
            LimitCounter(
                program_id=state.program.pk,
                campaign_id=known(counter.campaign_pk),
                key=counter.key,
                period=counter.period,
            )
            for counter in counters
        ],
        ignore_conflicts=True,
    )
