"""Preview: what a purchase would earn, decided by the same engine on a read-only copy. Nothing is locked or written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import router

from loyalty.models import Event, Program
from loyalty.processing.campaigns import campaign_book, load_program_rules
from loyalty.processing.load import details_of, load_state
from loyalty.rules.compiled import CampaignBook
from loyalty.rules.decide import decide, suppose
from loyalty.rules.events import EventState
from loyalty.rules.registry import event_kinds
from loyalty.rules.registry import facts as fact_registry
from loyalty.rules.state import CardState, EvaluationState, ProgramRules, RewardState, State

NOBODY = 0


@dataclass(frozen=True, slots=True)
class Previewed:
    """What would be granted, and the evaluations that say why and why not."""

    program: ProgramRules
    rewards: list[RewardState]
    evaluations: list[EvaluationState]


def preview_event(
    *,
    program: Program,
    kind: str,
    card_id: int | None,
    occurred_at: datetime,
    payload: Mapping[str, Any],
    source: str,
    campaigns: CampaignBook | None = None,
    supposed: bool = False,
) -> Previewed:
    """Decide an event that did not happen, for a card or for somebody without one.

    Raises EventPayloadInvalid like the event itself would. `campaigns`: instead of the published ones, e.g. with a draft.
    `supposed`: what brings the event about is taken as done and its payload as good; the campaigns alone are asked.
    """
    using = router.db_for_read(Event)
    rules = load_program_rules(program)
    book = campaigns if campaigns is not None else campaign_book(program)
    facts = list(fact_registry)
    body = payload if supposed else event_kinds.get(kind).clean(payload, rules)
    event = EventState(source, kind, "preview", card_id or NOBODY, occurred_at, body)
    if card_id is None:
        state = State(rules)
        state.cards[NOBODY] = CardState(pk=NOBODY, enrolled_at=occurred_at)
        details = details_of(book, facts, rules)
        for fact in facts:
            state.facts.install(fact, {}, details.get(fact.key, frozenset()))
    else:
        state = load_state(
            program=rules, campaigns=book, events=[event], facts=facts, using=using, lock=False
        )
    if supposed:
        suppose(state, event, book)
    else:
        decide(state, event, book, facts=facts, raise_refusal=True)
    return Previewed(rules, state.new_rewards, state.evaluations)
