"""The clock of a wallet: what matures, ends or expires by itself, and how entries move buckets (S1, S2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from heapq import heapify, heappop, heappush

from loyalty.ledger.lots import Allocation, Entry, EntryKind, Lot, Spend, Wallet, draw_order

__all__ = [
    "add_hold",
    "add_lot",
    "drop_hold",
    "end_hold",
    "expiring",
    "mark_lot",
    "mark_spend",
    "post",
    "release",
    "settle",
    "touch",
]

# At equal instants lots mature first, then holds end, then lots expire.
_MATURE, _END_HOLD, _EXPIRE = 0, 1, 2


def touch(*, wallet: Wallet, at: datetime, event: object) -> datetime:
    """Settle everything due up to `max(clock, at)`, advance the clock to it and return it.

    Each entry takes effect when it was due, but never before the clock. When nothing is due, nothing is
    posted.
    """
    now = at if wallet.clock is None or at > wallet.clock else wallet.clock
    settle(wallet, now, event)
    if wallet.clock != now:
        wallet.clock = now
        wallet.dirty = True
    return now


def settle(wallet: Wallet, now: datetime, event: object) -> None:
    """Post what is due up to `now`, in order of the due instants. The caller moves the clock."""
    if wallet.indexed != len(wallet.lots) + len(wallet.holds):
        _index(wallet)
    due, clock = wallet.due, wallet.clock
    while due and due[0][0] <= now:
        instant, phase, item = heappop(due)
        moment = instant if clock is None or instant > clock else clock
        if isinstance(item, Spend):
            if item.status != "held":
                continue
            end_hold(item, moment, event)
        elif not item.remaining or item.matured != (phase == _EXPIRE):
            continue
        elif phase == _MATURE:
            _mature(item, moment, event)
        else:
            _expire(item, item.remaining, moment, event)


def post(
    wallet: Wallet,
    kind: EntryKind,
    at: datetime,
    event: object,
    *,
    available: int = 0,
    pending: int = 0,
    held: int = 0,
    debt: int = 0,
    reward: object | None = None,
    spend: Spend | None = None,
    allocations: Sequence[Allocation] = (),
) -> None:
    """Append one entry; move the buckets by its deltas and the lots' remaining amounts by its allocations."""
    wallet.available += available
    wallet.pending += pending
    wallet.held += held
    wallet.debt += debt
    wallet.dirty = True
    wallet.entries.append(
        Entry(wallet, kind, available, pending, held, debt, at, event, reward, spend, allocations)
    )
    for lot, amount in allocations:
        lot.remaining -= amount
        mark_lot(lot)


def add_lot(lot: Lot) -> None:
    """Take a new lot into its wallet; a pending one will mature by itself."""
    _list_lot(lot)
    mark_lot(lot)
    if not lot.matured:
        heappush(lot.wallet.due, (lot.available_at, _MATURE, lot))


def add_hold(hold: Spend) -> None:
    """Take a new hold into its wallet; it ends by itself at `expires_at`."""
    wallet = hold.wallet
    wallet.holds.append(hold)
    wallet.indexed += 1
    if hold.expires_at is not None:
        heappush(wallet.due, (hold.expires_at, _END_HOLD, hold))


def drop_hold(hold: Spend) -> None:
    """Take an ended hold out of its wallet."""
    hold.wallet.holds.remove(hold)
    hold.wallet.indexed -= 1


def end_hold(hold: Spend, at: datetime, event: object) -> None:
    """Void an open hold: what it drew returns to its lots."""
    draws, hold.draws = hold.draws, []
    hold.status = "voided"
    for lot, amount in draws:
        lot.held -= amount
    mark_spend(hold)
    drop_hold(hold)
    returned = [Allocation(lot, -amount) for lot, amount in draws]
    post(
        hold.wallet,
        "void",
        at,
        event,
        available=hold.amount,
        held=-hold.amount,
        spend=hold,
        allocations=returned,
    )
    release(hold.wallet, draws, at, event)


def release(wallet: Wallet, parts: Iterable[tuple[Lot, int]], at: datetime, event: object) -> None:
    """Deal with amounts that just became available: they repay the debt, the rest stays or expires at once.

    `parts` are already in the available bucket and in their lots' remaining amounts; several repay in draw
    order.
    """
    parts = sorted(parts, key=_draw_order_of_part)
    if wallet.debt and parts:
        parts = _repay(wallet, parts, at, event)
    for lot, amount in parts:
        _list_lot(lot)
        if lot.expires_at is None:
            continue
        if lot.expires_at <= at:
            _expire(lot, amount, at, event)
        else:
            heappush(wallet.due, (lot.expires_at, _EXPIRE, lot))


def expiring(*, wallet: Wallet, until: datetime) -> list[tuple[datetime, int]]:
    """What will expire by `until` (included) if nothing else happens: (instant, amount), earliest first.

    Pending lots count as far as maturing leaves them after repaying the debt; what is held counts as spent.
    """
    amounts: dict[datetime, int] = {}
    debt = wallet.debt
    for lot in sorted(wallet.lots, key=lambda lot: (lot.available_at, lot.age)):
        repaid = 0 if lot.matured else min(debt, lot.remaining)
        debt -= repaid
        if lot.expires_at is not None and lot.expires_at <= until and lot.remaining > repaid:
            amounts[lot.expires_at] = amounts.get(lot.expires_at, 0) + lot.remaining - repaid
    return sorted(amounts.items())


def mark_spend(spend: Spend) -> None:
    """Remember that a spend is to be written."""
    if not spend.dirty:
        spend.dirty = spend.wallet.dirty = True
        spend.wallet.dirty_spends.append(spend)


def mark_lot(lot: Lot) -> None:
    """Remember that a lot is to be written."""
    if not lot.dirty:
        lot.dirty = lot.wallet.dirty = True
        lot.wallet.dirty_lots.append(lot)


def _mature(lot: Lot, at: datetime, event: object) -> None:
    lot.matured = True
    mark_lot(lot)
    post(lot.wallet, "mature", at, event, available=lot.remaining, pending=-lot.remaining)
    release(lot.wallet, [(lot, lot.remaining)], at, event)


def _expire(lot: Lot, amount: int, at: datetime, event: object) -> None:
    lot.expired += amount
    post(lot.wallet, "expire", at, event, available=-amount, allocations=[Allocation(lot, amount)])


def _repay(
    wallet: Wallet, parts: Sequence[tuple[Lot, int]], at: datetime, event: object
) -> list[tuple[Lot, int]]:
    """Repay the debt from `parts` in their order; return what is left of them."""
    owed = wallet.debt
    repaid: list[Allocation] = []
    left: list[tuple[Lot, int]] = []
    for lot, amount in parts:
        part = min(owed, amount)
        owed -= part
        if part:
            repaid.append(Allocation(lot, part))
        if amount > part:
            left.append((lot, amount - part))
    total = wallet.debt - owed
    post(wallet, "repay", at, event, available=-total, debt=-total, allocations=repaid)
    return left


def _list_lot(lot: Lot) -> None:
    """Make sure that an open lot stands in its wallet's list; drop closed ones now and then."""
    wallet = lot.wallet
    if lot.listed:
        return
    # Dropping costs a pass over the list, so it waits until the list has doubled: cheap per lot on average.
    if len(wallet.lots) >= wallet.prune_at:
        for other in wallet.lots:
            other.listed = bool(other.remaining or other.held)
        wallet.lots[:] = [other for other in wallet.lots if other.listed]
        wallet.prune_at = 2 * len(wallet.lots) + 16
    wallet.lots.append(lot)
    lot.listed = True
    wallet.indexed = len(wallet.lots) + len(wallet.holds)


def _index(wallet: Wallet) -> None:
    """Build the heap of what falls due from the loaded lots and holds."""
    due: list[tuple[datetime, int, Lot | Spend]] = []
    for lot in wallet.lots:
        lot.listed = True
        if not lot.matured:
            due.append((lot.available_at, _MATURE, lot))
        elif lot.expires_at is not None:
            due.append((lot.expires_at, _EXPIRE, lot))
    due += [(hold.expires_at, _END_HOLD, hold) for hold in wallet.holds if hold.expires_at is not None]
    heapify(due)
    wallet.due = due
    wallet.indexed = len(wallet.lots) + len(wallet.holds)


def _draw_order_of_part(part: tuple[Lot, int]) -> tuple[datetime, int]:
    return draw_order(part[0])
