"""Store: write what a batch decided, one statement per table, in the transaction that holds the locks."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime

from django.db.models import F

from loyalty.ledger.writer import write_wallets
from loyalty.models import (
    Adjustment,
    Card,
    CardMerge,
    CardStatusChange,
    Evaluation,
    Event,
    ParentChange,
    Program,
)
from loyalty.processing.inbox import EVENT_FIELDS, PARKED, PENDING, PROCESSED, body_hash
from loyalty.processing.keys import key_of
from loyalty.processing.store_purchases import store_purchases
from loyalty.processing.store_rewards import store_counters, store_messages, store_rewards
from loyalty.rows import insert_models, insert_rows, set_fields, update_rows
from loyalty.rules.base import Fact
from loyalty.rules.events import EventState
from loyalty.rules.state import State

_CARD = (
    "status",
    "status_since",
    "parent_id",
    "parent_since",
    "linked_at",
    "merged_into_id",
    "purchases_count",
    "spent_total",
)

_EVALUATION = ("event_id", "outcome", "trace", "processed_at")


def store_state(
    state: State, *, facts: Sequence[Fact], topics: frozenset[str], moment: datetime, using: str
) -> list[int]:
    """Write everything that the batch changed; answers the keys of the outbox messages. `moment` is now."""
    _store_new_events(state, moment, using)
    _store_cards(state, using)
    _store_merges(state, using)
    store_purchases(state, using)
    evaluated = [(key_of(item.event), item.outcome, item.trace, moment) for item in state.evaluations]
    insert_rows(Evaluation, fields=_EVALUATION, rows=evaluated, using=using)
    store_rewards(state, moment, using)
    write_wallets(
        state.wallets.values(),
        spend_events={id(spend): event for spend, event in state.new_spends},
        moment=moment,
        using=using,
    )
    insert_models(
        [
            Adjustment(event_id=key_of(event), wallet_id=key_of(wallet), amount=amount, reason="")
            for event, wallet, amount in state.adjustments
        ],
        using,
    )
    store_counters(state, using)
    for fact in facts:
        changed = state.facts.drain(fact.key)
        if changed:
            fact.store(changed, moment)
    _store_event_statuses(state, using)
    return store_messages(state, topics, using)


def _store_new_events(state: State, moment: datetime, using: str) -> None:
    """Cascaded events and follow-ups, causes before effects."""
    waiting = state.new_events
    while waiting:
        ready = [event for event in waiting if event.cause is None or event.cause.pk is not None]
        rows = [
            (
                state.program.pk,
                event.source,
                event.kind,
                event.key,
                event.card_id,
                event.occurred_at,
                event.payload,
                body_hash(card_id=event.card_id, occurred_at=event.occurred_at, payload=event.payload),
                event.purchase_key,
                event.cause.pk if event.cause else None,
                event.cascaded,
                PROCESSED if event.status == "processed" else PENDING,
                0,
                "",
                moment,
            )
            for event in ready
        ]
        for event, pk in zip(
            ready, insert_rows(Event, fields=EVENT_FIELDS, rows=rows, using=using), strict=True
        ):
            event.pk = pk
        done = set(map(id, ready))
        waiting = [event for event in waiting if id(event) not in done]


def _store_cards(state: State, using: str) -> None:
    dirty = [card for card in state.cards.values() if card.dirty]
    update_rows(
        Card,
        fields=_CARD,
        rows=[(card.pk, *(getattr(card, name) for name in _CARD)) for card in dirty],
        using=using,
    )
    insert_models(
        [
            CardStatusChange(
                card_id=change.card_id,
                status=change.status,
                since=change.since,
                event_id=key_of(change.event),
            )
            for change in state.card_changes
            if change.status is not None
        ],
        using,
    )
    insert_models(
        [
            ParentChange(
                card_id=change.card_id,
                old_parent_id=change.old_parent_id,
                new_parent_id=change.new_parent_id,
                since=change.since,
                event_id=key_of(change.event),
            )
            for change in state.card_changes
            if change.status is None
        ],
        using,
    )


def _store_merges(state: State, using: str) -> None:
    """Those that ended first: a card is merged once at a time."""
    merges = CardMerge.objects.using(using)
    for merge in state.changed_merges:
        if not merge.is_new and merge.undone is not None:
            merges.filter(event_id=key_of(merge.event)).update(undone_id=key_of(merge.undone))
    insert_models(
        [
            CardMerge(
                survivor_id=merge.survivor_id,
                merged_id=merge.merged_id,
                since=merge.event.occurred_at,
                event_id=key_of(merge.event),
                undone_id=key_of(merge.undone) if merge.undone is not None else None,
            )
            for merge in state.changed_merges
            if merge.is_new
        ],
        using,
    )
    if state.changed_merges and not state.program.has_merges:
        # Every process is to know of it: see `ProgramRules.has_merges`.
        Program.objects.using(using).filter(pk=state.program.pk).update(
            campaigns_version=F("campaigns_version") + 1 + secrets.randbelow(2**30)
        )


def _store_event_statuses(state: State, using: str) -> None:
    """Events that were in the inbox before: processed, or parked; a refund without a card takes its purchase's."""
    new = set(map(id, state.new_events))
    done = [item.event for item in state.evaluations if id(item.event) not in new]
    found = [event for event in done if event.note.get("card_was_unknown")]
    update_rows(Event, fields=("card_id",), rows=[(event.pk, event.card_id) for event in found], using=using)
    processed = {"status": PROCESSED, "error": ""}
    set_fields(Event, values=processed, keys=[key_of(event) for event in done], using=using)
    parked = [event.pk for events_ in state.parked.values() for event in events_ if event.pk is not None]
    if parked:
        Event.objects.using(using).filter(pk__in=parked, status=PENDING).update(status=PARKED)


def read_event(row: Event) -> EventState:
    """The stored event as the engine sees it."""
    return EventState(
        source=row.source,
        kind=row.kind,
        key=row.key,
        card_id=row.card_id,
        occurred_at=row.occurred_at,
        payload=row.payload,
        purchase_key=row.purchase_key,
        pk=row.pk,
        cascaded=row.cascaded,
        attempts=row.attempts,
        status=row.status,
        note={"card_was_unknown": True} if row.card_id is None else {},
    )
