"""Spending in one step or in two (hold, then capture or void), and giving spent amounts back (S11, S24).

A refusal changes nothing, except that the wallet has been settled up to the refused call's moment by then: a
caller that keeps the objects after a refusal keeps those entries too.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NoReturn

from loyalty.exceptions import (
    CaptureTooLarge,
    CurrencyNotSpendable,
    HoldExpired,
    InsufficientPoints,
    SpendingRefusedByDebt,
    SpendStateInvalid,
)
from loyalty.ledger.lots import Allocation, Draw, Lot, Spend, Wallet, draw_order
from loyalty.ledger.settling import (
    add_hold,
    drop_hold,
    end_hold,
    mark_lot,
    mark_spend,
    post,
    release,
    settle,
    touch,
)
from loyalty.money import to_decimal_string

__all__ = ["cancel", "capture", "draw", "hold", "require_complete", "spend", "void"]


def spend(*, wallet: Wallet, amount: int, at: datetime, event: object, key: str) -> Spend:
    """Spend an amount (> 0) at once.

    Raises CurrencyNotSpendable, SpendingRefusedByDebt, InsufficientPoints.
    """
    now, draws = _draw_for_spending(wallet, amount, at, event)
    made = Spend(wallet=wallet, key=key, amount=amount, status="spent", at=at, captured=amount, draws=draws)
    mark_spend(made)
    post(wallet, "spend", now, event, available=-amount, spend=made, allocations=_taken(draws))
    return made


def hold(
    *, wallet: Wallet, amount: int, at: datetime, event: object, key: str, expires_at: datetime | None
) -> Spend:
    """Set an amount (> 0) aside until it is captured, voided, or `expires_at` comes and voids it.

    A hold posted so late that it has ended by now is voided in the same breath. Raises like `spend`.
    """
    now, draws = _draw_for_spending(wallet, amount, at, event)
    made = Spend(
        wallet=wallet, key=key, amount=amount, status="held", at=at, expires_at=expires_at, draws=draws
    )
    mark_spend(made)
    add_hold(made)
    for lot, part in draws:
        lot.held += part
    post(wallet, "hold", now, event, available=-amount, held=amount, spend=made, allocations=_taken(draws))
    settle(wallet, now, event)
    return made


def capture(*, spend: Spend, amount: int | None, at: datetime, event: object) -> None:
    """Spend what is held, or `amount` (> 0) of it: the earliest-expiring draws; the rest returns to its lots.

    Raises HoldExpired, SpendStateInvalid (not held), CaptureTooLarge.
    """
    now = _touch_hold(spend, at, event)
    wallet = spend.wallet
    taken = spend.amount if amount is None else amount
    if taken <= 0:
        raise ValueError("A captured amount is above 0: void the hold instead.")
    if taken > spend.amount:
        decimals = wallet.rules.decimals
        raise CaptureTooLarge(
            asked=to_decimal_string(taken, decimals), held=to_decimal_string(spend.amount, decimals)
        )
    for lot, part in spend.draws:
        lot.held -= part
        mark_lot(lot)
    rest = spend.amount - taken
    parts = _undraw(spend, rest)
    spend.status = "spent"
    spend.captured = taken
    drop_hold(spend)
    post(
        wallet,
        "capture",
        now,
        event,
        available=rest,
        held=-spend.amount,
        spend=spend,
        allocations=_given(parts),
    )
    release(wallet, parts, now, event)


def void(*, spend: Spend, at: datetime, event: object) -> None:
    """End a hold without spending: everything returns to its lots.

    Raises HoldExpired (it has ended by itself), SpendStateInvalid (not held).
    """
    end_hold(spend, _touch_hold(spend, at, event), event)


def cancel(*, spend: Spend, at: datetime, event: object, amount: int | None = None) -> None:
    """Return all that is left of a spend, or `amount` (> 0): each part to its lot with its own expiry (S24).

    Returned amounts repay the debt first; those past their expiry then expire at once (S2). A partial return
    gives back the latest-expiring draws, as a partial capture would have. Raises SpendStateInvalid when the
    spend is not spent or has less than `amount` left to return.
    """
    wallet = spend.wallet
    now = touch(wallet=wallet, at=at, event=event)
    left = spend.captured - spend.returned
    returned = left if amount is None else amount
    if returned <= 0 and spend.status == "spent":
        raise ValueError("A returned amount is above 0.")
    if spend.status != "spent" or returned > left:
        raise SpendStateInvalid(status=spend.status)
    parts = _undraw(spend, returned)
    spend.returned += returned
    if spend.returned == spend.captured:
        spend.status = "cancelled"
    post(wallet, "return", now, event, available=returned, spend=spend, allocations=_given(parts))
    release(wallet, parts, now, event)


def draw(wallet: Wallet, amount: int, besides: Sequence[Lot] = ()) -> list[Draw]:
    """Choose what to draw from the available lots but `besides`, in draw order. Changes nothing.

    Raises InsufficientPoints when the available bucket has less.
    """
    require_complete(wallet)
    if amount > wallet.available:
        decimals = wallet.rules.decimals
        raise InsufficientPoints(
            asked=to_decimal_string(amount, decimals), available=to_decimal_string(wallet.available, decimals)
        )
    draws: list[Draw] = []
    lots = [lot for lot in wallet.lots if lot.remaining and lot.matured and lot not in besides]
    for lot in sorted(lots, key=draw_order):
        if not amount:
            break
        part = min(amount, lot.remaining)
        amount -= part
        draws.append(Draw(lot, part))
    if amount:
        raise AssertionError("The open lots of the wallet do not sum to its available bucket.")
    return draws


def require_complete(wallet: Wallet) -> None:
    """Refuse to choose among lots when some of them may not have been loaded: a mistake of the caller."""
    if not wallet.complete:
        raise AssertionError("This needs a wallet loaded with all its open lots (complete=True).")


def _draw_for_spending(
    wallet: Wallet, amount: int, at: datetime, event: object
) -> tuple[datetime, list[Draw]]:
    if amount <= 0:
        raise ValueError("A spent amount is above 0.")
    if not wallet.rules.spendable:
        raise CurrencyNotSpendable(currency=wallet.rules.code)
    now = touch(wallet=wallet, at=at, event=event)
    if wallet.debt:
        raise SpendingRefusedByDebt(debt=to_decimal_string(wallet.debt, wallet.rules.decimals))
    return now, draw(wallet, amount)


def _touch_hold(spend: Spend, at: datetime, event: object) -> datetime:
    """Settle the wallet of a hold and make sure that the hold is still open."""
    wallet = spend.wallet
    if spend.status == "held" and spend not in wallet.holds:
        wallet.holds.append(spend)
    now = touch(wallet=wallet, at=at, event=event)
    if spend.status != "held":
        _refuse(spend, now)
    return now


def _refuse(spend: Spend, now: datetime) -> NoReturn:
    # Told by the dates and not by who voided it, so that a sweep in between does not change the answer.
    if spend.status == "voided" and spend.expires_at is not None and spend.expires_at <= now:
        raise HoldExpired
    raise SpendStateInvalid(status=spend.status)


def _undraw(spend: Spend, amount: int) -> list[Draw]:
    """Take `amount` off the spend's draws, the latest-expiring first, and return what was taken off."""
    mark_spend(spend)
    kept = sorted(spend.draws, key=_draw_order_of)
    parts: list[Draw] = []
    while amount:
        lot, drawn = kept.pop()
        part = min(amount, drawn)
        amount -= part
        parts.append(Draw(lot, part))
        if drawn > part:
            kept.append(Draw(lot, drawn - part))
    spend.draws = kept
    return parts


def _taken(draws: list[Draw]) -> list[Allocation]:
    return [Allocation(lot, part) for lot, part in draws]


def _given(draws: list[Draw]) -> list[Allocation]:
    return [Allocation(lot, -part) for lot, part in draws]


def _draw_order_of(part: Draw) -> tuple[datetime, int]:
    return draw_order(part.lot)
