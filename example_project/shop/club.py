"""What the shop has to do with the loyalty program: all of it is here, and by public names only.

A shop that has no program yet sells all the same: then there is no card, and nothing is told to anybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from example_project.shop import basket
from example_project.shop.models import Order, OrderLine
from loyalty.exceptions import LoyaltyError
from loyalty.models import Card, Purchase, Reward, Spend
from loyalty.selectors import find_card, get_balances
from loyalty.services import (
    cancel_spend,
    enrol_card,
    preview_purchase,
    record_purchase,
    record_refund,
    spend_points,
)
from referrals.selectors import current_visit, mask_name
from referrals.services import attribute

POINTS = "points"
SOURCE = "shop"
PER_EURO = 100  # so many points pay one euro
PAYABLE = 2  # at most one part in two of a basket is paid with points


@dataclass(frozen=True, slots=True)
class Earning:
    """Points of one campaign for an order: what is kept of what was granted, and the day they can be spent."""

    campaign: str
    granted: int
    kept: int
    available_at: datetime | None
    is_available: bool


def find_member(user: Any) -> Card | None:
    """The card of a signed-in customer, or None."""
    if not getattr(user, "is_authenticated", False):
        return None
    try:
        return find_card(user=user)
    except LoyaltyError:
        return None


def join(request: HttpRequest, user: Any, *, code: str = "") -> Card | None:
    """A card for a new customer, with whoever sent them as its parent; a bad code breaks nothing."""
    try:
        card = enrol_card(user=user)
    except LoyaltyError:
        return None
    attribute(card=card, request=request, code=code)
    return card


def find_greeting(request: HttpRequest) -> str:
    """The masked name of the member by whose link this visitor came; empty for a member and for everybody else."""
    if request.user.is_authenticated:
        return ""
    try:
        visit = current_visit(request)
    except LoyaltyError:
        return ""
    return "" if visit is None else mask_name(visit.link.card)


def points_to_spend(card: Card | None, total: Decimal) -> int:
    """How many points may pay for a basket: what is available, up to half of what it costs, in whole cents."""
    if card is None:
        return 0
    balance = get_balances(card)[POINTS]
    if balance.debt or card.status != Card.Status.ACTIVE:
        return 0
    return min(balance.available, int(total * PER_EURO) // PAYABLE)


def worth(points: int) -> Decimal:
    """What so many points pay, in euros."""
    return Decimal(points) / PER_EURO


def preview(card: Card | None, lines: Sequence[basket.Line], paid: Sequence[Decimal]) -> int | None:
    """The points that a basket would earn at these prices: without a card, those of somebody who just joined."""
    told = [_line(line.product.slug, line.product.category, line.quantity, price)
            for line, price in zip(lines, paid, strict=True)]  # fmt: skip
    try:
        earned = preview_purchase(card=card, total=sum(paid, Decimal(0)), lines=told, source=SOURCE)
    except LoyaltyError:
        return None
    return int(earned.earned(POINTS))


def pay_with_points(order: Order, card: Card, points: int) -> None:
    """Spend points for an order; raises LoyaltyError where they are not there any more."""
    spend_points(card=card, amount=points, currency=POINTS, source=SOURCE, key=_spend_key(order))


def tell_purchase(
    order: Order, card: Card, lines: Iterable[OrderLine], *, at: datetime | None = None
) -> None:
    """Record an order as a purchase of the card; within a transaction its points follow on commit."""
    told = [_line(line.product.slug, line.product.category, line.quantity, line.paid) for line in lines]
    record_purchase(
        card=card,
        external_id=order.number,
        total=order.total,
        lines=told,
        channel="web",
        source=SOURCE,
        occurred_at=at,
    )


def tell_return(
    order: Order, name: str, amounts: dict[int, Decimal] | None = None, *, at: datetime | None = None
) -> None:
    """Record what went back, by position of the lines; without amounts all that is left. `name` is the return's own."""
    lines = None if amounts is None else [
        {"position": position, "amount": amount} for position, amount in amounts.items()
    ]  # fmt: skip
    record_refund(purchase_id=order.number, external_id=name, lines=lines, source=SOURCE, occurred_at=at)


def give_points_back(order: Order) -> None:
    """Return the points that paid for an order, each with its own expiry."""
    spent = Spend.objects.select_related("wallet__currency", "wallet__card__program")
    spend = spent.filter(key=f"{SOURCE}/{_spend_key(order)}", status=Spend.Status.SPENT).first()
    if spend is not None:
        cancel_spend(spend=spend)


def is_counted(order: Order) -> bool:
    """Whether the program has processed the order; a worker may take some seconds."""
    return Purchase.objects.filter(source=SOURCE, external_id=order.number).exists()


def earnings_of(order: Order, card: Card) -> list[Earning]:
    """What the buyer's card got for an order, by campaign; two queries."""
    rewards = Reward.objects.filter(
        card=card, purchase__source=SOURCE, purchase__external_id=order.number
    ).select_related("campaign", "lot")
    return [_earning(reward) for reward in rewards.order_by("pk")]


def _earning(reward: Reward) -> Earning:
    lot = getattr(reward, "lot", None)
    return Earning(
        campaign=str(reward.campaign),
        granted=reward.granted,
        kept=reward.granted - reward.reversed,
        available_at=lot.available_at if lot else None,
        is_available=bool(lot and lot.available_at <= timezone.now()),
    )


def _spend_key(order: Order) -> str:
    return f"order-{order.number}"


def _line(sku: str, category: str, quantity: int, amount: Decimal) -> dict[str, Any]:
    return {"sku": sku, "category": category, "quantity": quantity, "amount": amount}
