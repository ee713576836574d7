"""Replay: the stored history run again in its order of processing, in memory, by the same engine. Nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import router
from django.utils.translation import gettext as _

from loyalty.ledger import book
from loyalty.models import Card, Event, Program
from loyalty.processing.load import ATTRIBUTES, details_of, load_attributes
from loyalty.processing.milestones import Milestones
from loyalty.processing.synthetic import Calendar
from loyalty.rules.base import LoadRequest
from loyalty.rules.compiled import CampaignBook
from loyalty.rules.decide import decide
from loyalty.rules.events import EventState
from loyalty.rules.registry import facts as fact_registry
from loyalty.rules.state import CardState, ProgramRules, RewardState, State

_CHUNK = 2000
# Hears of each event that was decided, with the state as it is then and with what the event brought.
Hear = Callable[[State, EventState], None]


@dataclass(slots=True)
class Replayed:
    """What a replay came to. `refused` counts outcomes that were refusals, `missing` events that found no purchase."""

    state: State
    rewards: list[RewardState] = field(default_factory=list)
    events: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    missing: int = 0
    stopped: bool = False
    as_of_today: list[str] = field(default_factory=list)

    def balances(self, *, at: datetime) -> Iterator[tuple[CardState, str, int]]:
        """(card, currency, balance in minor units) of every card in every currency, settled up to a moment."""
        nothing = EventState("replay", "loyalty.settled", "", None, at)
        for _pk, card in sorted(self.state.cards.items()):
            for code in sorted(self.state.program.currencies):
                wallet = self.state.wallets.get((card.pk, code))
                if wallet is None:
                    yield card, code, 0
                    continue
                if wallet.clock is None or at > wallet.clock:
                    book.touch(wallet=wallet, at=at, event=nothing)
                yield card, code, wallet.balance


def replay(
    *,
    program: Program,
    rules: ProgramRules,
    campaigns: CampaignBook,
    since: datetime | None = None,
    until: datetime | None = None,
    progress: Callable[[int], bool] | None = None,
    hear: Hear | None = None,
    calendar: Calendar | None = None,
) -> Replayed:
    """Run the program's history through these campaigns.

    Everything up to `until` is run, so that balances and counts are right; rewards are kept for events from `since` on.
    `progress` hears the number of events done and stops the replay by answering False. `calendar` makes the events
    of scheduled campaigns that were never published: each is run before the first stored event that occurred after it.
    """
    using = router.db_for_read(Event)
    facts = list(fact_registry)
    state = State(rules)
    for pk, external_id, enrolled_at in (
        Card.objects.using(using).filter(program=program).values_list("pk", "external_id", "enrolled_at")
    ):
        state.cards[pk] = CardState(
            pk=pk, external_id=external_id or "", enrolled_at=enrolled_at, status_since=enrolled_at
        )
    details = dict(details_of(campaigns, facts, rules))
    for need in calendar.needs() if calendar is not None else ():
        details[need.fact] = details.get(need.fact, frozenset()) | {need.detail}
    result = Replayed(state)
    for fact in facts:
        wanted: frozenset[Hashable] = details.get(fact.key, frozenset())
        known: Mapping[int, Any] = {}
        if fact.as_of_today and wanted:
            known = fact.load(LoadRequest(rules, state.cards, wanted))
            result.as_of_today.append(str(fact.as_of_today) % {"names": ", ".join(sorted(map(str, wanted)))})
        state.facts.install(fact, known, wanted)
    if details.get(ATTRIBUTES):
        names = {str(name) for name in details[ATTRIBUTES]}
        load_attributes(state, names, using=using)
        result.as_of_today.append(_("card attributes: %(names)s") % {"names": ", ".join(sorted(names))})
    levels = max([campaigns.levels, *(fact.levels for fact in facts)], default=0)
    milestones = state.milestones = Milestones(state, levels=levels)
    for event in _merge(_stored(program, using), calendar, state):
        if until is not None and event.occurred_at > until:
            continue
        result.events += event.pk is not None
        if calendar is not None and calendar.replaces(event):
            continue
        milestones.event = event
        decide(state, event, campaigns, facts=facts)
        if hear is not None:
            hear(state, event)
        _collect(result, since)
        if result.events % 100 == 0 and progress is not None and not progress(result.events):
            result.stopped = True
            break
    result.missing = sum(len(parked) for parked in state.parked.values())
    return result


_EVENT = ("source", "kind", "key", "card_id", "occurred_at", "payload", "purchase_key", "pk", "attempts")


def _stored(program: Program, using: str) -> Iterator[EventState]:
    """What was processed, in the order in which it was; what was cascaded comes about again by itself."""
    events = Event.objects.using(using).filter(program=program, evaluation__isnull=False, cascaded=False)
    rows = events.order_by("evaluation__pk").values_list(*_EVENT)
    for source, kind, key, card_id, occurred_at, payload, purchase_key, pk, attempts in rows.iterator(
        chunk_size=_CHUNK
    ):
        yield EventState(
            source, kind, key, card_id, occurred_at, payload, purchase_key, pk, attempts=attempts
        )


def _merge(stored: Iterator[EventState], calendar: Calendar | None, state: State) -> Iterator[EventState]:
    """The stored events in their order, with those of the calendar before the first that is younger."""
    if calendar is None:
        yield from stored
        return
    for event in stored:
        yield from calendar.before(event.occurred_at, state)
        yield event
    yield from calendar.before(None, state)


def _collect(result: Replayed, since: datetime | None) -> None:
    """Keep the rewards and let go of what only a store would write."""
    state = result.state
    for reward in state.new_rewards:
        if since is None or reward.occurred_at >= since:
            result.rewards.append(reward)
        if reward.currency is not None:
            wallet = state.wallets.get((reward.card_id, reward.currency))
            if wallet is not None:
                book.drain(wallet=wallet)
    for item in state.evaluations:
        if item.outcome != "applied":
            result.refused[item.outcome] = result.refused.get(item.outcome, 0) + 1
    for made in (
        state.new_rewards,
        state.evaluations,
        state.new_events,
        state.new_purchases,
        state.new_spends,
        state.refunds,
        state.card_changes,
        state.changed_merges,
        state.adjustments,
        state.messages,
    ):
        made.clear()
    state.touched_purchases.clear()
    state.reopened.clear()
