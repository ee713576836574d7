"""What the scheduled campaigns of a file would have brought about: their events, made in memory for a backtest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from loyalty.rules.base import Need, Result
from loyalty.rules.compiled import CampaignBook, CompiledCondition
from loyalty.rules.evaluate import Views, ask, evaluate
from loyalty.rules.events import EventState
from loyalty.rules.kinds.scheduled import ScheduleKind, SegmentKind
from loyalty.rules.registry import event_kinds
from loyalty.rules.schedule import Schedule, Turn, in_order, schedules_of
from loyalty.rules.state import ACTIVE, CardState, ProgramRules, State


class Calendar:
    """The turns of a file's campaigns up to a moment. The stored events of these campaigns are left out for them."""

    def __init__(self, campaigns: CampaignBook, program: ProgramRules, *, until: datetime) -> None:
        self._schedules = schedules_of(campaigns, program.zone)
        self._keys = {one.key for one in campaigns.campaigns}
        self._program, self._until = program, until
        self._turns: Iterator[tuple[Schedule, Turn]] | None = None
        self._following: tuple[Schedule, Turn] | None = None
        self._looks: dict[str, tuple[Turn, set[int]]] = {}

    def needs(self) -> Iterable[Need]:
        """What the questions about segments read, beside what the campaigns themselves do."""
        for schedule in self._schedules:
            for one in schedule.revisions:
                kind = event_kinds.get(one.trigger)
                if isinstance(kind, SegmentKind):
                    asked = kind.inside(one.trigger_params, self._program)
                    yield from asked.condition.needs(asked.params)

    def replaces(self, event: EventState) -> bool:
        """Whether a stored event is one that is made anew here."""
        kind = event_kinds.get(event.kind)
        is_scheduled = event.pk is not None and isinstance(kind, ScheduleKind)
        return is_scheduled and event.payload["campaign"] in self._keys

    def before(self, moment: datetime | None, state: State) -> Iterator[EventState]:
        """The events of the turns before a moment (None: of all), each card asked when its turn has come."""
        if self._turns is None:
            self._turns = self._from_first_card(state)
            self._following = next(self._turns, None)
        while self._following and (moment is None or self._following[1].moment < moment):
            yield from self._events(*self._following, state)
            self._following = next(self._turns, None)

    def _from_first_card(self, state: State) -> Iterator[tuple[Schedule, Turn]]:
        since = min((card.enrolled_at for card in state.cards.values()), default=None)
        if since is None:
            return iter(())
        return in_order(
            (one, one.turns(first=date.min, since=since, until=self._until)) for one in self._schedules
        )

    def _events(self, schedule: Schedule, turn: Turn, state: State) -> Iterator[EventState]:
        kind = turn.kind
        if isinstance(kind, SegmentKind):
            yield from self._crossings(schedule, turn, kind, state)
            return
        for card in _enrolled(state, turn.moment):
            event = _event(turn, card)
            if _acts(card, turn.moment) and _fires(turn, state, event):
                yield event

    def _crossings(
        self, schedule: Schedule, turn: Turn, kind: SegmentKind, state: State
    ) -> Iterator[EventState]:
        asked = kind.inside(turn.campaign.trigger_params, self._program)
        cards = {card.pk: card for card in _enrolled(state, turn.moment)}
        now = {pk for pk, card in cards.items() if _holds(asked, state, _event(turn, card))}
        before, was = self._looks.get(schedule.key, (None, set[int]()))
        self._looks[schedule.key] = (turn, now)
        if before is None or not schedule.looked_on(before, turn):
            return
        for pk in sorted(now - was if kind.enters else was - now):
            if _acts(cards[pk], turn.moment):
                yield _event(turn, cards[pk])


def _enrolled(state: State, at: datetime) -> list[CardState]:
    return [card for _pk, card in sorted(state.cards.items()) if card.enrolled_at <= at]


def _acts(card: CardState, at: datetime) -> bool:
    return card.merged_into_id is None and card.status_at(at) == ACTIVE


def _event(turn: Turn, card: CardState) -> EventState:
    return EventState(
        source="loyalty",
        kind=turn.kind.kind,
        key=turn.key_for(card.pk),
        card_id=card.pk,
        occurred_at=turn.moment,
        payload=turn.payload,
    )


def _fires(turn: Turn, state: State, event: EventState) -> bool:
    return evaluate(turn.campaign, Views(state, event), event).fires


def _holds(asked: CompiledCondition, state: State, event: EventState) -> bool:
    return ask(asked, Views(state, event), event).result is Result.PASS
