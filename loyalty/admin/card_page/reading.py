"""What the card page shows, read by a constant number of queries for any history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from loyalty.admin.base import key_of, label_of
from loyalty.admin.card_page.registry import make_notes
from loyalty.models import Card, Event, Purchase, Reward, Wallet
from loyalty.money import show_amount
from loyalty.selectors import home_wallets
from loyalty.selectors.balances import BUCKETS
from loyalty.selectors.support import card_acts, card_children, card_movements

_LATEST = 10


@dataclass(frozen=True, slots=True)
class Node:
    """A child card in the tree: what it is called, what is known of it, and whether it has children of its own."""

    card: Card
    name: str
    notes: list[str]
    has_children: bool


@dataclass(frozen=True, slots=True)
class Nodes:
    """A page of children; `older` is where the next page begins, None when this is the last."""

    nodes: list[Node]
    older: int | None


def read_card(card: Card, request: HttpRequest) -> dict[str, Any]:
    """All but the tree below the first level; `currency` and `before` of the address choose the statement's page."""
    wallets = home_wallets(card)
    codes = [one.currency for one in wallets]
    asked = request.GET.get("currency", "")
    currency = asked if asked in codes else next(iter(codes), "")
    before = key_of(request.GET.get("before"))
    return {
        "wallets": [_wallet(one) for one in wallets],
        "currency": currency,
        "movements": card_movements(card, currency=currency, before=before) if currency else None,
        "before": before,
        "children": read_children(card),
        "rewards": [_reward(row) for row in _rewards(card)],
        "purchases": [_purchase(row, card) for row in _purchases(card)],
        "acts": card_acts(card),
        "failed": [_event(row) for row in _failed(card)],
        **_holder(card),
        "old_numbers": [row for row in card.numbers.all() if row.retired_at is not None],
        "holders": list(card.holders.select_related("user")[:_LATEST]),
        "attributes": list(card.attributes.order_by("name", "-since")[:_LATEST]),
        "spent": show_amount(card.spent_total, card.program.decimals),
    }


def read_children(card: Card, *, before: int | None = None) -> Nodes:
    """A page of the tree: each child with its balance in what can be spent and the notes of the apps."""
    children = card_children(card, before=before)
    keys = [child.pk for child in children.cards]
    notes = make_notes(keys)
    balances: dict[int, list[str]] = {}
    for wallet in Wallet.objects.filter(card__in=keys, currency__spendable=True).select_related("currency"):
        text = f"{show_amount(wallet.balance, wallet.currency.decimals)} {wallet.currency.name}"
        balances.setdefault(wallet.card_id, []).append(text)
    nodes = [
        Node(
            child,
            child.number or str(child),
            [*balances.get(child.pk, []), *notes.get(child.pk, [])],
            bool(getattr(child, "has_children", False)),
        )
        for child in children.cards
    ]
    return Nodes(nodes, children.older)


def _wallet(one: Any) -> dict[str, Any]:
    decimals = one.balance.decimals
    return {
        "one": one,
        "texts": {name: show_amount(getattr(one.balance, name), decimals) for name in BUCKETS},
        "expiring": "" if one.next_expiring is None else show_amount(one.next_expiring.amount, decimals),
        "coming": "" if one.next_available is None else show_amount(one.next_available.amount, decimals),
    }


def _failed(card: Card) -> Any:
    return Event.objects.filter(program=card.program_id, card=card, status=Event.Status.FAILED)[:_LATEST]


def _event(row: Event) -> dict[str, Any]:
    return {"pk": row.pk, "key": row.key, "label": label_of(row.kind)}


def _holder(card: Card) -> dict[str, str]:
    """How the holder is called and written to, of users who have such things."""
    user = card.user
    if user is None:
        return {"holder_name": "", "holder_email": ""}
    full = user.get_full_name() if hasattr(user, "get_full_name") else ""
    name = f"{full} ({user})" if full and full != str(user) else str(user)
    return {"holder_name": name, "holder_email": str(getattr(user, user.get_email_field_name(), "") or "")}


def _rewards(card: Card) -> Any:
    rows = Reward.objects.filter(card=card).order_by("-pk")
    return rows.select_related("campaign", "currency", "purchase")[:_LATEST]


def _reward(row: Reward) -> dict[str, Any]:
    decimals = row.currency.decimals if row.currency else 0
    return {
        "row": row,
        "granted": show_amount(row.granted, decimals) if row.currency else "",
        "reversed": show_amount(row.reversed, decimals) if row.currency and row.reversed else "",
    }


def _purchases(card: Card) -> Any:
    return Purchase.objects.filter(card=card).order_by("-occurred_at", "-pk")[:_LATEST]


def _purchase(row: Purchase, card: Card) -> dict[str, Any]:
    decimals = card.program.decimals
    return {
        "row": row,
        "total": show_amount(row.total, decimals),
        "remaining": show_amount(row.remaining, decimals),
        "is_returned": row.remaining < row.total,
    }
