"""The one writer of wallets, lots, spends, entries and allocations."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import takewhile
from typing import Any

from loyalty.ledger import book
from loyalty.models import LedgerEntry, Lot, LotAllocation, Spend, Wallet
from loyalty.rows import insert_rows, update_rows, upsert_rows

_WALLET = ("available", "pending", "held", "debt", "clock")
_LOT = ("remaining", "held", "expired", "expired_reversed", "matured")
_SPEND = ("captured", "returned", "status")

_NEW_SPEND = (
    "wallet_id",
    "event_id",
    "key",
    "amount",
    "captured",
    "returned",
    "status",
    "occurred_at",
    "expires_at",
)
_NEW_LOT = (
    "wallet_id",
    "reward_id",
    "origin_id",
    "amount",
    "remaining",
    "held",
    "expired",
    "expired_reversed",
    "matured",
    "earned_at",
    "available_at",
    "expires_at",
)
_NEW_ENTRY = (
    "wallet_id",
    "event_id",
    "kind",
    "available",
    "pending",
    "held",
    "debt",
    "effective_at",
    "posted_at",
    "reward_id",
    "spend_id",
)


def write_wallets(
    wallets: Iterable[book.Wallet], *, spend_events: dict[int, Any], moment: datetime, using: str
) -> None:
    """Write what the book changed, one statement a table. Rewards and events must have their keys by now.

    `spend_events` gives the event of each new spend by `id(spend)`.
    """
    dirty = [wallet for wallet in wallets if wallet.dirty or wallet.entries]
    if not dirty:
        return
    entries: list[book.Entry] = []
    lots: list[book.Lot] = []
    spends: list[book.Spend] = []
    _write_balances(dirty, using)
    for wallet in dirty:
        drained = book.drain(wallet=wallet)
        entries += drained.entries
        lots += drained.lots
        spends += drained.spends
    _write_spends(spends, spend_events, using)
    _write_lots(lots, using)
    _write_entries(entries, moment, using)


def _write_balances(wallets: list[book.Wallet], using: str) -> None:
    rows = [
        (wallet.card_id, wallet.rules.pk, *(getattr(wallet, name) for name in _WALLET))
        for wallet in sorted(wallets, key=lambda wallet: (wallet.card_id, wallet.rules.pk))
    ]
    written = upsert_rows(Wallet, keys=("card_id", "currency_id"), fields=_WALLET, rows=rows, using=using)
    keys = {(card, currency): pk for pk, card, currency in written}
    for wallet in wallets:
        wallet.pk = keys[(wallet.card_id, wallet.rules.pk)]


def _write_spends(spends: list[book.Spend], spend_events: dict[int, Any], using: str) -> None:
    new = [spend for spend in sorted(spends, key=lambda spend: spend.age) if spend.pk is None]
    old = [spend for spend in spends if spend.pk is not None]
    rows = [
        (
            _key(spend.wallet),
            _key(spend_events[id(spend)]),
            spend.key,
            spend.amount,
            spend.captured,
            spend.returned,
            spend.status,
            spend.at,
            spend.expires_at,
        )
        for spend in new
    ]
    made = insert_rows(Spend, fields=_NEW_SPEND, rows=rows, using=using)
    for spend, pk in zip(new, made, strict=True):
        spend.pk = pk
    update_rows(
        Spend,
        fields=_SPEND,
        rows=[(spend.pk, *(getattr(spend, name) for name in _SPEND)) for spend in old],
        using=using,
    )


def _write_lots(lots: list[book.Lot], using: str) -> None:
    new = [lot for lot in sorted(lots, key=lambda lot: lot.age) if lot.pk is None]
    old = [lot for lot in lots if lot.pk is not None]
    while new:
        # What carries on a lot of this very batch comes after it, and needs its key.
        ready = list(takewhile(lambda lot: getattr(lot.origin, "pk", 0) is not None, new))
        _insert_lots(ready, using)
        new = new[len(ready) :]
    update_rows(
        Lot, fields=_LOT, rows=[(lot.pk, *(getattr(lot, name) for name in _LOT)) for lot in old], using=using
    )


def _insert_lots(lots: list[book.Lot], using: str) -> None:
    rows = [
        (
            _key(lot.wallet),
            getattr(lot.reward, "pk", None),
            getattr(lot.origin, "pk", None),
            lot.amount,
            lot.remaining,
            lot.held,
            lot.expired,
            lot.expired_reversed,
            lot.matured,
            lot.earned_at,
            lot.available_at,
            lot.expires_at,
        )
        for lot in lots
    ]
    made = insert_rows(Lot, fields=_NEW_LOT, rows=rows, using=using)
    for lot, pk in zip(lots, made, strict=True):
        lot.pk = pk


def _write_entries(entries: list[book.Entry], moment: datetime, using: str) -> None:
    rows = [
        (
            _key(entry.wallet),
            _key(entry.event),
            entry.kind,
            entry.available,
            entry.pending,
            entry.held,
            entry.debt,
            entry.effective_at,
            moment,
            getattr(entry.reward, "pk", None),
            entry.spend.pk if entry.spend else None,
        )
        for entry in entries
    ]
    made = insert_rows(LedgerEntry, fields=_NEW_ENTRY, rows=rows, using=using)
    allocations = [
        (pk, _key(allocation.lot), allocation.amount)
        for entry, pk in zip(entries, made, strict=True)
        for allocation in entry.allocations
    ]
    insert_rows(LotAllocation, fields=("entry_id", "lot_id", "amount"), rows=allocations, using=using)


def _key(row: Any) -> int:
    """The key of what must have been written before."""
    assert row.pk is not None, "This row should have been written before."
    return int(row.pk)
