"""R3, R4: processes die and connections break at any moment; nothing is lost, nothing is doubled, nobody has to help."""

from __future__ import annotations

import random
import time

import pytest

from loyalty.models import Event, Spend, Wallet
from loyalty.processing.process import count_pending, process_pending
from tests.concurrency import books, jobs
from tests.concurrency.history import write_history
from tests.concurrency.shop import give_points, hand_out_cards, open_shop, percent_to
from tests.concurrency.workers import Workshop, terminate_a_backend

pytestmark = [pytest.mark.postgres]

CRASHES = [
    pytest.param(20, 400, id="20-kills"),
    pytest.param(200, 4_000, id="200-kills", marks=pytest.mark.soak),
]
FAULTS = [
    pytest.param(15, 240, id="15-faults"),
    pytest.param(150, 2_400, id="150-faults", marks=pytest.mark.soak),
]
BATCH = 5


@pytest.mark.parametrize(("kills", "events"), CRASHES)
def test_r3_kill_9_while_processing(workers: Workshop, kills: int, events: int) -> None:
    disturbed = write_history("disturbed", events=events, cards=60)

    for number in range(kills):
        statement = random.randint(1, 60) if number % 2 else None
        worker = workers.start(jobs.drain_until_killed, disturbed.pk, BATCH, statement)
        assert worker.receive() == "at work"
        if statement is None:
            time.sleep(random.uniform(0, 0.05))
            worker.kill()
        assert worker.receive() is None, "The worker was done before it could be killed: give it more events."
    assert 0 < count_pending(program=disturbed) < events
    process_pending(program=disturbed, batch_size=BATCH)

    undisturbed = write_history("undisturbed", events=events, cards=60)
    process_pending(program=undisturbed, batch_size=BATCH)
    assert books.tally(disturbed) == books.tally(undisturbed)
    assert books.grants(disturbed) == books.grants(undisturbed)
    assert books.balances(disturbed) == books.balances(undisturbed)
    assert Event.objects.exclude(status="processed", attempts=0, error="").count() == 0
    assert books.out_of_order() == []
    assert books.problems() == {}


@pytest.mark.parametrize("kills", [10, pytest.param(200, marks=pytest.mark.soak)])
def test_r3_kill_9_of_the_shop_while_it_records(workers: Workshop, kills: int) -> None:
    """Killed between the purchase's commit and its rewards: the next to come along finishes it."""
    program = open_shop("shop", percent_to("card"), percent_to("parent_card"))
    cards = hand_out_cards(program, count=20, parent_of={number: number % 5 for number in range(5, 20)})
    orders = [(cards[number % 20].pk, f"order-{number}", "100.00") for number in range(kills * 4)]

    acknowledged = 0
    for _kill in range(kills):
        statement = random.randint(1, 45)
        worker = workers.start(jobs.keep_shop, program.pk, orders[acknowledged : acknowledged + 4], statement)
        assert worker.receive() == "open"
        while worker.receive() is not None:
            acknowledged += 1
    workers.start(jobs.keep_shop, program.pk, orders[acknowledged:]).answer()
    process_pending(program=program)

    assert books.tally(program)["purchases"] == len(orders)
    assert sum(books.grants(program).values()) == sum(1 + (number % 20 >= 5) for number in range(len(orders)))
    assert Event.objects.exclude(status="processed").count() == 0
    assert books.problems() == {}


@pytest.mark.parametrize(("faults", "events"), FAULTS)
def test_r4_backends_are_terminated(workers: Workshop, faults: int, events: int) -> None:
    program = open_shop("faults", percent_to("card"), percent_to("parent_card"))
    cards = hand_out_cards(program, count=20, parent_of={number: number % 5 for number in range(5, 20)})
    savers = hand_out_cards(open_shop("savings"), count=10)
    share = events // 3
    for card in savers:
        give_points(card, share)
    orders = [(cards[number % 20].pk, f"order-{number}", "100.00") for number in range(2 * share)]
    actors = [
        workers.start(jobs.keep_shop, program.pk, orders[:share]),
        workers.start(jobs.keep_shop, program.pk, orders[share:]),
        workers.start(jobs.keep_till, [savers[number % 10].pk for number in range(share)], 3),
        workers.start(jobs.keep_draining, program.pk, 10, 2 * share),
    ]

    cut = 0
    while cut < faults:
        assert not any(actor.has_ended() for actor in actors), (
            "They were done too soon: give them more to do."
        )
        cut += terminate_a_backend() > 0
        time.sleep(random.uniform(0.01, 0.1))

    assert [actor.answer() for actor in actors] == [share, share, share, None]
    buyers = {(str(n), "points"): 10 * (2 * share // 20) for n in range(20)}
    for number in range(5, 20):
        buyers[(str(number % 5), "points")] += 10 * (2 * share // 20)
    assert books.balances(program) == {key: (points, 0, 0, 0) for key, points in buyers.items()}
    assert Spend.objects.filter(status="spent").count() == share
    assert set(Wallet.objects.filter(card__in=savers).values_list("available", flat=True)) == {
        share - 3 * share // 10
    }
    assert Event.objects.exclude(status="processed", attempts=0, error="").count() == 0
    assert books.problems() == {}
