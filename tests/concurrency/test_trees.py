"""R8, S27: nobody becomes his own ancestor, also when several links that would close the circle are made at once."""

from __future__ import annotations

import pytest

from loyalty.models import Card, Program
from loyalty.services.cards import set_parent
from tests.concurrency import jobs
from tests.concurrency.shop import hand_out_cards, open_shop
from tests.concurrency.workers import Workshop

pytestmark = [pytest.mark.postgres]

ROUNDS = [pytest.param(40, id="suite"), pytest.param(1_000, id="soak", marks=pytest.mark.soak)]


def link_at_once(
    workers: Workshop, links: list[list[tuple[int, int]]], *, locked: bool = True
) -> list[tuple[str, ...]]:
    """One process for each list of (child, parent); the outcomes by round."""
    barrier = workers.barrier(len(links))
    started = [workers.start(jobs.attach, barrier, pairs, locked) for pairs in links]
    return list(zip(*(worker.answer() for worker in started), strict=True))


def four_cards(program: Program, rounds: int) -> list[list[Card]]:
    """For each round four cards of which the first stands under the second and the third under the fourth."""
    parents = {4 * n + child: 4 * n + child + 1 for n in range(rounds) for child in (0, 2)}
    cards = hand_out_cards(program, count=4 * rounds)
    for child, parent in parents.items():
        Card.objects.filter(pk=cards[child].pk).update(
            parent=cards[parent], parent_since=cards[child].enrolled_at, linked_at=cards[child].enrolled_at
        )
    return [cards[4 * n : 4 * n + 4] for n in range(rounds)]


def cards_in_circles() -> set[int]:
    """Cards from which following the parents does not end."""
    parents = dict(Card.objects.values_list("pk", "parent_id"))
    circles = set()
    for start in parents:
        here, steps = start, 0
        while here is not None and steps <= len(parents):
            here, steps = parents[here], steps + 1
        if here is not None:
            circles.add(start)
    return circles


@pytest.mark.parametrize("rounds", ROUNDS)
def test_s27_four_cards_race_to_close_a_circle(workers: Workshop, rounds: int) -> None:
    """With 1->2 and 3->4 set, 2->3 and 4->1 at once."""
    groups = four_cards(open_shop("circle"), rounds)
    links = [[(two.pk, three.pk) for _one, two, three, _four in groups]]
    links += [[(four.pk, one.pk) for one, _two, _three, four in groups]]

    outcomes = link_at_once(workers, links)

    assert {tuple(sorted(each)) for each in outcomes} == {("parent_cycle", "set")}
    assert cards_in_circles() == set()


def test_s27_four_cards_close_a_circle_without_the_locks(workers: Workshop) -> None:
    """The race is there."""
    groups = four_cards(open_shop("unlocked"), 40)
    links = [[(two.pk, three.pk) for _one, two, three, _four in groups]]
    links += [[(four.pk, one.pk) for one, _two, _three, four in groups]]

    outcomes = link_at_once(workers, links, locked=False)

    assert ("set", "set") in outcomes
    assert cards_in_circles()


@pytest.mark.parametrize("rounds", ROUNDS)
def test_r8_two_cards_race_to_become_each_others_parent(workers: Workshop, rounds: int) -> None:
    cards = hand_out_cards(open_shop("pair"), count=2 * rounds)
    pairs = list(zip(cards[::2], cards[1::2], strict=True))
    links = [[(a.pk, b.pk) for a, b in pairs], [(b.pk, a.pk) for a, b in pairs]]

    outcomes = link_at_once(workers, links)

    assert {tuple(sorted(each)) for each in outcomes} == {("parent_cycle", "set")}
    assert cards_in_circles() == set()


@pytest.mark.parametrize("rounds", ROUNDS)
def test_r8_many_parents_race_for_one_child(workers: Workshop, rounds: int) -> None:
    """One parent for ever: of four that want the same card one gets it."""
    cards = hand_out_cards(open_shop("claims"), count=5 * rounds)
    groups = [cards[5 * n : 5 * n + 5] for n in range(rounds)]
    links = [[(group[0].pk, group[n].pk) for group in groups] for n in range(1, 5)]

    outcomes = link_at_once(workers, links)

    taken = "parent_already_set"
    assert {tuple(sorted(each)) for each in outcomes} == {(taken, taken, taken, "set")}
    assert Card.objects.filter(parent__isnull=False).count() == rounds


def test_setting_the_same_parent_twice_is_no_mistake(workers: Workshop) -> None:
    child, parent = hand_out_cards(open_shop("same"), count=2)
    outcomes = link_at_once(workers, [[(child.pk, parent.pk)]] * 4)
    assert outcomes == [("set",) * 4]
    assert set_parent(card=child, parent=parent).parent_id == parent.pk
