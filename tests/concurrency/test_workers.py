"""R8, R9, S3, S4: several workers on cards of one tree, and on limits that all cards share."""

from __future__ import annotations

import pytest
from django.db import connection

from loyalty.models import Event, LimitCounter, Program, Reward
from loyalty.processing.process import process_pending
from tests.concurrency import books, jobs
from tests.concurrency.history import write_history
from tests.concurrency.shop import fill_inbox, hand_out_cards, open_shop, percent_to, purchase
from tests.concurrency.workers import Workshop

pytestmark = [pytest.mark.postgres]


def deadlocks() -> int:
    """How many deadlocks the server has resolved in this database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def test_r8_four_workers_on_6000_events_of_2000_related_cards(workers: Workshop) -> None:
    # Without spends: whether a parent's points come before or after its spend is nobody's promise here.
    together = write_history("together", events=6_000, cards=2_000, spends=False)
    before = deadlocks()

    done = workers.together(jobs.drain, [(together.pk, 50)] * 4)

    assert (sum(done), deadlocks() - before) == (6_000, 0)
    assert books.out_of_order() == []
    alone = write_history("alone", events=6_000, cards=2_000, spends=False)
    process_pending(program=alone)
    assert books.tally(together) == books.tally(alone)
    assert books.grants(together) == books.grants(alone)
    assert books.balances(together) == books.balances(alone)
    assert Event.objects.exclude(status="processed", attempts=0, error="").count() == 0
    assert books.problems() == {}


def race_for(workers: Workshop, program: Program, *, locked: bool = True) -> None:
    """Eight workers on purchases of 10 points each by 60 cards, one each."""
    cards = hand_out_cards(program, count=60)
    fill_inbox(program, [purchase(card, f"order-{card.external_id}") for card in cards])
    workers.together(jobs.drain, [(program.pk, 2, locked)] * 8)
    assert books.tally(program)["processed"] == 60


@pytest.mark.parametrize(
    ("measure", "most", "granted"),
    [
        pytest.param("amount", "255", 255, id="amount-cut-at-the-edge"),
        pytest.param("times", "26", 260, id="times"),
    ],
)
def test_r9_a_limit_shared_by_all_cards_is_met_exactly(
    workers: Workshop, measure: str, most: str, granted: int
) -> None:
    limit = {"per": "campaign", "measure": measure, "max": most, "period": "lifetime"}
    race_for(workers, open_shop("budget", percent_to("card", limits=[limit])))

    assert LimitCounter.objects.get().used == int(most)
    amounts = Reward.objects.values_list("granted", flat=True)
    assert (sum(amounts), len(amounts)) == (granted, 26)
    assert books.problems() == {}


def test_r9_fails_without_the_lock(workers: Workshop) -> None:
    """The race is there: with the counter read unlocked the budget is exceeded."""
    limit = {"per": "campaign", "measure": "amount", "max": "300", "period": "lifetime"}
    granted = []
    for number in range(5):
        program = open_shop(f"unlocked-{number}", percent_to("card", limits=[limit]))
        race_for(workers, program, locked=False)
        granted.append(sum(Reward.objects.filter(event__program=program).values_list("granted", flat=True)))
        if granted[-1] > 300:
            break
    assert granted[-1] > 300
