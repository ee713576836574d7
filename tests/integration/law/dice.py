"""Dice: everything random comes from one seed, so that a scene is its seed."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any, TypeVar

T = TypeVar("T")


class Dice:
    """Choices that a seed makes."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def one(self, values: Sequence[T]) -> T:
        """One of the values; to have one more often, name it more often."""
        return self._random.choice(values)

    def some(self, values: Sequence[T], least: int = 1, most: int = 2) -> list[T]:
        """Several different values."""
        return self._random.sample(values, min(len(values), self.number(least, most)))

    def number(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return self._random.randint(low, high)

    def chance(self, times: int, of: int) -> bool:
        """True so many times of so many."""
        return self._random.randrange(of) < times

    def weighted(self, weights: dict[str, int]) -> str:
        """A name by its weight."""
        return self._random.choices(list(weights), list(weights.values()))[0]


def entry_for(table: dict[str, Any], kind: str) -> Any:
    """The entry of a table. Raises AssertionError that says what to do about a missing one."""
    assert kind in table, f"“{kind}” is registered, but tests/integration/law does not draw it: add it there."
    return table[kind]
