"""Orders: placed once however often the form is sent, cancelled, returned in parts, claimed by a guest who signs up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from example_project.shop import basket, club
from example_project.shop.models import Order, OrderLine
from loyalty.models import Card


@dataclass(frozen=True, slots=True)
class Customer:
    """Who orders: a user with or without a card, or a guest."""

    name: str
    email: str = ""
    user: Any = None
    card: Card | None = None


def share_discount(amounts: Sequence[Decimal], discount: Decimal) -> list[Decimal]:
    """What is paid for each line when a discount is spread over all: in whole cents, together exactly the rest."""
    whole = sum(amounts, Decimal(0))
    paid, before, taken = [], Decimal(0), 0
    for amount in amounts:
        before += amount
        due = int(discount * 100 * before / whole) if whole else 0
        paid.append(amount - Decimal(due - taken) / 100)
        taken = due
    return paid


def place_order(
    *,
    key: str,
    customer: Customer,
    lines: Sequence[basket.Line],
    points: int = 0,
    at: datetime | None = None,
) -> Order:
    """Order what lies in a basket, paying part of it with points; the same key gives the same order.

    `at` is when that was, default now; orders of the past are for filling a demonstration.

    Raises LoyaltyError when the points are not there any more; then nothing was ordered.
    """
    known = Order.objects.filter(key=key).first()
    if known is not None:
        return known
    try:
        with transaction.atomic():
            return _place(key, customer, lines, points, at)
    except IntegrityError:
        # The same form was sent twice at once, and the other one was quicker.
        return Order.objects.get(key=key)


def _place(
    key: str, customer: Customer, lines: Sequence[basket.Line], points: int, at: datetime | None
) -> Order:
    discount = club.worth(points)
    order = Order.objects.create(
        key=key,
        user=customer.user,
        name=customer.name,
        email=customer.email,
        placed_at=at or timezone.now(),
        points_used=points,
        discount=discount,
        total=basket.total(lines) - discount,
        in_club=customer.card is not None,
    )
    made = _add_lines(order, lines, discount)
    if customer.card is not None:
        if points:
            club.pay_with_points(order, customer.card, points)
        club.tell_purchase(order, customer.card, made, at=order.placed_at)
    return order


def _add_lines(order: Order, lines: Sequence[basket.Line], discount: Decimal) -> list[OrderLine]:
    paid = share_discount([line.amount for line in lines], discount)
    return OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            position=position,
            product=line.product,
            quantity=line.quantity,
            amount=line.amount,
            paid=price,
        )
        for position, (line, price) in enumerate(zip(lines, paid, strict=True))
    )


@transaction.atomic
def cancel_order(order: Order) -> bool:
    """Take a whole order back; answers whether it could be."""
    locked = Order.objects.select_for_update().get(pk=order.pk)
    if not locked.can_be_cancelled:
        return False
    locked.status = Order.Status.CANCELLED
    locked.save(update_fields=["status"])
    if locked.in_club:
        club.tell_return(locked, f"{locked.number}-cancelled")
        club.give_points_back(locked)
    return True


@transaction.atomic
def return_pieces(
    order: Order, pieces: Mapping[int, int], *, seen: int, at: datetime | None = None
) -> Decimal:
    """Take back so many pieces of the lines at these positions; answers how much money that is.

    `seen`: how many pieces had been returned when the form was drawn, so that sending it twice returns once.
    """
    locked = Order.objects.select_for_update().get(pk=order.pk)
    lines = list(locked.lines.all())
    if locked.status != Order.Status.PLACED or sum(line.returned for line in lines) != seen:
        return Decimal(0)
    amounts = {}
    for line in lines:
        taken = max(0, min(pieces.get(line.position, 0), line.left))
        if taken:
            before = line.returned_amount
            line.returned += taken
            line.save(update_fields=["returned"])
            amounts[line.position] = line.returned_amount - before
    if amounts and locked.in_club:
        club.tell_return(locked, f"{locked.number}-returned-{seen}", amounts, at=at)
        if not any(line.left for line in lines):
            club.give_points_back(locked)
    return sum(amounts.values(), Decimal(0))


def claim_orders(numbers: Sequence[str], *, user: Any, card: Card | None) -> int:
    """Let the orders that a guest made belong to the user whom the guest became; answers how many there are."""
    claimed = 0
    for order in Order.objects.filter(number__in=numbers, user=None, in_club=False):
        with transaction.atomic():
            order.user, order.in_club = user, card is not None and order.can_be_cancelled
            order.save(update_fields=["user", "in_club"])
            if order.in_club:
                lines = order.lines.select_related("product")
                club.tell_purchase(order, card, lines, at=order.placed_at)
        claimed += 1
    return claimed
