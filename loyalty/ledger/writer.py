"""The one writer of wallets, lots, spends, entries and allocations."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from loyalty.ledger import book
from loyalty.models import LedgerEntry, Lot, LotAllocation, Spend, Wallet
from loyalty.rows import update_rows, upsert_rows

_WALLET = ("available", "pending", "held", "debt", "clock")
_LOT = ("remaining", "held", "expired", "expired_reversed", "matured")
_SPEND = ("captured", "returned", "status")


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
    made = Spend.objects.using(using).bulk_create(
        Spend(
            wallet_id=_key(spend.wallet),
            event_id=_key(spend_events[id(spend)]),
            key=spend.key,
            amount=spend.amount,
            captured=spend.captured,
            returned=spend.returned,
            status=spend.status,
            occurred_at=spend.at,
            expires_at=spend.expires_at,
        )
        for spend in new
    )
    for spend, row in zip(new, made, strict=True):
        spend.pk = row.pk
    update_rows(
        Spend,
        fields=_SPEND,
        rows=[(spend.pk, *(getattr(spend, name) for name in _SPEND)) for spend in old],
        using=using,
    )


def _write_lots(lots: list[book.Lot], using: str) -> None:
    new = [lot for lot in sorted(lots, key=lambda lot: lot.age) if lot.pk is None]
    old = [lot for lot in lots if lot.pk is not None]
    made = Lot.objects.using(using).bulk_create(
        Lot(
            wallet_id=_key(lot.wallet),
            reward_id=getattr(lot.reward, "pk", None),
            amount=lot.amount,
            remaining=lot.remaining,
            held=lot.held,
            expired=lot.expired,
            expired_reversed=lot.expired_reversed,
            matured=lot.matured,
            earned_at=lot.earned_at,
            available_at=lot.available_at,
            expires_at=lot.expires_at,
        )
        for lot in new
    )
    for lot, row in zip(new, made, strict=True):
        lot.pk = row.pk
    update_rows(
        Lot, fields=_LOT, rows=[(lot.pk, *(getattr(lot, name) for name in _LOT)) for lot in old], using=using
    )


def _write_entries(entries: list[book.Entry], moment: datetime, using: str) -> None:
    made = LedgerEntry.objects.using(using).bulk_create(
        LedgerEntry(
            wallet_id=_key(entry.wallet),
            event_id=_key(entry.event),
            kind=entry.kind,
            available=entry.available,
            pending=entry.pending,
            held=entry.held,
            debt=entry.debt,
            effective_at=entry.effective_at,
            posted_at=moment,
            reward_id=getattr(entry.reward, "pk", None),
            spend_id=entry.spend.pk if entry.spend else None,
        )
        for entry in entries
    )
    allocations = [
        LotAllocation(entry_id=row.pk, lot_id=_key(allocation.lot), amount=allocation.amount)
        for entry, row in zip(entries, made, strict=True)
        for allocation in entry.allocations
    ]
    if allocations:
        LotAllocation.objects.using(using).bulk_create(allocations)


def _key(row: Any) -> int:
    """The key of what must have been written before."""
    assert row.pk is not None, "This row should have been written before."
    return int(row.pk)
