"""Many rows of every model, written past the services: what lists must show without a query for each."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import models

from loyalty.models import (
    Adjustment,
    Campaign,
    CampaignAction,
    CampaignCondition,
    CampaignLimit,
    CampaignPublication,
    CampaignRevision,
    Card,
    CardAttribute,
    CardHolder,
    CardMerge,
    CardNumber,
    CardQueue,
    CardStatusChange,
    Currency,
    DayActivity,
    DayMovement,
    DayParent,
    DayRefresh,
    Evaluation,
    Event,
    IdempotencyKey,
    LedgerEntry,
    LimitCounter,
    Lot,
    LotAllocation,
    NumberChange,
    OutboxMessage,
    ParentChange,
    Program,
    Purchase,
    PurchaseLine,
    Refund,
    Reward,
    SchedulePresence,
    ScheduleRun,
    Segment,
    SegmentMember,
    SegmentRevision,
    Spend,
    Wallet,
)

AT = datetime(2026, 1, 1, 12, tzinfo=UTC)


def write_rows(count: int, *, name: str = "a") -> None:
    """`count` rows of each model, every row hanging on others of its own; their keys begin with `name`."""
    each = range(count)
    users = _make(get_user_model(), ({"username": f"{name}{n}"} for n in each))
    programs = _make(Program, ({"slug": f"{name}{n}", "name": f"Club {n}"} for n in each))
    currencies = _make(
        Currency,
        ({"program": programs[n], "code": "points", "name": f"Points {n}", "decimals": 2} for n in each),
    )
    gone: list[Card] = []
    cards: list[Card] = []
    for n in each:
        parent = {"parent": cards[n - 1], "parent_since": AT, "linked_at": AT} if n else {}
        fields = {"external_id": f"{name}{n}", "user": users[n], "status_since": AT, "enrolled_at": AT}
        cards.append(Card.objects.create(program=programs[n], **fields, **parent))
        # In turns, so that the newest page shows both kinds at every size.
        dates = {"status_since": AT, "enrolled_at": AT}
        gone.append(Card.objects.create(program=programs[n], merged_into=cards[n], **dates))
    events = _make(Event, (_event(programs[n], cards[n], n) for n in each))
    numbers = _make(
        CardNumber,
        ({"program": programs[n], "card": cards[n], "number": f"{name}{n}", "issued_at": AT} for n in each),
    )
    days = [{"program": programs[n], "on": AT.date()} for n in each]
    _make(DayActivity, days)
    _make(DayParent, ({"card": cards[n], "purchases": 1, "purchased": 5, **days[n]} for n in each))
    _make(DayMovement, ({"currency": currencies[n], "on": AT.date()} for n in each))
    _make(DayRefresh, ({"program": programs[n], "refreshed_at": AT} for n in each))
    _make(IdempotencyKey, ({"client": name, "key": str(n)} for n in each))
    _make(CardQueue, ({"card": cards[n], "retry_at": AT} for n in each))
    _make(CardAttribute, ({"card": cards[n], "name": "plan", "value": str(n), "since": AT} for n in each))
    history = [{"card": cards[n], "since": AT, "actor": users[n], "event": events[n]} for n in each]
    _make(CardStatusChange, ({"status": "blocked", **one} for one in history))
    _make(NumberChange, ({"number": numbers[n], **history[n]} for n in each))
    _make(CardHolder, ({"card": cards[n], "user": users[-1 - n], "since": AT} for n in each))
    _make(
        CardMerge,
        (
            {
                "survivor": cards[n],
                "merged": gone[n],
                "since": AT,
                "actor": users[n],
                "undone_actor": users[n],
                "event": events[n],
            }
            for n in each
        ),
    )
    _make(ParentChange, ({"new_parent": cards[0], "old_parent": cards[-1], **one} for one in history))
    segments = _make(Segment, ({"program": programs[n], "key": f"{name}{n}", "name": "x"} for n in each))
    _make(
        SegmentRevision,
        (
            {"segment": segments[n], "number": 1, "definition": {}, "effective_from": AT, "actor": users[n]}
            for n in each
        ),
    )
    _make(SegmentMember, ({"segment": segments[n], "card": cards[n], "since": AT} for n in each))
    campaigns = _make(
        Campaign, ({"program": programs[n], "key": f"{name}{n}", "trigger_kind": "x"} for n in each)
    )
    revisions = _make(
        CampaignRevision, ({"campaign": campaigns[n], "number": 1, "definition": {}} for n in each)
    )
    parts = [{"campaign": campaigns[n]} for n in each]
    _make(ScheduleRun, ({"date": AT.date(), "started_at": AT, **one} for one in parts))
    _make(SchedulePresence, ({"card": cards[n], **parts[n]} for n in each))
    _make(CampaignCondition, ({"kind": "loyalty.weekday", **one} for one in parts))
    _make(
        CampaignAction,
        ({"kind": "loyalty.credit", "slot_name": "s", "currency": currencies[0], **one} for one in parts),
    )
    _make(CampaignLimit, ({"maximum": "1", **one} for one in parts))
    _make(
        CampaignPublication,
        (
            {
                "action": "publish",
                "revision": revisions[n],
                "effective_from": AT,
                "actor": users[n],
                **parts[n],
            }
            for n in each
        ),
    )
    _make(Evaluation, ({"event": events[n], "trace": {}, "processed_at": AT} for n in each))
    purchases = _make(Purchase, (_purchase(programs[n], cards[n], events[n], n) for n in each))
    _make(
        PurchaseLine,
        ({"purchase": purchases[n], "position": 0, "amount": 1000, "remaining": 1000} for n in each),
    )
    _make(
        Refund, ({"purchase": purchases[n], "event": events[n], "amount": 5, "occurred_at": AT} for n in each)
    )
    wallets = _make(
        Wallet, ({"card": cards[n], "currency": currencies[n], "available": 5, "clock": AT} for n in each)
    )
    rewards = _make(
        Reward,
        (
            {
                "event": events[n],
                "campaign": campaigns[n],
                "revision": revisions[n],
                "slot": UUID(int=n),
                "card": cards[n],
                "effect": "credit",
                "currency": currencies[n],
                "purchase": purchases[n],
                "requested": 5,
                "granted": 5,
                "policy": "never",
                "occurred_at": AT,
                "created_at": AT,
            }
            for n in each
        ),
    )
    _make(
        LimitCounter,
        (
            {"program": programs[n], "campaign": campaigns[n], "card": cards[n], "key": f"{name}{n}"}
            for n in each
        ),
    )
    dates = {"earned_at": AT, "available_at": AT}
    lots = _make(
        Lot,
        ({"wallet": wallets[n], "reward": rewards[n], "amount": 5, "remaining": 5, **dates} for n in each),
    )
    spends = _make(
        Spend,
        (
            {
                "wallet": wallets[n],
                "event": events[n],
                "key": f"{name}{n}",
                "amount": 5,
                "status": "held",
                "occurred_at": AT,
            }
            for n in each
        ),
    )
    moments = {"effective_at": AT, "posted_at": AT}
    entries = _make(
        LedgerEntry,
        (
            {
                "wallet": wallets[n],
                "event": events[n],
                "kind": "earn",
                "available": 5,
                "reward": rewards[n],
                "spend": spends[n],
                **moments,
            }
            for n in each
        ),
    )
    _make(LotAllocation, ({"entry": entries[n], "lot": lots[n], "amount": 5} for n in each))
    _make(
        Adjustment, ({"event": events[n], "wallet": wallets[n], "amount": 5, "actor": users[n]} for n in each)
    )
    _make(
        OutboxMessage, ({"program": programs[n], "event": events[n], "topic": "reward_granted"} for n in each)
    )


def _make(model: type[models.Model], rows: Any) -> list[Any]:
    return model._default_manager.bulk_create(model(**fields) for fields in rows)


def _event(program: Program, card: Card, number: int) -> dict[str, Any]:
    return {
        "program": program,
        "source": "shop",
        "kind": "loyalty.purchase",
        "key": f"e{number}",
        "card": card,
        "occurred_at": AT,
        "status": "processed",
        "body_hash": "",
    }


def _purchase(program: Program, card: Card, event: Event, number: int) -> dict[str, Any]:
    return {
        "program": program,
        "source": "shop",
        "external_id": f"p{number}",
        "card": card,
        "event": event,
        "occurred_at": AT,
        "total": 1000,
        "remaining": 1000,
    }
