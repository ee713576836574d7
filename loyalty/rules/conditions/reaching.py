"""How far a card is from a number of purchases or a sum spent, as members read it."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext, ngettext

from loyalty.rules.base import Settings
from loyalty.rules.fields import Money
from loyalty.rules.phrases import Progress, money, number


def spent_progress(minor: int, params: Settings, *, days: int | None) -> Progress:
    """How much of the minimum is spent; minor units of the purchase currency. `days`: within how many."""
    low, high = params["minimum"], params["maximum"]
    is_open = high is None or minor <= high.minor
    if low is None:
        return Progress(open=is_open)
    reached = Money(min(minor, low.minor), low.decimals)
    named = {"current": money(reached), "target": money(low)}
    if days is None:
        text = gettext("%(current)s of %(target)s spent") % named
    else:
        text = ngettext(
            "%(current)s of %(target)s spent in the last %(count)s day",
            "%(current)s of %(target)s spent in the last %(count)s days",
            days,
        ) % {**named, "count": number(days)}
    return Progress(_decimal(reached), _decimal(low), text, is_open)


def purchases_progress(made: int, params: Settings, *, days: int | None) -> Progress:
    """How many of the least number of purchases are made."""
    low, high = params["minimum"], params["maximum"]
    is_open = high is None or made <= high
    if not low:
        return Progress(open=is_open)
    text = purchases_text(min(made, low), low)
    if days is not None:
        text = ngettext(
            "%(purchases)s in the last %(count)s day", "%(purchases)s in the last %(count)s days", days
        ) % {"purchases": text, "count": number(days)}
    return Progress(Decimal(min(made, low)), Decimal(low), text, is_open)


def purchases_text(current: int, target: int) -> str:
    """Such as "2 of 5 purchases"."""
    text = ngettext("%(current)s of %(target)s purchase", "%(current)s of %(target)s purchases", target)
    return text % {"current": number(current), "target": number(target)}


def _decimal(amount: Money) -> Decimal:
    return Decimal(amount.minor).scaleb(-amount.decimals)
