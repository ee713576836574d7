"""What the ledger's arithmetic works on: wallets, lots, spends and entries as plain objects.

Amounts are ints in the minor unit of the wallet's currency; instants are aware datetimes. Nothing here is
stored: `loyalty.processing` loads these objects from rows and `loyalty.ledger.writer` writes back what
`drain` hands over.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from typing import Literal, NamedTuple

from loyalty.periods import Duration

__all__ = [
    "Allocation",
    "Clawback",
    "CurrencyRules",
    "Drained",
    "Draw",
    "Entry",
    "EntryKind",
    "Lot",
    "Spend",
    "SpendStatus",
    "Wallet",
    "drain",
    "draw_order",
]

EntryKind = Literal[
    "earn",
    "mature",
    "expire",
    "repay",
    "spend",
    "hold",
    "capture",
    "void",
    "return",
    "reverse",
    "adjust",
    "transfer",
]
SpendStatus = Literal["held", "spent", "voided", "cancelled"]

_NEVER = datetime.max.replace(tzinfo=UTC)
# Rows that have no key yet are younger than all that have one, and among themselves as old as they were made.
_UNSAVED = 1 << 63
_made = count().__next__


@dataclass(frozen=True, slots=True)
class CurrencyRules:
    """What the ledger must know of a program's currency.

    `hold` and `validity` are calendar durations; without `validity` lots never expire. `clawback` says what
    becomes of a taken-back amount that the wallet no longer holds: a debt, or forgiven. `worth` is what one unit costs
    in the currency of purchases, None where nobody said. `name` is for people.
    """

    pk: int
    code: str
    decimals: int
    hold: Duration
    validity: Duration | None
    expires_end_of_day: bool
    clawback: Literal["debt", "within_balance"]
    spendable: bool
    worth: Decimal | None = None
    name: str = ""


@dataclass(slots=True, eq=False, kw_only=True)
class Lot:
    """One earned amount with its own dates; "open" while `remaining + held > 0`.

    `remaining` is what may still be drawn, `held` what open holds have drawn, `expired` what expired in all
    (returns past the expiry included) and `expired_reversed` how much of that was taken back since. `origin` is the
    lot of another wallet whose amount it carries on (a merge of cards), `successors` are those that carry on this one.
    """

    wallet: Wallet = field(repr=False)
    amount: int
    available_at: datetime
    expires_at: datetime | None
    earned_at: datetime
    pk: int | None = None
    reward: object | None = None
    remaining: int
    held: int = 0
    expired: int = 0
    expired_reversed: int = 0
    matured: bool
    dirty: bool = False
    listed: bool = False  # stands in `wallet.lots`; kept by the ledger
    origin: object | None = None
    successors: Sequence[Lot] = field(default=(), repr=False)
    made: int = field(default_factory=_made, repr=False)

    @property
    def age(self) -> int:
        """Ranks the lots of a wallet in the order in which they were posted: the older, the smaller."""
        return _UNSAVED + self.made if self.pk is None else self.pk

    def family(self) -> Iterator[Lot]:
        """The lot, and all lots that carry on what was earned with it."""
        yield self
        for successor in self.successors:
            yield from successor.family()

    def __lt__(self, other: Lot) -> bool:
        """Older than the other. Saving lots in the order of their making does not change how they compare."""
        return self.age < other.age


class Draw(NamedTuple):
    """What a spend has still drawn from one lot."""

    lot: Lot
    amount: int


class Allocation(NamedTuple):
    """What one entry took from a lot (positive) or gave back to it (negative)."""

    lot: Lot
    amount: int


class Clawback(NamedTuple):
    """Where a taken-back amount came from; the four sum to it.

    `taken` left the wallet (its lots), `from_expired` had expired before and has no effect, `debt` is owed
    from now on, `forgiven` is lost to the program.
    """

    taken: int
    from_expired: int
    debt: int
    forgiven: int


@dataclass(slots=True, eq=False, kw_only=True)
class Spend:
    """Points spent at once, or held first and then captured or voided.

    `amount` is what was asked, `captured` what was really spent, `returned` how much of that came back since;
    `draws` are the net amounts still drawn, so their sum is `amount` while held and `captured - returned`
    after.
    """

    wallet: Wallet = field(repr=False)
    key: str
    amount: int
    status: SpendStatus
    at: datetime
    expires_at: datetime | None = None
    captured: int = 0
    returned: int = 0
    draws: list[Draw] = field(default_factory=list)
    pk: int | None = None
    dirty: bool = False
    made: int = field(default_factory=_made, repr=False)

    @property
    def age(self) -> int:
        """Ranks the spends of a wallet in the order in which they were posted: the older, the smaller."""
        return _UNSAVED + self.made if self.pk is None else self.pk

    def __lt__(self, other: Spend) -> bool:
        return self.age < other.age


@dataclass(slots=True, eq=False)
class Entry:
    """One movement of a wallet: a signed delta for each bucket. At least one delta is not zero."""

    wallet: Wallet = field(repr=False)
    kind: EntryKind
    available: int
    pending: int
    held: int
    debt: int
    effective_at: datetime
    event: object
    reward: object | None = None
    spend: Spend | None = None
    allocations: Sequence[Allocation] = ()


@dataclass(slots=True, eq=False)
class Wallet:
    """One card's balance in one currency, by bucket, with the clock up to which it is settled.

    Load it with every open lot and hold that falls due up to the latest instant it will be touched at, or
    with all of them and `complete=True`, which spending, holding, adjusting and taking back need; so a new
    wallet is complete. The ledger adds to `lots` and drops closed ones now and then: a closed lot may linger
    there, so ask `remaining + held`.
    """

    card_id: int
    rules: CurrencyRules
    pk: int | None = None
    available: int = 0
    pending: int = 0
    held: int = 0
    debt: int = 0
    clock: datetime | None = None
    lots: list[Lot] = field(default_factory=list, repr=False)
    holds: list[Spend] = field(default_factory=list, repr=False)
    complete: bool = False
    entries: list[Entry] = field(default_factory=list, repr=False)
    dirty: bool = False
    dirty_lots: list[Lot] = field(default_factory=list, repr=False)
    dirty_spends: list[Spend] = field(default_factory=list, repr=False)
    # A heap of (instant, phase, lot or hold), built at the first touch; stale items are skipped.
    due: list[tuple[datetime, int, Lot | Spend]] = field(default_factory=list, repr=False)
    indexed: int = field(default=0, repr=False)  # how many lots and holds `due` was built from
    prune_at: int = field(default=16, repr=False)  # length of `lots` at which closed ones are dropped

    @property
    def balance(self) -> int:
        """All that the card has, less what it owes; negative while in debt with nothing pending or held."""
        return self.available + self.pending + self.held - self.debt


class Drained(NamedTuple):
    """What a session changed in a wallet: entries as posted, changed lots and spends by age."""

    entries: list[Entry]
    lots: list[Lot]
    spends: list[Spend]


def drain(*, wallet: Wallet) -> Drained:
    """Hand over what is to be written and mark all of it clean.

    Whoever writes must give the new lots and spends their keys in the order given: age is told by key.
    """
    drained = Drained(
        wallet.entries,
        sorted(wallet.dirty_lots, key=_age_of_lot),
        sorted(wallet.dirty_spends, key=_age_of_spend),
    )
    wallet.entries, wallet.dirty_lots, wallet.dirty_spends, wallet.dirty = [], [], [], False
    for lot in drained.lots:
        lot.dirty = False
    for spend in drained.spends:
        spend.dirty = False
    return drained


def draw_order(lot: Lot) -> tuple[datetime, int]:
    """Sort key in which lots are drawn: earliest expiry first, no expiry last, of equal ones the older."""
    return lot.expires_at or _NEVER, lot.age


def _age_of_lot(lot: Lot) -> int:
    return lot.age


def _age_of_spend(spend: Spend) -> int:
    return spend.age
