"""The clock of a wallet: what happens by itself, when it takes effect, and in which order (S1)."""

from __future__ import annotations

import pytest

from tests.loyalty.ledger.desk import Desk, assert_books_check, on


def test_s1_touching_matures_and_expires_at_the_instants_when_it_was_due() -> None:
    desk = Desk(hold="P14D", validity="P30D")
    desk.earn(100, on(1, 1))

    desk.touch(on(6, 1))

    assert desk.moves() == [("earn", on(1, 1)), ("mature", on(1, 15)), ("expire", on(2, 14))]
    assert desk.entries() == [("earn", 0, 100, 0, 0), ("mature", 100, -100, 0, 0), ("expire", -100, 0, 0, 0)]
    assert desk.wallet.clock == on(6, 1)
    assert_books_check(desk.wallet)


def test_s1_the_clock_never_runs_back() -> None:
    desk = Desk()
    desk.earn(100, on(3, 1))

    moment = desk.touch(on(2, 1))

    assert moment == on(3, 1)
    assert desk.wallet.clock == on(3, 1)


def test_s1_an_entry_takes_effect_at_the_clock_when_its_event_is_late() -> None:
    desk = Desk()
    desk.earn(100, on(3, 1))

    lot = desk.earn(50, on(2, 1))

    assert desk.moves() == [("earn", on(3, 1)), ("earn", on(3, 1))]
    assert lot.earned_at == on(2, 1)


def test_s1_touching_posts_nothing_when_nothing_is_due() -> None:
    desk = Desk(hold="P14D")
    desk.earn(100, on(1, 1))

    desk.touch(on(1, 14))

    assert desk.entries() == [("earn", 0, 100, 0, 0)]
    assert desk.wallet.clock == on(1, 14)


@pytest.mark.parametrize(
    ("at", "buckets"),
    [
        pytest.param(on(1, 14, 23), (0, 100, 0, 0), id="an hour before"),
        pytest.param(on(1, 15), (100, 0, 0, 0), id="at its instant"),
    ],
)
def test_s1_a_lot_matures_at_its_instant(at, buckets) -> None:
    desk = Desk(hold="P14D")
    desk.earn(100, on(1, 1))

    desk.touch(at)

    assert desk.buckets == buckets


@pytest.mark.parametrize(
    ("at", "available"),
    [pytest.param(on(1, 30, 23), 100, id="an hour before"), pytest.param(on(1, 31), 0, id="at it")],
)
def test_s1_a_lot_expires_at_its_instant(at, available) -> None:
    desk = Desk(validity="P30D")
    desk.earn(100, on(1, 1))

    desk.touch(at)

    assert desk.buckets == (available, 0, 0, 0)


def test_s1_due_things_happen_in_order_of_their_instants_whatever_the_order_of_posting() -> None:
    desk = Desk(hold="P10D")
    desk.earn(2, on(1, 5))
    desk.earn(1, on(1, 2))
    desk.earn(3, on(1, 8))

    desk.touch(on(2, 1))

    assert [entry[1] for entry in desk.entries(since=3)] == [1, 2, 3]


def test_s1_at_equal_instants_lots_mature_then_holds_end_then_lots_expire() -> None:
    """Of one kind the older goes first."""
    desk = Desk(hold="P10D", validity="P10D")
    desk.lot(40, expires_at=on(1, 20))
    desk.hold(30, on(1, 2), expires_at=on(1, 20))
    desk.earn(5, on(1, 10))
    desk.earn(6, on(1, 10))
    posted = len(desk.wallet.entries)

    desk.touch(on(1, 20))

    assert desk.entries(since=posted) == [
        ("mature", 5, -5, 0, 0),
        ("mature", 6, -6, 0, 0),
        ("void", 30, 0, -30, 0),
        ("expire", -30, 0, 0, 0),
        ("expire", -10, 0, 0, 0),
    ]
    assert_books_check(desk.wallet)


def test_s1_entries_of_a_touch_carry_the_event_that_touched() -> None:
    desk = Desk(hold="P1D")
    desk.earn(100, on(1, 1))

    desk.touch(on(2, 1))

    assert [(entry.kind, entry.event) for entry in desk.wallet.entries] == [("earn", 1), ("mature", 2)]


def test_s1_effective_instants_never_run_back() -> None:
    """Given a wallet touched late, when an older lot matures after all, then it takes effect at the clock."""
    desk = Desk(hold="P10D")
    desk.earn(1, on(3, 1))
    desk.earn(2, on(2, 25))  # late, still pending until 7 March
    desk.touch(on(5, 1))

    assert desk.moves() == [
        ("earn", on(3, 1)),
        ("earn", on(3, 1)),
        ("mature", on(3, 7)),
        ("mature", on(3, 11)),
    ]
