"""Asking one condition, or quoting one amount, about one card. No database is touched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from loyalty.ledger.book import CurrencyRules
from loyalty.periods import Duration
from loyalty.rules import Asking, Occasion, Outcome, PurchaseState, Quote, Result
from loyalty.rules.events import EventState, LineState
from loyalty.rules.params import ParamsInvalid, clean_rule
from loyalty.rules.registry import amounts, conditions
from loyalty.rules.state import CardState, ProgramRules, State
from loyalty.rules.views import CardView

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)  # a Saturday


def currency(decimals: int = 0) -> CurrencyRules:
    """Points that nothing expires or holds back."""
    return CurrencyRules(
        pk=1,
        code="points",
        decimals=decimals,
        hold=Duration(),
        validity=None,
        expires_end_of_day=False,
        clawback="debt",
        spendable=True,
    )


def program(*, zone: str = "UTC", decimals: int = 2, points_decimals: int = 0) -> ProgramRules:
    """A program with one currency, points."""
    return ProgramRules(
        pk=1,
        slug="test",
        zone=ZoneInfo(zone),
        decimals=decimals,
        currencies={"points": currency(points_decimals)},
    )


def asking(*, at: datetime = NOON) -> Asking:
    """Of a moment in that program."""
    return Asking(program(), at)


def line(
    amount: int,
    *,
    sku: str = "",
    category: str = "",
    quantity: str = "1",
    remaining: int | None = None,
    **attributes: str,
) -> LineState:
    """One line of a purchase, in cents."""
    left = amount if remaining is None else remaining
    return LineState(0, amount, left, sku, category, Decimal(quantity), attributes)


def bought(
    total: int,
    *,
    remaining: int | None = None,
    at: datetime = NOON,
    card_id: int = 1,
    lines: Sequence[LineState] = (),
    **parts: Any,
) -> PurchaseState:
    """A purchase of so many cents."""
    left = total if remaining is None else remaining
    return PurchaseState("till", "1", card_id, None, at, total, left, lines=list(lines), **parts)


def happened(purchase: PurchaseState | None = None, *, at: datetime = NOON, **fields: Any) -> EventState:
    """An event of card 1."""
    return EventState("till", "loyalty.purchase", "1", 1, at, purchase=purchase, **fields)


class Tallies:
    """A fact that knows how many purchases count, by minimum and since when."""

    def __init__(self, counts: Mapping[tuple[str, str], int]) -> None:
        self.counts = counts

    def tally(self, *, minimum: str, since: str) -> int:
        """As the real one."""
        return self.counts[minimum, since]


def ask(
    kind: str,
    params: Mapping[str, Any],
    event: EventState,
    *,
    of: ProgramRules | None = None,
    tallies: Mapping[tuple[str, str], int] | None = None,
    known: Mapping[str, Any] | None = None,
    **card: Any,
) -> Outcome:
    """What the condition says of card 1 at the event; `known` is what other facts know of it, by their keys."""
    rules, condition = of or program(), conditions.get(kind)
    cleaned = clean_rule(condition, params, program=rules)
    assert clean_rule(condition, cleaned.canonical, program=rules).canonical == cleaned.canonical
    state = State(rules)
    state.cards[1] = CardState(**{"pk": 1, "enrolled_at": datetime(2026, 1, 1, tzinfo=UTC), **card})
    facts = {"loyalty.purchases": Tallies(tallies or {}), **(known or {})}
    state.facts._values.update({key: {1: value} for key, value in facts.items()})
    return condition.check(CardView(state, state.cards[1], event.occurred_at), event, cleaned.values)


def passed(expected: Any = None, actual: Any = None) -> Outcome:
    """The outcome of a question that holds."""
    return Outcome(Result.PASS, "ok", expected, actual)


def failed(code: str, expected: Any = None, actual: Any = None) -> Outcome:
    """The outcome of a question that does not."""
    return Outcome(Result.FAIL, code, expected, actual)


def refused(kind: str, params: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The paths and codes of what is wrong with a condition's settings."""
    with pytest.raises(ParamsInvalid) as error:
        clean_rule(conditions.get(kind), params, program=program())
    return [(one["path"], one["code"]) for one in error.value.problems]


def quote(
    kind: str,
    params: Mapping[str, Any],
    purchase: PurchaseState | None,
    *,
    level: int = 0,
    decimals: int = 0,
    purchase_decimals: int = 2,
) -> Quote | None:
    """What the amount comes to, in minor units of a currency of so many decimals."""
    rules, amount = program(decimals=purchase_decimals, points_decimals=decimals), amounts.get(kind)
    cleaned = clean_rule(amount, params, program=rules)
    assert clean_rule(amount, cleaned.canonical, program=rules).canonical == cleaned.canonical
    state = State(rules)
    state.cards[1] = CardState(pk=1, enrolled_at=datetime(2026, 1, 1, tzinfo=UTC))
    about = CardView(state, state.cards[1], NOON)
    occasion = Occasion(happened(purchase), rules, currency(decimals), level, about, about)
    return amount.quote(occasion, cleaned.values)


def share(kind: str, params: Mapping[str, Any], purchase: PurchaseState) -> Fraction:
    """How much of the amount's base is left."""
    amount = amounts.get(kind)
    return amount.share(purchase, clean_rule(amount, params, program=program()).values)
