"""Postings that make lots: earned amounts and corrections upwards (S2, S10, S11)."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from loyalty.ledger.lots import Allocation, CurrencyRules, EntryKind, Lot, Wallet
from loyalty.ledger.settling import add_lot, post, release, touch
from loyalty.ledger.spending import draw
from loyalty.periods import Duration, add, end_of_local_day

__all__ = ["adjust", "earn"]


def earn(
    *,
    wallet: Wallet,
    amount: int,
    at: datetime,
    event: object,
    reward: object | None,
    zone: ZoneInfo,
    hold: Duration | None = None,
    validity: Duration | None = None,
) -> Lot:
    """Post an earned amount (> 0) as a lot whose dates follow from `at`, however late it is posted.

    It becomes available after the hold and is valid from then on, both the currency's unless given. Pending until
    then; once available it repays the debt first. What would have expired already is posted and expired in the
    same breath (S2).
    """
    if amount <= 0:
        raise ValueError("An earned amount is above 0: a zero reward is traced, not posted.")
    now = touch(wallet=wallet, at=at, event=event)
    available_at = add(at, wallet.rules.hold if hold is None else hold, zone)
    return _post_lot(wallet, "earn", amount, at, available_at, now, event, reward, zone, validity)


def adjust(*, wallet: Wallet, amount: int, at: datetime, event: object, zone: ZoneInfo) -> Lot | None:
    """Correct a wallet by a signed amount (not 0).

    Upwards makes a lot without hold, valid as the currency says, and returns it; downwards draws from the
    lots like a spend, whether or not the currency can be spent. Raises InsufficientPoints when less than that
    is available.
    """
    if amount == 0:
        raise ValueError("An adjustment of 0 moves nothing.")
    now = touch(wallet=wallet, at=at, event=event)
    if amount > 0:
        return _post_lot(wallet, "adjust", amount, at, at, now, event, None, zone)
    drawn = draw(wallet, -amount)
    post(
        wallet,
        "adjust",
        now,
        event,
        available=amount,
        allocations=[Allocation(lot, part) for lot, part in drawn],
    )
    return None


def _post_lot(
    wallet: Wallet,
    kind: EntryKind,
    amount: int,
    earned_at: datetime,
    available_at: datetime,
    now: datetime,
    event: object,
    reward: object | None,
    zone: ZoneInfo,
    validity: Duration | None = None,
) -> Lot:
    lot = Lot(
        wallet=wallet,
        amount=amount,
        available_at=available_at,
        expires_at=_expiry(wallet.rules, available_at, zone, validity),
        earned_at=earned_at,
        reward=reward,
        remaining=amount,
        matured=available_at <= now,
    )
    add_lot(lot)
    if lot.matured:
        post(wallet, kind, now, event, available=amount, reward=reward)
        release(wallet, [(lot, amount)], now, event)
    else:
        post(wallet, kind, now, event, pending=amount, reward=reward)
    return lot


def _expiry(
    rules: CurrencyRules, available_at: datetime, zone: ZoneInfo, own: Duration | None
) -> datetime | None:
    validity = rules.validity if own is None else own
    if validity is None:
        return None
    expires_at = add(available_at, validity, zone)
    return end_of_local_day(expires_at, zone) if rules.expires_end_of_day else expires_at
