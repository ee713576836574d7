"""What a visitor's session knows of orders: a guest sees those made in this browser."""

from __future__ import annotations

from django.http import HttpRequest

from example_project.shop.models import Order

_DONE = "checked_out"  # key of the checkout: number of the order
_MOST = 50


def remember_order(request: HttpRequest, order: Order, key: str) -> None:
    """Note an order, and the checkout that it came from."""
    done = {**request.session.get(_DONE, {}), key: order.number}
    request.session[_DONE] = dict(list(done.items())[-_MOST:])


def orders_of_guest(request: HttpRequest) -> list[str]:
    """Numbers of the orders that were made in this browser."""
    return list(request.session.get(_DONE, {}).values())


def order_of_checkout(request: HttpRequest, key: str) -> str | None:
    """The number of the order that came from a checkout, when its form is sent again."""
    number = request.session.get(_DONE, {}).get(key)
    return None if number is None else str(number)
