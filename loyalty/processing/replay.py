"""Replay: the stored history run again in its order of processing, in memory, by the same engine. Nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import router

from loyalty.ledger import book
from loyalty.models import Card, Event, Program
from loyalty.processing.load import ATTRIBUTES, details_of, load_attributes
from loyalty.processing.store import read_event
from loyalty.rules.compiled import CampaignBook
from loyalty.rules.decide import decide
from loyalty.rules.events import EventState
from loyalty.rules.registry import facts as fact_registry
from loyalty.rules.state import CardState, ProgramRules, RewardState, State

_CHUNK = 2000


@dataclass(slots=True)
class Replayed:
    """What a replay came to. `refused` counts outcomes that were refusals, `missing` events that found no purchase.

    `withheld` sums, by campaign and currency, what was asked for and cut to nothing, so that no reward tells of it.
    """

    state: State
    rewards: list[RewardState] = field(default_factory=list)
    events: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    missing: int = 0
    withheld: dict[tuple[str, str | None], int] = field(default_factory=dict)
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
) -> Replayed:
    """Run the program's history through these campaigns.

    Everything up to `until` is run, so that balances and counts are right; rewards are kept for events from `since` on.
    `progress` hears the number of events done and stops the replay by answering False.
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
    details = details_of(campaigns, facts, rules)
    for fact in facts:
        state.facts.install(fact, {}, details.get(fact.key, frozenset()))
    result = Replayed(state)
    if details.get(ATTRIBUTES):
        names = {str(name) for name in details[ATTRIBUTES]}
        load_attributes(state, names, using=using)
        result.as_of_today.append(f"card attributes: {', '.join(sorted(names))}")
    events = Event.objects.using(using).filter(program=program, evaluation__isnull=False, cascaded=False)
    for row in events.order_by("evaluation__pk").iterator(chunk_size=_CHUNK):
        if until is not None and row.occurred_at > until:
            continue
        decide(state, read_event(row), campaigns, facts=facts)
        result.events += 1
        _collect(result, since)
        if result.events % 100 == 0 and progress is not None and not progress(result.events):
            result.stopped = True
            break
    result.missing = sum(len(parked) for parked in state.parked.values())
    return result


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
        if since is None or item.event.occurred_at >= since:
            _add_withheld(result, item.trace)
    for made in (
        state.new_rewards,
        state.evaluations,
        state.new_events,
        state.new_purchases,
        state.new_spends,
        state.refunds,
        state.card_changes,
        state.adjustments,
        state.messages,
    ):
        made.clear()
    state.touched_purchases.clear()


def _add_withheld(result: Replayed, trace: dict[str, Any]) -> None:
    for given in trace.get("rewards", ()):
        if given["requested"] and not given["granted"] and given.get("cut") != "milestone_held":
            key = (given["campaign"], given["currency"])
            result.withheld[key] = result.withheld.get(key, 0) + given["requested"]
