"""Store: write what a batch decided, one statement per table, in the transaction that holds the locks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Model

from loyalty.ledger.writer import write_wallets
from loyalty.models import (
    Adjustment,
    Card,
    CardStatusChange,
    Evaluation,
    Event,
    LimitCounter,
    OutboxMessage,
    ParentChange,
    Purchase,
    PurchaseLine,
    Refund,
    Reward,
)
from loyalty.money import to_decimal_string
from loyalty.processing.inbox import PARKED, PENDING, PROCESSED, body_hash
from loyalty.rows import update_rows, upsert_rows
from loyalty.rules.base import Fact
from loyalty.rules.events import EventState
from loyalty.rules.state import Message, RewardState, State
from loyalty.signals import reward_granting, send_inside

_CARD = (
    "status",
    "status_since",
    "parent_id",
    "parent_since",
    "linked_at",
    "purchases_count",
    "spent_total",
)


def store_state(
    state: State, *, facts: Sequence[Fact], topics: frozenset[str], moment: datetime, using: str
) -> list[int]:
    """Write everything that the batch changed; answers the keys of the outbox messages. `moment` is now."""
    _store_new_events(state, moment, using)
    _store_cards(state, using)
    _store_purchases(state, using)
    _insert(
        [
            Evaluation(event_id=item.event.pk, outcome=item.outcome, trace=item.trace, processed_at=moment)
            for item in state.evaluations
        ],
        using,
    )
    _store_rewards(state, moment, using)
    write_wallets(
        state.wallets.values(),
        spend_events={id(spend): event for spend, event in state.new_spends},
        moment=moment,
        using=using,
    )
    _insert(
        [
            Adjustment(event_id=event.pk, wallet_id=wallet.pk, amount=amount, reason="")
            for event, wallet, amount in state.adjustments
        ],
        using,
    )
    _store_counters(state, using)
    for fact in facts:
        changed = state.facts.drain(fact.key)
        if changed:
            fact.store(changed, moment)
    _store_event_statuses(state, using)
    return _store_messages(state, topics, using)


def _insert(rows: Sequence[Model], using: str) -> None:
    if rows:
        type(rows[0])._default_manager.using(using).bulk_create(rows)


def _store_new_events(state: State, moment: datetime, using: str) -> None:
    """Cascaded events and follow-ups, causes before effects."""
    waiting = state.new_events
    while waiting:
        ready = [event for event in waiting if event.cause is None or event.cause.pk is not None]
        rows = [
            Event(
                program_id=state.program.pk,
                source=event.source,
                kind=event.kind,
                key=event.key,
                card_id=event.card_id,
                occurred_at=event.occurred_at,
                payload=event.payload,
                body_hash=body_hash(
                    card_id=event.card_id, occurred_at=event.occurred_at, payload=event.payload
                ),
                purchase_key=event.purchase_key,
                cause_id=event.cause.pk if event.cause else None,
                cascaded=event.cascaded,
                status=PROCESSED if event.status == "processed" else PENDING,
                recorded_at=moment,
            )
            for event in ready
        ]
        for event, row in zip(ready, Event.objects.using(using).bulk_create(rows), strict=True):
            event.pk = row.pk
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
    _insert(
        [
            CardStatusChange(
                card_id=change.card_id, status=change.status, since=change.since, event_id=change.event.pk
            )
            for change in state.card_changes
            if change.status is not None
        ],
        using,
    )
    _insert(
        [
            ParentChange(
                card_id=change.card_id,
                old_parent_id=change.old_parent_id,
                new_parent_id=change.new_parent_id,
                since=change.since,
                event_id=change.event.pk,
            )
            for change in state.card_changes
            if change.status is None
        ],
        using,
    )


def _store_purchases(state: State, using: str) -> None:
    rows = [
        Purchase(
            program_id=state.program.pk,
            source=purchase.source,
            external_id=purchase.external_id,
            card_id=purchase.card_id,
            event_id=purchase.event.pk if purchase.event else None,
            occurred_at=purchase.occurred_at,
            channel=purchase.channel,
            total=purchase.total,
            tax=purchase.tax,
            discount=purchase.discount,
            remaining=purchase.remaining,
        )
        for purchase in state.new_purchases
    ]
    new = set()
    if rows:
        for purchase, row in zip(
            state.new_purchases, Purchase.objects.using(using).bulk_create(rows), strict=True
        ):
            purchase.pk = row.pk
            new.add(row.pk)
    _insert(
        [
            PurchaseLine(
                purchase_id=purchase.pk,
                position=line.position,
                sku=line.sku,
                category=line.category,
                quantity=line.quantity,
                amount=line.amount,
                remaining=line.remaining,
                attributes=line.attributes,
            )
            for purchase in state.new_purchases
            for line in purchase.lines
        ],
        using,
    )
    touched = [purchase for purchase in state.touched_purchases.values() if purchase.pk not in new]
    update_rows(
        Purchase,
        fields=("remaining",),
        rows=[(purchase.pk, purchase.remaining) for purchase in touched],
        using=using,
    )
    update_rows(
        PurchaseLine,
        fields=("remaining",),
        rows=[(line.pk, line.remaining) for purchase in touched for line in purchase.lines],
        using=using,
    )
    _insert(
        [
            Refund(
                purchase_id=refund.purchase.pk,
                event_id=refund.event.pk,
                amount=refund.amount,
                by_line={str(position): amount for position, amount in refund.by_line.items()},
                occurred_at=refund.event.occurred_at,
            )
            for refund in state.refunds
        ],
        using,
    )


def _store_rewards(state: State, moment: datetime, using: str) -> None:
    currencies = {code: rules.pk for code, rules in state.program.currencies.items()}
    new = state.new_rewards
    if reward_granting.receivers:
        for reward in new:
            decimals = state.program.currencies[reward.currency].decimals if reward.currency else 0
            send_inside(
                reward_granting,
                program=state.program.slug,
                campaign=reward.campaign_key,
                card=reward.card_id,
                currency=reward.currency,
                amount=to_decimal_string(reward.granted, decimals),
                event=reward.event.pk,
            )
    if new:
        rows = Reward.objects.using(using).bulk_create(
            Reward(
                event_id=reward.event.pk,
                campaign_id=reward.campaign_pk,
                revision_id=reward.revision_pk,
                slot=reward.slot,
                card_id=reward.card_id,
                level=reward.level,
                effect=reward.effect,
                currency_id=currencies.get(reward.currency or ""),
                purchase_id=reward.purchase.pk if reward.purchase else None,
                base=reward.base,
                requested=reward.requested,
                granted=reward.granted,
                reversed=reward.reversed,
                forgiven=reward.forgiven,
                cut_reason=reward.cut_reason,
                policy=reward.policy,
                threshold=reward.threshold,
                milestone_card_id=reward.milestone_card_id,
                terms=reward.terms,
                occurred_at=reward.occurred_at,
                created_at=moment,
            )
            for reward in new
        )
        for reward, row in zip(new, rows, strict=True):
            reward.pk = row.pk
    seen = set(map(id, new))
    everywhere = {
        id(reward): reward
        for held in (*state.rewards_of.values(), *state.milestones.values())
        for reward in held
    }
    changed = [reward for key, reward in everywhere.items() if reward.dirty and key not in seen]
    update_rows(
        Reward,
        fields=("reversed", "forgiven"),
        rows=[(reward.pk, reward.reversed, reward.forgiven) for reward in changed],
        using=using,
    )


def _store_counters(state: State, using: str) -> None:
    dirty = [counter for _key, counter in sorted(state.counters.items()) if counter.dirty]
    upsert_rows(
        LimitCounter,
        keys=("key",),
        fields=("used",),
        add=("program_id", "campaign_id", "card_id", "period"),
        rows=[
            (
                counter.key,
                counter.used,
                state.program.pk,
                counter.campaign_pk,
                counter.card_id,
                counter.period,
            )
            for counter in dirty
        ],
        using=using,
    )


def _store_event_statuses(state: State, using: str) -> None:
    """Events that were in the inbox before: processed, or parked; a refund without a card takes its purchase's."""
    new = set(map(id, state.new_events))
    done = [item.event for item in state.evaluations if id(item.event) not in new]
    events = Event.objects.using(using)
    found = [event for event in done if event.note.get("card_was_unknown")]
    update_rows(Event, fields=("card_id",), rows=[(event.pk, event.card_id) for event in found], using=using)
    if done:
        events.filter(pk__in=[event.pk for event in done]).update(status=PROCESSED, error="")
    parked = [event.pk for events_ in state.parked.values() for event in events_ if event.pk is not None]
    if parked:
        events.filter(pk__in=parked, status=PENDING).update(status=PARKED)


def _store_messages(state: State, topics: frozenset[str], using: str) -> list[int]:
    rows = [
        OutboxMessage(
            program_id=state.program.pk,
            event_id=message.event.pk if message.event else None,
            topic=message.topic,
            key=message.key,
            payload=_payload(state, message),
        )
        for message in state.messages
        if message.topic in topics
    ]
    if not rows:
        return []
    return [row.pk for row in OutboxMessage.objects.using(using).bulk_create(rows)]


def _payload(state: State, message: Message) -> dict[str, Any]:
    payload = dict(message.payload)
    reward = message.subject
    if isinstance(reward, RewardState):
        decimals = state.program.currencies[reward.currency].decimals if reward.currency else 0
        payload |= {
            "reward": reward.pk,
            "card": reward.card_id,
            "campaign": reward.campaign_key,
            "currency": reward.currency,
            "granted": to_decimal_string(reward.granted, decimals),
            "reversed": to_decimal_string(reward.reversed, decimals),
        }
        if "amount" in payload:
            payload["amount"] = to_decimal_string(payload["amount"], decimals)
    return payload


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
