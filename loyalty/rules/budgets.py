"""Budgets in money: what an amount of a currency costs in the currency of purchases, exactly and in whole minor units."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from loyalty.rules.state import ProgramRules

STEPS = (80, 100)


@dataclass(frozen=True, slots=True)
class Price:
    """What one minor unit of a currency costs, in minor units of purchases, as a fraction."""

    numerator: int
    denominator: int

    def cost(self, amount: int) -> int:
        """The cost of an amount, rounded up: a budget is never exceeded by a fraction."""
        return -(-amount * self.numerator // self.denominator)

    def affordable(self, room: int) -> int:
        """The largest amount that costs at most `room`."""
        return room * self.denominator // self.numerator

    def as_list(self) -> list[int]:
        """As a reward's terms keep it: what comes back later is worth what it was worth when it was given."""
        return [self.numerator, self.denominator]


def price_of(program: ProgramRules, currency: str | None) -> Price:
    """The price of a currency's minor unit; where nobody said what it is worth, one for one."""
    rules = program.currencies.get(currency or "")
    if rules is None or rules.worth is None:
        return Price(1, 1)
    exact = Fraction(rules.worth) * 10**program.decimals / 10**rules.decimals
    return Price(exact.numerator, exact.denominator)


def told_steps(*, before: int, used: int, maximum: int) -> Iterator[int]:
    """The percentages of a limit that were crossed upwards just now."""
    for percent in STEPS:
        if before * 100 < maximum * percent <= used * 100:
            yield percent
