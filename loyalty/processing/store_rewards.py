"""Storing rewards, limit counters, and the messages that tell of rewards."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from loyalty.models import LimitCounter, OutboxMessage, Reward
from loyalty.money import to_decimal_string
from loyalty.processing.keys import key_of, known
from loyalty.rows import insert_rows, update_rows, upsert_rows
from loyalty.rules.state import Message, RewardState, State
from loyalty.signals import reward_granting, send_inside

_REWARD = (
    "event_id",
    "campaign_id",
    "revision_id",
    "slot",
    "card_id",
    "level",
    "effect",
    "currency_id",
    "purchase_id",
    "base",
    "requested",
    "granted",
    "reversed",
    "forgiven",
    "cut_reason",
    "policy",
    "threshold",
    "milestone_card_id",
    "source_id",
    "terms",
    "occurred_at",
    "created_at",
)


def store_rewards(state: State, moment: datetime, using: str) -> None:
    """The changed ones first: a milestone that is taken back and granted again is never held twice (S20)."""
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
    seen = set(map(id, new))
    everywhere = {
        id(reward): reward
        for held in (*state.rewards_of.values(), *state.milestones.values(), *state.dependents.values())
        for reward in held
    }
    changed = [reward for key, reward in everywhere.items() if reward.dirty and key not in seen]
    update_rows(
        Reward,
        fields=("reversed", "forgiven"),
        rows=[(reward.pk, reward.reversed, reward.forgiven) for reward in changed],
        using=using,
    )
    rows = [
        (
            key_of(reward.event),
            known(reward.campaign_pk),
            known(reward.revision_pk),
            reward.slot,
            reward.card_id,
            reward.level,
            reward.effect,
            currencies.get(reward.currency or ""),
            reward.purchase.pk if reward.purchase else None,
            reward.base,
            reward.requested,
            reward.granted,
            reward.reversed,
            reward.forgiven,
            reward.cut_reason,
            reward.policy,
            reward.threshold,
            reward.milestone_card_id,
            reward.source.pk if reward.source else None,
            reward.terms,
            reward.occurred_at,
            moment,
        )
        for reward in new
    ]
    late = [reward for reward in new if reward.source is not None and reward.source.pk is None]
    for reward, pk in zip(new, insert_rows(Reward, fields=_REWARD, rows=rows, using=using), strict=True):
        reward.pk = pk
    # In the order of granting, so what was given for a new reward learns its key afterwards (S15).
    sources = [(reward.pk, reward.source.pk) for reward in late if reward.source]
    update_rows(Reward, fields=("source_id",), rows=sources, using=using)


def store_counters(state: State, using: str) -> None:
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


def store_messages(state: State, topics: frozenset[str], using: str) -> list[int]:
    rows = [
        OutboxMessage(
            program_id=state.program.pk,
            event_id=key_of(message.event),
            topic=message.topic,
            key=message.key,
            payload=_payload(state, message),
        )
        for message in state.messages
        if message.topic in topics
    ]
    keys = [row.key for row in rows if row.key is not None]
    if keys:
        # What is told once: whoever tells it holds the lock of what it is about.
        told = set(OutboxMessage.objects.using(using).filter(key__in=keys).values_list("key", flat=True))
        rows = [row for row in rows if row.key not in told]
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
