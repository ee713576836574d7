"""Taking back what a reward granted (S19)."""

from __future__ import annotations

from datetime import datetime

from loyalty.ledger.lots import Allocation, Clawback, Lot, Wallet
from loyalty.ledger.settling import mark_lot, post, touch
from loyalty.ledger.spending import draw, require_complete

__all__ = ["claw_back"]


def claw_back(
    *, wallet: Wallet, lot: Lot, amount: int, at: datetime, event: object, reward: object | None
) -> Clawback:
    """Take back `amount` (> 0, at most what was granted and is not yet taken back) of what earned `lot`.

    In this order: what is left of that lot, or of lots of this wallet that carry it on, pending or available; the
    part of them all that had expired, without effect; other available lots of the wallet, earliest expiry first;
    then a debt, or nothing more when the currency takes back `within_balance`. What is held counts as spent. Posts
    no entry when no bucket moves.
    """
    if amount <= 0:
        raise ValueError("An amount taken back is above 0.")
    require_complete(wallet)
    now = touch(wallet=wallet, at=at, event=event)
    family = list(lot.family())
    rest, own_available = amount, 0
    allocations: list[Allocation] = []
    for one in family:
        part = min(rest, one.remaining) if one.wallet is wallet else 0
        if part:
            allocations.append(Allocation(one, part))
            rest -= part
            own_available += part if one.matured else 0
    own = amount - rest
    from_expired = min(rest, sum(one.expired - one.expired_reversed for one in family))
    rest -= from_expired
    from_others = min(rest, wallet.available - own_available)
    short = rest - from_others
    debt = short if wallet.rules.clawback == "debt" else 0

    if from_others:
        allocations += [Allocation(other, part) for other, part in draw(wallet, from_others, besides=family)]
    _take_expired(family, from_expired)
    if own or from_others or debt:
        post(
            wallet,
            "reverse",
            now,
            event,
            available=-own_available - from_others,
            pending=own_available - own,
            debt=debt,
            reward=reward,
            allocations=allocations,
        )
    return Clawback(taken=own + from_others, from_expired=from_expired, debt=debt, forgiven=short - debt)


def _take_expired(family: list[Lot], amount: int) -> None:
    for lot in family:
        part = min(amount, lot.expired - lot.expired_reversed)
        if part:
            lot.expired_reversed += part
            amount -= part
            mark_lot(lot)
