"""Paired rounds: the two are measured in turns, so that a busy machine slows both down; the ratio is what counts."""

from __future__ import annotations

import contextlib
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median, quantiles

import django

# Does the work of the round with this number; one that measures itself answers with the seconds.
Run = Callable[[int], float | None]


@dataclass(frozen=True, slots=True)
class Pair:
    """Rates of ours and of the yardstick (work done a second), round by round."""

    name: str
    ours: list[float]
    theirs: list[float]

    @property
    def ratios(self) -> list[float]:
        """Ours by theirs, of each round."""
        return [ours / theirs for ours, theirs in zip(self.ours, self.theirs, strict=True)]

    def report(self, *, target: float) -> bool:
        """Print one line; answers whether the median of the ratios reaches the target."""
        low, middle, high = quantiles(self.ratios, n=4)
        print(
            f"{self.name:<46} ours {median(self.ours):>8,.0f}/s   the other {median(self.theirs):>8,.0f}/s"
            f"   ratio {middle:.2f} (quartiles {low:.2f}, {high:.2f}), target {target}: "
            f"{'reached' if middle >= target else 'MISSED'}",
            flush=True,
        )
        return middle >= target

    def report_cost(self, *, target: float) -> bool:
        """Print one line; answers whether ours costs at most so many times what the other does, by the median."""
        low, middle, high = quantiles((1 / ratio for ratio in self.ratios), n=4)
        print(
            f"{self.name:<46} ours {1_000 / median(self.ours):>8.2f} ms   the other {1_000 / median(self.theirs):>8.2f} ms"
            f"   {middle:.2f} times (quartiles {low:.2f}, {high:.2f}), target at most {target}: "
            f"{'reached' if middle <= target else 'MISSED'}",
            flush=True,
        )
        return middle <= target


def measure(name: str, *, rounds: int, work: int, ours: Run, theirs: Run) -> Pair:
    """Run both in turns; each gets the number of the round and does `work` pieces of work."""
    pair = Pair(name, [], [])
    warm_up = 2 + rounds // 10
    for number in range(-warm_up, rounds):
        for run, rates in ((theirs, pair.theirs), (ours, pair.ours)):
            started = time.perf_counter()
            took = run(number) or time.perf_counter() - started
            if number >= 0:
                rates.append(work / took)
    return pair


@contextlib.contextmanager
def scratch_database() -> Iterator[None]:
    """Django on an empty PostgreSQL database, dropped at the end."""
    os.environ.setdefault("LOYALTY_TEST_DB", "postgres")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from django.db import connection

    if connection.vendor != "postgresql":
        sys.exit("The benchmarks want PostgreSQL: LOYALTY_TEST_DB=postgres")
    connection.creation.create_test_db(verbosity=0)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SHOW server_version")
            server = cursor.fetchone()[0].split()[0]
        print(
            f"PostgreSQL {server}, Python {platform.python_version()}, Django {django.__version__}, "
            f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
        )
        yield
    finally:
        connection.creation.destroy_test_db("benchmarks", verbosity=0)
