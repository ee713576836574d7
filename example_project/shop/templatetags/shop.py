"""Money, points and the drawings of products in the shop's templates."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import template
from django.utils.formats import number_format
from django.utils.translation import get_language

from example_project.shop import basket

register = template.Library()


@register.filter
def money(amount: Decimal) -> str:
    """An amount of euros as people write it in the active language: €12.50, or 12,50 € in Russian."""
    text = number_format(abs(amount), 2, force_grouping=True)
    sign = "−" if amount < 0 else ""
    return f"{sign}{text} €" if get_language() == "ru" else f"{sign}€{text}"


@register.filter
def art(name: str) -> str:
    """The template of a drawing."""
    return f"shop/art/{name}.svg"


@register.simple_tag(takes_context=True)
def basket_count(context: dict[str, Any]) -> int:
    """How many pieces lie in the basket."""
    request = context.get("request")
    return 0 if request is None else basket.count(request)
