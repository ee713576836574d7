"""When it is the turn of campaigns that a calendar triggers: from what is published, for any span of time (S7)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from heapq import merge
from zoneinfo import ZoneInfo

from loyalty.periods import local_date
from loyalty.rules.compiled import CampaignBook, CompiledCampaign
from loyalty.rules.kinds.scheduled import ScheduleKind
from loyalty.rules.registry import event_kinds

_LONGEST_KEY = 200


@dataclass(frozen=True, slots=True)
class Turn:
    """A local date of a campaign, the moment at which its turn came, and the revision that decided then."""

    moment: datetime
    day: date
    campaign: CompiledCampaign

    @property
    def kind(self) -> ScheduleKind:
        """The kind of event that it brings about."""
        found = event_kinds.get(self.campaign.trigger)
        assert isinstance(found, ScheduleKind)
        return found

    @property
    def payload(self) -> dict[str, str]:
        """What its events say."""
        return {"campaign": self.campaign.key, "date": self.day.isoformat()}

    def key_for(self, card_pk: int) -> str:
        """What makes the event of a card unique for ever, whatever revision asked for it."""
        key = f"{self.campaign.key}/{card_pk}/{self.day.isoformat()}"
        return key if len(key) <= _LONGEST_KEY else sha256(key.encode()).hexdigest()

    @property
    def order(self) -> tuple[datetime, tuple[int, str]]:
        """By time; at the same moment as campaigns apply (S38)."""
        return (self.moment, self.campaign.order)


class Schedule:
    """The turns of one campaign."""

    def __init__(self, book: CampaignBook, revisions: list[CompiledCampaign], zone: ZoneInfo) -> None:
        self.book, self.revisions, self.zone = book, revisions, zone
        self.key, self.campaign_pk = revisions[0].key, revisions[0].pk

    def turns(self, *, first: date, since: datetime, until: datetime) -> Iterator[Turn]:
        """Those from `since` until `until`, both included, and not before the date `first`; by date."""
        day = max(first, local_date(since, self.zone))
        while day <= local_date(until, self.zone):
            turn = self.turn_on(day)
            if turn is not None and since <= turn.moment <= until:
                yield turn
            day += timedelta(1)

    def turn_on(self, day: date) -> Turn | None:
        """The turn on a date: the earliest moment that a revision asks for while it decides (S5)."""
        asked = {}
        for one in self.revisions:
            kind = event_kinds.get(one.trigger)
            assert isinstance(kind, ScheduleKind)
            if (moment := kind.moment_on(day, one.trigger_params, self.zone)) is not None:
                asked[id(one)] = moment
        found = [
            Turn(taken, day, one)
            for one in self.revisions
            if id(one) in asked and (taken := self._taken(one, day, asked)) is not None
        ]
        runs = [turn for turn in found if _is_running(turn.campaign, turn.moment)]
        return min(runs, key=lambda turn: turn.moment, default=None)

    def decides(self, at: datetime) -> CompiledCampaign | None:
        """The revision that decides at a moment, if it is one that a calendar triggers."""
        triggers = {one.trigger for one in self.revisions}
        in_effect = [one for kind in triggers for one in self.book.in_effect(trigger=kind, at=at)]
        return next((one for one in in_effect if one.key == self.key and not one.error), None)

    def looked_on(self, before: Turn, now: Turn) -> bool:
        """Whether the campaign watched the same segment all the time between two turns, so that they can be compared."""
        between = [moment for moment in self.book.moments if before.moment < moment < now.moment]
        segments = {_segment(self.decides(moment)) for moment in (before.moment, *between, now.moment)}
        return segments == {_segment(now.campaign)}

    def _taken(self, one: CompiledCampaign, day: date, asked: dict[int, datetime]) -> datetime | None:
        """When the revision gets its turn: as it asks; or when it replaces one whose hour on that date was to come."""
        moment = asked[id(one)]
        decides = self.decides(moment)
        if decides is one:
            return moment
        replaced = asked.get(id(decides))
        if replaced is None or replaced < moment:
            return None
        published = (at for at in self.book.moments if moment < at < replaced)
        return next((at for at in published if self.decides(at) is one), None)


def in_order(
    schedules: Iterable[tuple[Schedule, Iterator[Turn]]],
) -> Iterator[tuple[Schedule, Turn]]:
    """The turns of several campaigns by time, as they come about when nothing is late."""
    plans = [_paired(schedule, turns) for schedule, turns in schedules]
    return merge(*plans, key=lambda item: item[1].order)


def _paired(schedule: Schedule, turns: Iterator[Turn]) -> Iterator[tuple[Schedule, Turn]]:
    return ((schedule, turn) for turn in turns)


def schedules_of(book: CampaignBook, zone: ZoneInfo) -> list[Schedule]:
    """The campaigns of a program that a calendar has ever triggered; without what does not compile any more."""
    found: dict[str, list[CompiledCampaign]] = {}
    for one in book.campaigns:
        is_known = one.trigger in event_kinds and not one.error
        if is_known and isinstance(event_kinds.get(one.trigger), ScheduleKind):
            found.setdefault(one.key, []).append(one)
    return [Schedule(book, revisions, zone) for _key, revisions in sorted(found.items())]


def _is_running(campaign: CompiledCampaign, moment: datetime) -> bool:
    """Whether the moment lies within the campaign's own dates."""
    has_started = campaign.starts_at is None or moment >= campaign.starts_at
    return has_started and (campaign.ends_at is None or moment < campaign.ends_at)


def _segment(campaign: CompiledCampaign | None) -> tuple[str, object] | None:
    return None if campaign is None else (campaign.trigger, campaign.trigger_params.get("segment"))
