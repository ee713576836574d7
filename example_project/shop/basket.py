"""The basket: product keys and numbers of pieces in the visitor's session."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import HttpRequest

from example_project.shop.models import Product

MOST = 20  # pieces of one product
_LINES, _KEY = "basket", "checkout"


@dataclass(frozen=True, slots=True)
class Line:
    """Pieces of one product and what they cost."""

    product: Product
    quantity: int

    @property
    def amount(self) -> Decimal:
        """Price of all pieces."""
        return self.product.price * self.quantity


def read(request: HttpRequest) -> list[Line]:
    """What lies in the basket, in the order of the shelves; one query."""
    pieces = _pieces(request)
    if not pieces:
        return []
    return [Line(product, pieces[str(product.pk)]) for product in Product.objects.filter(pk__in=pieces)]


def total(lines: Iterable[Line]) -> Decimal:
    """What all of it costs."""
    return sum((line.amount for line in lines), Decimal(0))


def count(request: HttpRequest) -> int:
    """How many pieces lie in it."""
    return sum(_pieces(request).values())


def put(request: HttpRequest, product: Product, quantity: int) -> None:
    """Let so many pieces of a product be in the basket: none takes it out, more than 20 are 20."""
    pieces = dict(_pieces(request))
    pieces.pop(str(product.pk), None)
    if quantity > 0:
        pieces[str(product.pk)] = min(quantity, MOST)
    request.session[_LINES] = pieces


def add(request: HttpRequest, product: Product) -> None:
    """One piece more."""
    put(request, product, _pieces(request).get(str(product.pk), 0) + 1)


def empty(request: HttpRequest) -> None:
    """Take everything out, once it is ordered; the next checkout is another one."""
    request.session.pop(_LINES, None)
    request.session.pop(_KEY, None)


def checkout_key(request: HttpRequest) -> str:
    """What this basket's checkout is known by, so that sending its form twice orders once."""
    if _KEY not in request.session:
        request.session[_KEY] = secrets.token_urlsafe(16)
    return str(request.session[_KEY])


def _pieces(request: HttpRequest) -> dict[str, int]:
    stored: Any = getattr(request, "session", {}).get(_LINES, {})
    return stored if isinstance(stored, dict) else {}
