"""A wallet on the desk: short calls for tests of the book, and what must hold between any two of them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from loyalty.ledger import book
from loyalty.ledger.book import Clawback, CurrencyRules, Lot, Spend, Wallet
from loyalty.periods import Duration

Buckets = tuple[int, int, int, int]


def on(month: int, day: int, hour: int = 0, year: int = 2025) -> datetime:
    """An instant in UTC."""
    return datetime(year, month, day, hour, tzinfo=UTC)


NEW_YEAR = on(1, 1)


class Desk:
    """One wallet with all its lots; events are numbered, so that each entry tells which call posted it."""

    def __init__(
        self,
        *,
        hold: str = "P0D",
        validity: str | None = None,
        expires_end_of_day: bool = False,
        clawback: str = "debt",
        spendable: bool = True,
        decimals: int = 0,
        zone: str = "UTC",
    ) -> None:
        self.rules = CurrencyRules(
            pk=1,
            code="points",
            decimals=decimals,
            hold=Duration.parse(hold),
            validity=Duration.parse(validity) if validity else None,
            expires_end_of_day=expires_end_of_day,
            clawback=clawback,
            spendable=spendable,
        )
        self.zone = ZoneInfo(zone)
        self.wallet = Wallet(card_id=1, rules=self.rules, complete=True)
        self.event = 0

    def _next(self) -> int:
        self.event += 1
        return self.event

    def touch(self, at: datetime) -> datetime:
        return book.touch(wallet=self.wallet, at=at, event=self._next())

    def earn(self, amount: int, at: datetime, reward: object = None) -> Lot:
        return book.earn(
            wallet=self.wallet, amount=amount, at=at, event=self._next(), reward=reward, zone=self.zone
        )

    def lot(self, amount: int, expires_at: datetime | None, at: datetime = NEW_YEAR) -> Lot:
        """Give the wallet an available lot with any expiry, as if it had been loaded."""
        lot = Lot(
            wallet=self.wallet,
            amount=amount,
            available_at=at,
            expires_at=expires_at,
            earned_at=at,
            remaining=amount,
            matured=True,
        )
        self.wallet.lots.append(lot)
        self.wallet.available += amount
        return lot

    def spend(self, amount: int, at: datetime, key: str = "s") -> Spend:
        return book.spend(wallet=self.wallet, amount=amount, at=at, event=self._next(), key=key)

    def hold(self, amount: int, at: datetime, expires_at: datetime | None = None, key: str = "h") -> Spend:
        return book.hold(
            wallet=self.wallet, amount=amount, at=at, event=self._next(), key=key, expires_at=expires_at
        )

    def capture(self, spend: Spend, at: datetime, amount: int | None = None) -> None:
        book.capture(spend=spend, amount=amount, at=at, event=self._next())

    def void(self, spend: Spend, at: datetime) -> None:
        book.void(spend=spend, at=at, event=self._next())

    def cancel(self, spend: Spend, at: datetime, amount: int | None = None) -> None:
        book.cancel(spend=spend, at=at, event=self._next(), amount=amount)

    def claw_back(self, lot: Lot, amount: int, at: datetime, reward: object = None) -> Clawback:
        return book.claw_back(
            wallet=self.wallet, lot=lot, amount=amount, at=at, event=self._next(), reward=reward
        )

    def adjust(self, amount: int, at: datetime) -> Lot | None:
        return book.adjust(wallet=self.wallet, amount=amount, at=at, event=self._next(), zone=self.zone)

    @property
    def buckets(self) -> Buckets:
        """Available, pending, held, debt."""
        return self.wallet.available, self.wallet.pending, self.wallet.held, self.wallet.debt

    def entries(self, since: int = 0) -> list[tuple[str, int, int, int, int]]:
        """(kind, available, pending, held, debt) of each entry posted, from number `since` on."""
        return [(e.kind, e.available, e.pending, e.held, e.debt) for e in self.wallet.entries[since:]]

    def moves(self, since: int = 0) -> list[tuple[str, datetime]]:
        """(kind, effective_at) of each entry posted, from number `since` on."""
        return [(e.kind, e.effective_at) for e in self.wallet.entries[since:]]

    def open_lots(self) -> list[Lot]:
        return [lot for lot in self.wallet.lots if lot.remaining + lot.held]


def assert_books_check(wallet: Wallet) -> None:
    """What holds for a complete wallet between any two calls."""
    buckets = (wallet.available, wallet.pending, wallet.held, wallet.debt)
    assert min(buckets) >= 0, buckets
    assert not (wallet.available and wallet.debt), buckets
    lots = [lot for lot in wallet.lots if lot.remaining + lot.held]
    assert len(set(map(id, lots))) == len(lots)
    assert sum(lot.remaining for lot in lots if lot.matured) == wallet.available
    assert sum(lot.remaining for lot in lots if not lot.matured) == wallet.pending
    assert sum(lot.held for lot in lots) == wallet.held
    assert sum(hold.amount for hold in wallet.holds) == wallet.held
    for lot in lots:
        assert min(lot.remaining, lot.held) >= 0
        assert lot.remaining + lot.held <= lot.amount
        assert 0 <= lot.expired_reversed <= lot.expired
        if wallet.clock is not None:
            assert lot.matured == (lot.available_at <= wallet.clock)
            assert not (lot.remaining and lot.expires_at is not None and lot.expires_at <= wallet.clock)
    for hold in wallet.holds:
        assert hold.status == "held"
        assert sum(draw.amount for draw in hold.draws) == hold.amount
