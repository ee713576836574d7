"""Where the state machine puts wallets away: rows in dicts, written only from what the book hands over.

Loading again from these rows shows what the book forgot to hand over, and that it needs no more than was
promised.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from datetime import datetime

from loyalty.ledger import book
from loyalty.ledger.book import CurrencyRules, Draw, Entry, Lot, Spend, Wallet

BUCKETS = ("available", "pending", "held", "debt")
LOT_COLUMNS = ("amount", "available_at", "expires_at", "earned_at", "remaining", "held", "expired")
LOT_COLUMNS += ("expired_reversed", "matured")
SPEND_COLUMNS = ("key", "amount", "status", "at", "expires_at", "captured", "returned")


class Shelf:
    """Rows of one wallet, by key."""

    def __init__(self, rules: CurrencyRules) -> None:
        self.rules = rules
        self.wallet: dict[str, object] = {}
        self.lots: dict[int, dict[str, object]] = {}
        self.spends: dict[int, dict[str, object]] = {}
        self.entries: list[Entry] = []

    def save(self, wallet: Wallet) -> None:
        """Write what the book hands over, and give keys to what is new."""
        assert wallet.dirty or not (wallet.entries or wallet.dirty_lots or wallet.dirty_spends)
        if wallet.dirty:
            self.wallet = {name: getattr(wallet, name) for name in (*BUCKETS, "clock")}
        drained = book.drain(wallet=wallet)
        for kind, rows, columns in (
            (drained.lots, self.lots, LOT_COLUMNS),
            (drained.spends, self.spends, SPEND_COLUMNS),
        ):
            for item in kind:
                item.pk = item.pk or len(rows) + 1
                rows[item.pk] = {name: getattr(item, name) for name in columns}
        self.entries += drained.entries

    def load(self, until: datetime | None = None) -> tuple[Wallet, dict[int, Lot], dict[int, Spend]]:
        """The wallet with all its open lots and holds or, with `until`, only those that fall due by then.

        The lots and spends that are not in the wallet come along by key, as an operation may be about one of
        them.
        """
        wallet = Wallet(1, self.rules, pk=1, complete=until is None, **self.wallet)
        lots = {pk: Lot(wallet=wallet, pk=pk, **row) for pk, row in self.lots.items()}
        spends = {pk: Spend(wallet=wallet, pk=pk, **row) for pk, row in self.spends.items()}
        for pk, spend in spends.items():
            spend.draws = [Draw(lots[lot], amount) for lot, amount in self._drawn(pk).items() if amount]
        wallet.lots = [lot for lot in lots.values() if _is_needed(lot, until)]
        wallet.holds = [
            spend
            for spend in spends.values()
            if spend.status == "held"
            and (until is None or (spend.expires_at is not None and spend.expires_at <= until))
        ]
        return wallet, lots, spends

    def _drawn(self, spend: int) -> Counter[int]:
        """What a spend has drawn from each lot: the net of the allocations of its entries."""
        drawn = Counter[int]()
        for entry in self.entries:
            if entry.spend is not None and entry.spend.pk == spend:
                for lot, amount in entry.allocations:
                    drawn[lot.pk] += amount
        return drawn


def _is_needed(lot: Lot, until: datetime | None) -> bool:
    if until is None:
        return lot.remaining + lot.held > 0
    due_at = lot.expires_at if lot.matured else lot.available_at
    return lot.remaining > 0 and due_at is not None and due_at <= until


assert set(LOT_COLUMNS) <= {column.name for column in fields(Lot)}
