"""R2: an event counts once, for ever, however often and by whomever it is delivered."""

from __future__ import annotations

from collections import Counter

import pytest

from loyalty.models import Event, LedgerEntry, Purchase, Reward
from tests.concurrency import books, jobs
from tests.concurrency.shop import hand_out_cards, open_shop, percent_to
from tests.concurrency.workers import Workshop

pytestmark = [pytest.mark.postgres]

DELIVERIES = 1_000
PROCESSES = 16


def test_r2_one_purchase_delivered_1000_times_by_16_processes_counts_once(workers: Workshop) -> None:
    program = open_shop("deliveries", percent_to("card"), percent_to("parent_card"))
    _parent, child = hand_out_cards(program, count=2, parent_of={1: 0})
    times = [DELIVERIES // PROCESSES + (n < DELIVERIES % PROCESSES) for n in range(PROCESSES)]

    told = workers.together(
        jobs.deliver, [(program.pk, child.pk, "order-1", "100.00", share) for share in times]
    )

    assert sum(told, Counter()) == {"created": 1, "repeated": DELIVERIES - 1}
    assert (Event.objects.count(), Purchase.objects.count()) == (1, 1)
    assert books.balances(program) == {("0", "points"): (10, 0, 0, 0), ("1", "points"): (10, 0, 0, 0)}
    assert (Reward.objects.count(), LedgerEntry.objects.count()) == (2, 2)

    other = workers.together(jobs.deliver, [(program.pk, child.pk, "order-1", "100.01", 4)] * PROCESSES)

    assert sum(other, Counter()) == {"event_conflict": 4 * PROCESSES}
    assert (Event.objects.count(), Purchase.objects.get().total) == (1, 10_000)
    assert books.balances(program) == {("0", "points"): (10, 0, 0, 0), ("1", "points"): (10, 0, 0, 0)}
    assert books.problems() == {}


def test_r2_of_two_bodies_delivered_at_once_one_counts(workers: Workshop) -> None:
    program = open_shop("bodies", percent_to("card"))
    (card,) = hand_out_cards(program, count=1)

    for number in range(10):
        told = workers.together(
            jobs.deliver, [(program.pk, card.pk, f"order-{number}", total, 2) for total in ("10.00", "20.00")]
        )
        first, second = sorted(told, key=lambda outcomes: outcomes["event_conflict"])
        assert first == {"created": 1, "repeated": 1}
        assert second == {"event_conflict": 2}
    assert Purchase.objects.count() == 10
    assert books.problems() == {}
