"""Loading wallets, their lots and holds."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db import connections
from django.db.models import Q, Sum

from loyalty.columns import Columns, among, table_of
from loyalty.ledger.book import Draw, Lot, Spend, Wallet
from loyalty.models import Lot as LotRow
from loyalty.models import LotAllocation
from loyalty.models import Spend as SpendRow
from loyalty.models import Wallet as WalletRow
from loyalty.rules.state import State

_LOT = (
    "amount",
    "remaining",
    "held",
    "expired",
    "expired_reversed",
    "matured",
    "earned_at",
    "available_at",
    "expires_at",
    "origin_id",
    "reward_id",
)


_WALLET = ("id", "card_id", "currency_id", "available", "pending", "held", "debt", "clock")
_COLUMNS = Columns(((WalletRow, "w", _WALLET), (LotRow, "l", ("id", *_LOT))))
_WALLETS = Columns(((WalletRow, "w", _WALLET),))

# The wallets, then a branch for each reason to read a lot, each by an index that begins with the wallet: a parent of
# many has lots by the hundred thousand, of which hardly any falls due on a given day.
_SELECT_WALLETS = "SELECT {wallets}, {nothing} FROM {wallet} w WHERE w.card_id {cards}"
_SELECT_LOTS = (
    "SELECT {both} FROM {wallet} w JOIN {lot} l ON l.wallet_id = w.id WHERE w.card_id {cards} AND {which}"
)
_TO_MATURE = "NOT l.matured AND l.remaining > 0 AND l.available_at <= %s"
_TO_EXPIRE = "l.matured AND l.remaining > 0 AND l.expires_at <= %s"
_OPEN = "(l.remaining > 0 OR l.held > 0)"


def load_wallets(state: State, *, horizon: datetime, complete: Collection[int], using: str) -> None:
    """All wallets of the loaded cards, with the lots that fall due up to the horizon; all open lots for `complete` cards.

    One statement; one more where points are held.
    """
    codes = {rules.pk: rules for rules in state.program.currencies.values()}
    rows = _read(state.cards, horizon, complete, using)
    wallets: dict[int, Wallet] = {}
    for pk, card_id, currency_id, available, pending, held, debt, clock, lot_pk, *lot in rows:
        rules = codes.get(currency_id)
        if rules is None:
            continue
        wallet = wallets.get(pk)
        if wallet is None:
            wallet = wallets[pk] = state.wallets[(card_id, rules.code)] = Wallet(
                card_id=card_id,
                rules=rules,
                pk=pk,
                available=available,
                pending=pending,
                held=held,
                debt=debt,
                clock=clock,
                complete=card_id in complete,
            )
        if lot_pk is not None:
            wallet.lots.append(lot_of(state, wallet, lot_pk, lot))
    state.wallets_complete.update(complete)
    with_holds = [wallet.pk for wallet in wallets.values() if wallet.held]
    if with_holds:
        load_spends(state, (), using=using, holds_of={pk: wallets[pk] for pk in with_holds if pk is not None})


def _read(
    cards: Collection[int], horizon: datetime, complete: Collection[int], using: str
) -> list[Sequence[Any]]:
    names = {
        "wallet": table_of(WalletRow, using),
        "lot": table_of(LotRow, using),
        "wallets": _WALLETS.listed(using),
        "both": _COLUMNS.listed(using),
        "nothing": ", ".join(["NULL"] * (1 + len(_LOT))),
    }
    branches: list[str] = []
    params: list[Any] = []

    def add(branch: str, some: Collection[int], which: str = "", *more: Any) -> None:
        text, keys = among(some, using=using)
        branches.append(branch.format(cards=text, which=which, **names))
        params.extend([keys, *more])

    until = connections[using].ops.adapt_datetimefield_value(horizon)
    add(_SELECT_WALLETS, cards)
    others = set(cards) - set(complete)
    if others:
        add(_SELECT_LOTS, others, _TO_MATURE, until)
        add(_SELECT_LOTS, others, _TO_EXPIRE, until)
    if complete:
        add(_SELECT_LOTS, complete, _OPEN)
    by_lot = f" ORDER BY {len(_WALLET) + 1}"
    return _COLUMNS.read(" UNION ALL ".join(branches) + by_lot, params, using=using)


def lot_of(state: State, wallet: Wallet, pk: int, values: Any) -> Lot:
    """The loaded lot, or one from a row's values, in the order of `LOT_FIELDS`: there is one object for each row."""
    found = state.lots.get(pk)
    if found is None:
        fields = dict(zip(_LOT, values, strict=True))
        reward_id, origin_id = fields.pop("reward_id"), fields.pop("origin_id")
        found = state.lots[pk] = Lot(
            wallet=wallet,
            pk=pk,
            reward=RowKey(reward_id) if reward_id else None,
            origin=RowKey(origin_id) if origin_id else None,
            **fields,
        )
    return found


class RowKey:
    """Stands for a reward or a lot that was not loaded: its key is all that the writer needs."""

    __slots__ = ("pk",)

    def __init__(self, pk: int) -> None:
        self.pk = pk


LOT_FIELDS = _LOT


def load_spends(
    state: State, keys: Collection[str], *, using: str, holds_of: dict[int, Wallet] | None = None
) -> None:
    """Spends by key, or the open holds of wallets, each with what it has still drawn from which lot."""
    by_pk = (
        holds_of if holds_of is not None else {w.pk: w for w in state.wallets.values() if w.pk is not None}
    )
    wanted = Q(status="held") if holds_of is not None else Q(key__in=list(keys))
    known = {spend.pk for spend in state.spends.values()}
    spends: dict[int, Spend] = {}
    for row in SpendRow.objects.using(using).filter(wanted, wallet_id__in=list(by_pk)).order_by("pk"):
        if row.pk in known:
            continue
        spends[row.pk] = state.spends[(by_pk[row.wallet_id].card_id, row.key)] = Spend(
            wallet=by_pk[row.wallet_id],
            key=row.key,
            amount=row.amount,
            status=row.status,  # type: ignore[arg-type]
            at=row.occurred_at,
            expires_at=row.expires_at,
            captured=row.captured,
            returned=row.returned,
            pk=row.pk,
        )
    if not spends:
        return
    drawn = (
        LotAllocation.objects.using(using)
        .filter(entry__spend_id__in=list(spends))
        .values_list("entry__spend_id", "lot_id", *(f"lot__{name}" for name in _LOT))
        .annotate(drawn=Sum("amount"))
        .order_by("lot_id")
    )
    for spend_id, lot_id, *values, amount in drawn:
        spend = spends[spend_id]
        is_loaded = lot_id in state.lots
        lot = lot_of(state, spend.wallet, lot_id, values)
        if not is_loaded and (lot.remaining or lot.held):
            spend.wallet.lots.append(lot)
        if amount:
            spend.draws.append(Draw(lot, amount))
    for spend in spends.values():
        if spend.status == "held":
            spend.wallet.holds.append(spend)
