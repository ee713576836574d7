"""What a processed scene came to, without any key of a row, so that it can be compared."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

from loyalty.models import (
    Card,
    Evaluation,
    Event,
    LedgerEntry,
    LimitCounter,
    Lot,
    Program,
    Purchase,
    PurchaseLine,
    Reward,
    Spend,
    Wallet,
)
from loyalty.processing.replay import Replayed
from loyalty.rules.state import RewardState, State
from referrals.journey import FACT
from referrals.models import Referral, ReferrerStats
from tests.integration.law.memory import Memory

Picture = dict[str, Any]

_CARD = (
    "pk",
    "status",
    "status_since",
    "parent_id",
    "parent_since",
    "linked_at",
    "merged_into_id",
    "purchases_count",
    "spent_total",
)
_LOT = ("amount", "remaining", "held", "expired", "expired_reversed", "matured", "earned_at", "available_at")
_REWARD = (
    "slot",
    "card_id",
    "level",
    "effect",
    "base",
    "requested",
    "granted",
    "reversed",
    "forgiven",
    "cut_reason",
)
_REWARD += ("policy", "threshold", "milestone_card_id", "terms", "occurred_at")
_REFERRAL = (
    "referrer_id",
    "method",
    "registered_at",
    "counted",
    "qualifying_purchases",
    "qualified_at",
    "qualified_by",
)
_BUCKETS = ("available", "pending", "held", "debt")
_ENTRY = ("kind", *_BUCKETS, "effective_at")
_EVENT = ("source", "kind", "key", "card_id", "occurred_at", "purchase_key", "cascaded", "error")


def stored(program: Program) -> Picture:
    """Everything that the database says, in its order."""
    picture = stored_like_replay(program)
    picture["outcomes"] = list(
        Evaluation.objects.filter(event__program=program)
        .order_by("pk")
        .values_list("event__source", "event__kind", "event__key", "event__card_id", "outcome", "trace")
    )
    picture["events"] = sorted(
        Event.objects.filter(program=program).values_list(*_EVENT, "status", "cause__key")
    )
    entries: dict[Any, list[Any]] = defaultdict(list)
    for card_id, code, *values in (
        LedgerEntry.objects.filter(wallet__card__program=program)
        .order_by("pk")
        .values_list("wallet__card_id", "wallet__currency__code", *_ENTRY, "event__kind", "event__key")
    ):
        entries[card_id, code].append(tuple(values))
    picture["entries"] = dict(entries)
    return picture


def decided(memory: Memory) -> Picture:
    """The same of a scene that was decided in memory."""
    state = memory.state
    picture = in_memory(state, state.new_rewards)
    picture["outcomes"] = [
        (*item.event.identity, item.event.card_id, item.outcome, json.loads(json.dumps(item.trace)))
        for item in state.evaluations
    ]
    picture["entries"] = {
        key: [
            (*(getattr(entry, name) for name in _ENTRY), entry.event.kind, entry.event.key)
            for entry in wallet.entries
        ]
        for key, wallet in state.wallets.items()
        if wallet.entries
    }
    return picture


def stored_like_replay(program: Program) -> Picture:
    """What a replay knows too, from the database."""
    rewards = Reward.objects.filter(event__program=program).order_by("pk")
    spends = Spend.objects.filter(wallet__card__program=program).order_by("pk")
    wallets = Wallet.objects.filter(card__program=program)
    lots = Lot.objects.filter(wallet__card__program=program).order_by("pk")
    purchases = Purchase.objects.filter(program=program).order_by("pk")
    lines = PurchaseLine.objects.filter(purchase__program=program)
    open_lots: dict[Any, list[Any]] = defaultdict(list)
    for card_id, code, key, campaign, *values in lots.values_list(
        "wallet__card_id",
        "wallet__currency__code",
        "reward__event__key",
        "reward__campaign__key",
        *_LOT,
        "expires_at",
    ):
        if values[1] or values[2]:
            open_lots[card_id, code].append((key, campaign, *values))
    return {
        "rewards": list(
            rewards.values_list(
                "event__source",
                "event__kind",
                "event__key",
                "campaign__key",
                "currency__code",
                "revision_id",
                *_REWARD,
            )
        ),
        "wallets": {
            (row[0], row[1]): row[2:]
            for row in wallets.values_list("card_id", "currency__code", *_BUCKETS, "clock")
        },
        "open lots": dict(open_lots),
        "spends": sorted(
            spends.values_list("wallet__card_id", "key", "amount", "captured", "returned", "status")
        ),
        "counters": {key: used for key, used in LimitCounter.objects.values_list("key", "used") if used},
        "cards": sorted(
            Card.objects.filter(program=program).values_list(*(n for n in _CARD if n != "status_since"))
        ),
        "purchases": sorted(purchases.values_list("source", "external_id", "card_id", "remaining")),
        "lines": sorted(lines.values_list("purchase__external_id", "position", "remaining")),
        "referrals": sorted(Referral.objects.values_list("referee_id", *_REFERRAL)),
        "stats": sorted(
            row
            for row in ReferrerStats.objects.values_list("card_id", "registered", "qualified")
            if any(row[1:])
        ),
    }


def replayed(result: Replayed) -> Picture:
    """The same of a replay."""
    return in_memory(result.state, result.rewards)


def in_memory(state: State, rewards: list[RewardState]) -> Picture:
    """The same of a state."""
    referrals = {pk: state.facts.get(FACT, pk) for pk in sorted(state.cards)}
    return {
        "rewards": [
            (
                *reward.event.identity,
                reward.campaign_key,
                reward.currency,
                reward.revision_pk,
                *(getattr(reward, name) for name in _REWARD),
            )
            for reward in rewards
        ],
        "wallets": {
            key: (*(getattr(wallet, name) for name in _BUCKETS), wallet.clock)
            for key, wallet in state.wallets.items()
            if wallet.clock is not None
        },
        "open lots": {
            key: found
            for key, wallet in state.wallets.items()
            if (
                found := [
                    (
                        getattr(getattr(lot.reward, "event", None), "key", None),
                        getattr(lot.reward, "campaign_key", None),
                        *(getattr(lot, name) for name in _LOT),
                        lot.expires_at,
                    )
                    for lot in sorted(wallet.lots)
                    if lot.remaining or lot.held
                ]
            )
        },
        "spends": sorted(
            (spend.wallet.card_id, spend.key, spend.amount, spend.captured, spend.returned, spend.status)
            for spend in state.spends.values()
        ),
        "counters": {counter.key: counter.used for counter in state.counters.values() if counter.used},
        "cards": sorted(
            tuple(getattr(card, name) for name in _CARD if name != "status_since")
            for card in state.cards.values()
        ),
        "purchases": sorted(
            (one.source, one.external_id, one.card_id, one.remaining) for one in state.purchases.values()
        ),
        "lines": sorted(
            (one.external_id, line.position, line.remaining)
            for one in state.purchases.values()
            for line in one.lines
        ),
        "referrals": sorted(
            (pk, *(getattr(known.referral, name) for name in _REFERRAL))
            for pk, known in referrals.items()
            if known.referral is not None
        ),
        "stats": [
            (pk, known.registered, known.qualified)
            for pk, known in referrals.items()
            if known.registered or known.qualified
        ],
    }


def assert_same(one: Picture, other: Picture, what: str) -> None:
    """Compare part by part what both know, so that a failure names the part."""
    for name in one.keys() & other.keys():
        assert one[name] == other[name], f"{what}: {name}"
