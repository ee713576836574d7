"""Calls: what a service does at once. The same path as an event, in the caller's transaction; a refusal is raised."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import router, transaction
from django.utils import timezone

from loyalty.exceptions import ConcurrentUpdate
from loyalty.models import Event, Program
from loyalty.processing.campaigns import campaign_book, load_program_rules
from loyalty.processing.follow_up import after_commit
from loyalty.processing.inbox import PENDING, write_event
from loyalty.processing.load import load_state
from loyalty.processing.locking import TreeMoved
from loyalty.processing.outbox import relay_now
from loyalty.processing.store import read_event, store_state
from loyalty.rules.decide import decide
from loyalty.rules.events import EventState
from loyalty.rules.registry import facts as fact_registry
from loyalty.rules.state import State
from loyalty.signals import subscribed_topics

_ATTEMPTS = 20
_PAUSE = 0.02


@dataclass(frozen=True, slots=True)
class Executed:
    """What a call did: its event, and the state that it left; `created` is False for a repeat, which does nothing."""

    event_pk: int
    created: bool
    event: EventState | None = None
    state: State | None = None


def execute(
    *,
    program: Program,
    source: str,
    kind: str,
    key: str,
    card_id: int,
    occurred_at: datetime,
    payload: Mapping[str, Any],
) -> Executed:
    """Write the event and process it at once. Raises the refusal, and then nothing is written.

    Raises EventConflict when the key was used with another body, ConcurrentUpdate when the tree would not stand still.
    """
    using = router.db_for_write(Event)
    for _attempt in range(_ATTEMPTS):
        try:
            with transaction.atomic(using=using):
                pk, created = write_event(
                    program=program,
                    source=source,
                    kind=kind,
                    key=key,
                    card_id=card_id,
                    occurred_at=occurred_at,
                    payload=payload,
                )
                if not created:
                    return Executed(pk, created=False)
                return _process(pk, using)
        except TreeMoved:
            time.sleep(_PAUSE)
    raise ConcurrentUpdate


def _process(pk: int, using: str) -> Executed:
    row = Event.objects.using(using).select_related("program").get(pk=pk)
    rules, campaigns = load_program_rules(row.program), campaign_book(row.program)
    facts, event = list(fact_registry), read_event(row)
    state = load_state(program=rules, campaigns=campaigns, events=[event], facts=facts, using=using)
    decide(state, event, campaigns, facts=facts, raise_refusal=True)
    messages = store_state(state, facts=facts, topics=subscribed_topics(), moment=timezone.now(), using=using)
    for follow_up in state.new_events:
        if follow_up.status == PENDING and follow_up.card_id is not None:
            after_commit(card_id=follow_up.card_id)
    if messages:
        transaction.on_commit(lambda: relay_now(messages), using=using, robust=True)
    return Executed(pk, created=True, event=event, state=state)
