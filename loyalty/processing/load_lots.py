"""Loading the lots of rewards, and those that carry them on in other wallets since cards were merged (S29)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.db.models import QuerySet

from loyalty.models import Lot, Reward
from loyalty.processing.load_wallets import LOT_FIELDS, lot_of
from loyalty.processing.locking import TreeMoved
from loyalty.rules.state import RewardState, State

_FIELDS = ("pk", "wallet__card_id", "wallet__currency_id", *LOT_FIELDS)


def peek_carried(rewards: QuerySet[Reward], *fields: str, using: str) -> tuple[list[Any], set[int]]:
    """These fields of rewards, and the cards in whose wallets lots carry on theirs: one statement where none does."""
    told, cards, lots = dict[Any, None](), set[int](), set[int]()
    rows = rewards.values_list(*fields, "lot__successors", "lot__successors__wallet__card_id")
    for *values, lot_pk, card_id in rows:
        told[tuple(values)] = None
        if lot_pk is not None:
            lots.add(lot_pk)
            cards.add(card_id)
    while lots:
        further = Lot.objects.using(using).filter(origin_id__in=lots).values_list("pk", "wallet__card_id")
        lots = {pk for pk, _card_id in further}
        cards |= {card_id for _pk, card_id in further}
    return list(told), cards


def load_lots(state: State, rewards: Mapping[int, RewardState], *, using: str) -> None:
    """Give each reward its own lot, with all that carry it on. Raises TreeMoved for one in a wallet that is not loaded."""
    lots = Lot.objects.using(using).order_by()
    carrying = lots.filter(origin__reward_id__in=list(rewards)).values_list(*_FIELDS)
    rows: Iterable[Any] = (
        lots.filter(reward_id__in=list(rewards)).values_list(*_FIELDS).union(carrying, all=True)
    )
    while carried := _take(state, rewards, sorted(rows)):
        rows = lots.filter(origin_id__in=carried).values_list(*_FIELDS)


def _take(state: State, rewards: Mapping[int, RewardState], rows: Collection[Any]) -> list[int]:
    """Tie lots to their rewards and origins; answers the keys of those that carry on others."""
    codes = {rules.pk: code for code, rules in state.program.currencies.items()}
    carried = []
    for pk, card_id, currency_id, *values in rows:
        if card_id not in state.cards:
            raise TreeMoved
        lot = lot_of(state, state.wallet(card_id, codes[currency_id]), pk, values)
        origin_id, reward_id = values[-2:]
        if reward_id is not None:
            lot.reward, rewards[reward_id].lot = rewards[reward_id], lot
            continue
        origin = lot.origin = state.lots[origin_id]
        if lot not in origin.successors:
            origin.successors = (*origin.successors, lot)
        carried.append(pk)
    return carried
