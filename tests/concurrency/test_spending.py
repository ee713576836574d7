"""R1: points are spent once, however many spend them at once."""

from __future__ import annotations

from collections import Counter

import pytest

from loyalty.models import Card, Spend, Wallet
from tests.concurrency import books, jobs
from tests.concurrency.shop import give_points, hand_out_cards, open_shop
from tests.concurrency.workers import Workshop, connections_to_spare

pytestmark = [pytest.mark.postgres]

TRIES = 200
PROCESSES = 4


def spend_together(workers: Workshop, card: Card, *, locked: bool = True) -> Counter[str]:
    """200 tries to spend all 100 points of a card, over as many connections as the server allows."""
    threads = connections_to_spare(most=TRIES) // PROCESSES * PROCESSES
    tries = [TRIES // threads + (n < TRIES % threads) for n in range(threads)]
    arguments = [(card.pk, tries[n::PROCESSES], locked) for n in range(PROCESSES)]
    return sum(workers.together(jobs.spend_at_once, arguments), Counter())


@pytest.mark.parametrize("rounds", [3, pytest.param(20, marks=pytest.mark.soak)])
def test_r1_of_200_spends_of_one_balance_one_succeeds(workers: Workshop, rounds: int) -> None:
    program = open_shop("spending")
    for card in hand_out_cards(program, count=rounds):
        give_points(card, 100)

        outcomes = spend_together(workers, card)

        assert outcomes == {"spent": 1, "insufficient_points": TRIES - 1}
        assert Spend.objects.filter(wallet__card=card).count() == 1
        assert Wallet.objects.get(card=card).available == 0
    assert books.problems() == {}


def test_r1_fails_without_the_lock(workers: Workshop) -> None:
    """The race is there: with the locking clause taken away several spends of the same points succeed."""
    program = open_shop("unlocked")
    spent = []
    for card in hand_out_cards(program, count=5):
        give_points(card, 100)
        spent.append(spend_together(workers, card, locked=False)["spent"])
        if spent[-1] > 1:
            break
    assert max(spent) > 1
    assert "a wallet that is not the sum of its entries" in books.problems()
