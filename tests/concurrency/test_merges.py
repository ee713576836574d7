"""S29: cards that are merged while others merge, link and process them; no point is lost, nobody waits in a circle."""

from __future__ import annotations

import pytest
from django.db.models import F, Sum

from loyalty.auditing import run_invariants
from loyalty.models import Card, CardMerge, Program, Reward, Wallet
from loyalty.processing.process import process_pending
from tests.concurrency import books, jobs
from tests.concurrency.shop import fill_inbox, give_points, hand_out_cards, open_shop, percent_to, purchase
from tests.concurrency.test_trees import cards_in_circles
from tests.concurrency.test_workers import deadlocks
from tests.concurrency.workers import Workshop

pytestmark = [pytest.mark.postgres]

ROUNDS = [pytest.param(20, id="suite"), pytest.param(500, id="soak", marks=pytest.mark.soak)]


def assert_sound() -> None:
    assert [finding.key for finding in run_invariants() if not finding.is_sound] == []
    assert books.problems() == {}


def total(program: Program) -> int:
    return Wallet.objects.filter(card__program=program).aggregate(total=Sum(F("available") - F("debt")))[
        "total"
    ]


@pytest.mark.parametrize("rounds", ROUNDS)
def test_s29_two_cards_are_merged_into_each_other_at_once(workers: Workshop, rounds: int) -> None:
    program, before = open_shop("both-ways"), deadlocks()
    cards = hand_out_cards(program, count=2 * rounds)
    for card in cards:
        give_points(card, 10)
    pairs = [(one.pk, two.pk) for one, two in zip(cards[::2], cards[1::2], strict=True)]
    barrier = workers.barrier(2)
    started = [
        workers.start(jobs.merge, barrier, pairs),
        workers.start(jobs.merge, barrier, [(two, one) for one, two in pairs]),
    ]

    outcomes = list(zip(*(worker.answer() for worker in started), strict=True))

    assert {tuple(sorted(each)) for each in outcomes} == {("card_merged", "merged")}
    assert (CardMerge.objects.count(), total(program), deadlocks() - before) == (rounds, 20 * rounds, 0)
    assert set(Wallet.objects.values_list("available", flat=True)) == {0, 20}
    assert_sound()


@pytest.mark.parametrize("rounds", ROUNDS)
def test_s27_a_merge_and_a_link_race_to_close_a_circle(workers: Workshop, rounds: int) -> None:
    """The child of the card that goes is about to become the parent of the one that stays."""
    cards = hand_out_cards(
        open_shop("circle"), count=3 * rounds, parent_of={3 * n + 1: 3 * n for n in range(rounds)}
    )
    groups = [cards[3 * n : 3 * n + 3] for n in range(rounds)]
    barrier = workers.barrier(2)
    started = [
        workers.start(jobs.merge, barrier, [(stays.pk, goes.pk) for goes, _child, stays in groups]),
        workers.start(jobs.attach, barrier, [(stays.pk, child.pk) for _goes, child, stays in groups], True),
    ]

    outcomes = set(zip(*(worker.answer() for worker in started), strict=True))

    assert outcomes <= {("merged", "parent_cycle"), ("parent_cycle", "set")}
    assert cards_in_circles() == set()
    assert_sound()


@pytest.mark.parametrize("rounds", ROUNDS)
def test_s29_cards_are_merged_while_their_purchases_are_processed(workers: Workshop, rounds: int) -> None:
    """Each buys five times for 10 points, its parent gets as much; whoever stands for whom, all of it arrives."""
    program = open_shop("at-work", percent_to("card"), percent_to("parent_card"))
    cards = hand_out_cards(program, count=3 * rounds, parent_of={3 * n + 1: 3 * n for n in range(rounds)})
    fill_inbox(program, [purchase(card, f"{card.external_id}-{n}") for n in range(5) for card in cards])
    pairs = [(cards[3 * n + 2].pk, cards[3 * n].pk) for n in range(rounds)]
    before = deadlocks()
    barrier = workers.barrier(3)
    started = [
        workers.start(jobs.merge, barrier, pairs),
        *(workers.start(jobs.drain_beside, barrier, program.pk, 4, len(pairs)) for _number in range(2)),
    ]

    assert set(started[0].answer()) == {"merged"}
    for worker in started[1:]:
        worker.answer()
    process_pending(program=program)

    assert deadlocks() - before == 0
    granted = Reward.objects.aggregate(total=Sum("granted"))["total"]
    assert granted == total(program) == rounds * (15 + 5) * 10
    assert Card.objects.filter(merged_into__isnull=False).count() == rounds
    assert_sound()
