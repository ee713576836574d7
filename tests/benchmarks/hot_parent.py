"""Four workers on cards that all have one parent card, against the same load spread over as many parents as cards.

`python -m tests.benchmarks.hot_parent [--rounds 3] [--purchases 3000]`
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import Any

from tests.benchmarks.measuring import Pair, scratch_database

WORKERS, CHILDREN, BATCH = 4, 1_000, 100


def main() -> int:
    """Print the ratio; 1 when it is missed, or anything was lost or deadlocked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--purchases", type=int, default=3_000)
    options = parser.parse_args()
    with scratch_database():
        from tests.concurrency.test_workers import deadlocks
        from tests.concurrency.workers import workshop

        pair, before = Pair("hot parent against spread load, 4 workers", [], []), deadlocks()
        with workshop() as workers:
            for number in range(-1, options.rounds):
                spread = run(workers, f"spread-{number}", options.purchases, hot=False)
                hot = run(workers, f"hot-{number}", options.purchases, hot=True)
                if number >= 0:
                    pair.theirs.append(options.purchases / spread)
                    pair.ours.append(options.purchases / hot)
        dead, lost = deadlocks() - before, count_lost(options.purchases)
    reached = pair.report(target=0.7)
    print(f"{dead} deadlocks, {lost} lost or doubled: {'MISSED' if dead or lost else 'reached'}")
    return 0 if reached and not dead and not lost else 1


def run(workers: Any, slug: str, purchases: int, *, hot: bool) -> float:
    """Seconds from the first worker's start to the last one's end."""
    from tests.concurrency.shop import fill_inbox, hand_out_cards, open_shop, percent_to, purchase

    program = open_shop(slug, percent_to("card"), percent_to("parent_card"))
    parents = 1 if hot else CHILDREN
    cards = hand_out_cards(
        program,
        count=parents + CHILDREN,
        parent_of={parents + child: child % parents for child in range(CHILDREN)},
    )
    children = cards[parents:]
    fill_inbox(program, [purchase(children[n % CHILDREN], f"p{n}") for n in range(purchases)])
    times = workers.together(drain, [(program.pk, BATCH)] * WORKERS)
    return max(end for _start, end in times) - min(start for start, _end in times)


def drain(_send: Any, barrier: Any, program_pk: int, batch_size: int) -> tuple[float, float]:
    """What each worker does once all are there; when it began and when it was through."""
    from loyalty.models import Program
    from loyalty.processing.campaigns import campaign_book
    from loyalty.processing.process import process_pending

    program = Program.objects.get(pk=program_pk)
    campaign_book(program)
    barrier.wait()
    start = time.monotonic()
    process_pending(program=program, batch_size=batch_size)
    return start, time.monotonic()


def count_lost(purchases: int) -> int:
    """Rewards that are not there, or there twice; each purchase has two."""
    from django.db.models import Count

    from loyalty.models import Program, Reward
    from tests.concurrency import books

    counted = Program.objects.annotate(rewards=Count("events__rewards")).values_list("rewards", flat=True)
    wrong = sum(abs(2 * purchases - rewards) for rewards in counted)
    wrong += sum(Reward.objects.exclude(granted=10).values_list("granted", flat=True))
    return wrong + len(books.problems())


if __name__ == "__main__":
    sys.exit(main())
