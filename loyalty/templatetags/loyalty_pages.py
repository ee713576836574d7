"""`{% load loyalty_pages %}`: amounts and card numbers as members read them."""

from __future__ import annotations

from django import template

from loyalty.money import show_amount

register = template.Library()


@register.filter
def units(minor: int, decimals: int = 0) -> str:
    """Minor units as an amount in the active language: 123450 of two decimals is "1,234.50"."""
    return show_amount(minor, decimals)


@register.filter
def signed_units(minor: int, decimals: int = 0) -> str:
    """As `units`, with a plus or a minus before it: "+5", "−3"; nothing before zero."""
    sign = "+" if minor > 0 else "−" if minor < 0 else ""
    return f"{sign}{units(abs(minor), decimals)}"


@register.filter
def grouped(number: str) -> str:
    """A card number in groups of four, as it is printed on cards."""
    return " ".join(number[start : start + 4] for start in range(0, len(number), 4))
