"""Moving what a wallet holds to another card's wallet of the same currency, and back (S29)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from loyalty.ledger.lots import Allocation, Draw, Lot, Wallet
from loyalty.ledger.settling import add_lot, post, release, touch
from loyalty.ledger.spending import draw, require_complete

__all__ = ["move_back", "settle_both", "transfer"]


def settle_both(*, source: Wallet, target: Wallet, at: datetime, event: object) -> datetime:
    """Settle two wallets up to the same moment, the latest of `at` and their clocks, and return it."""
    now = max([at, *(wallet.clock for wallet in (source, target) if wallet.clock is not None)])
    touch(wallet=source, at=now, event=event)
    return touch(wallet=target, at=now, event=event)


def transfer(*, source: Wallet, target: Wallet, at: datetime, event: object) -> None:
    """Move all that is available and pending, and the debt, to the target; each lot keeps its dates.

    Nothing may be held in the source. What becomes available in the target repays its debt first; a debt that
    comes along is repaid by what the target has available. Where there is nothing to move, nothing is posted, and
    the target is not touched.
    """
    require_complete(source)
    require_complete(target)
    if source.held:
        raise AssertionError("What is held cannot be moved: the caller refuses it.")
    if not (source.available or source.pending or source.debt):
        return
    now = settle_both(source=source, target=target, at=at, event=event)
    owed = source.debt
    moved = [Allocation(lot, lot.remaining) for lot in sorted(source.lots) if lot.remaining]
    if not moved and not owed:
        return
    _post_pair(source, target, moved, owed, now, event)
    parts: Iterable[tuple[Lot, int]] = [
        (lot, lot.amount) for lot in [_carry_on(part, target) for part in moved] if lot.matured
    ]
    if owed:
        # Who owes has nothing available, so nothing available came along.
        parts = draw(target, min(target.debt, target.available))
    release(target, parts, now, event)


def move_back(*, source: Wallet, moved: Iterable[tuple[Lot, Lot]], at: datetime, event: object) -> None:
    """Give what is left of lots of the source back to the lots of another wallet that they carry on.

    `moved` are pairs of a lot of the source and the lot it came from, all of one other wallet. What matured
    meanwhile is available there; what was spent or has expired stays where that happened.
    """
    pairs = [(lot, origin) for lot, origin in moved if lot.remaining]
    if not pairs:
        return
    target = pairs[0][1].wallet
    require_complete(source)
    require_complete(target)
    now = settle_both(source=source, target=target, at=at, event=event)
    parts = [
        (Allocation(lot, lot.remaining), Draw(origin, lot.remaining))
        for lot, origin in pairs
        if lot.remaining
    ]
    if not parts:
        return
    taken = [part for part, _draw in parts]
    given = [part for _allocation, part in parts]
    # Told before posting: what matured in the other wallet comes back available.
    for allocation, back in parts:
        back.lot.matured = allocation.lot.matured
    _post_pair(source, target, taken, 0, now, event, given=given)
    for lot, _amount in given:
        if not lot.matured:
            add_lot(lot)
    release(target, [part for part in given if part.lot.matured], now, event)


def _post_pair(
    source: Wallet,
    target: Wallet,
    taken: list[Allocation],
    owed: int,
    now: datetime,
    event: object,
    given: Iterable[Draw] = (),
) -> None:
    """One entry for each wallet: they sum to nothing."""
    available = sum(amount for lot, amount in taken if lot.matured)
    pending = sum(amount for lot, amount in taken if not lot.matured)
    post(
        source,
        "transfer",
        now,
        event,
        available=-available,
        pending=-pending,
        debt=-owed,
        allocations=taken,
    )
    back = [Allocation(lot, -amount) for lot, amount in given]
    post(target, "transfer", now, event, available=available, pending=pending, debt=owed, allocations=back)


def _carry_on(part: Allocation, target: Wallet) -> Lot:
    """A lot of the target that carries on what was moved of another."""
    old = part.lot
    lot = Lot(
        wallet=target,
        amount=part.amount,
        available_at=old.available_at,
        expires_at=old.expires_at,
        earned_at=old.earned_at,
        origin=old,
        remaining=part.amount,
        matured=old.matured,
    )
    old.successors = (*old.successors, lot)
    add_lot(lot)
    return lot
