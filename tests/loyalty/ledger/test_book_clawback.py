"""Taking back what a reward granted: the order of S19."""

from __future__ import annotations

import pytest

from tests.loyalty.ledger.desk import Desk, assert_books_check, on


def test_worked_example_4_what_was_spent_becomes_a_debt_that_earning_repays() -> None:
    desk = Desk()
    lot = desk.earn(100, on(1, 1))
    desk.spend(80, on(1, 2))

    clawback = desk.claw_back(lot, 100, on(1, 3))

    assert clawback == (20, 0, 80, 0)
    assert desk.buckets == (0, 0, 0, 80)
    desk.earn(50, on(1, 4))
    assert desk.buckets == (0, 0, 0, 30)
    desk.earn(40, on(1, 5))
    assert desk.buckets == (10, 0, 0, 0)
    assert_books_check(desk.wallet)


def test_s19_the_own_lot_comes_first_though_another_expires_sooner() -> None:
    desk = Desk()
    sooner = desk.lot(100, expires_at=on(3, 1))
    own = desk.lot(100, expires_at=None)

    clawback = desk.claw_back(own, 60, on(2, 1))

    assert (clawback.taken, own.remaining, sooner.remaining) == (60, 40, 100)
    assert desk.entries() == [("reverse", -60, 0, 0, 0)]


def test_s19_a_pending_own_lot_is_taken_from_pending() -> None:
    desk = Desk(hold="P14D")
    own = desk.earn(100, on(1, 1))

    desk.claw_back(own, 60, on(1, 2))

    assert desk.buckets == (0, 40, 0, 0)
    assert desk.entries(since=1) == [("reverse", 0, -60, 0, 0)]


def test_s19_what_is_held_counts_as_spent() -> None:
    desk = Desk()
    own = desk.lot(100, expires_at=None)
    hold = desk.hold(70, on(2, 1))

    clawback = desk.claw_back(own, 100, on(2, 2))

    assert clawback == (30, 0, 70, 0)
    assert desk.buckets == (0, 0, 70, 70)
    desk.void(hold, on(2, 3))
    assert desk.buckets == (0, 0, 0, 0)


def test_s19_what_had_expired_has_no_effect() -> None:
    desk = Desk()
    own = desk.lot(100, expires_at=on(3, 1))
    desk.spend(30, on(2, 1))
    desk.touch(on(3, 1))
    posted = len(desk.wallet.entries)

    first = desk.claw_back(own, 50, on(3, 2))
    second = desk.claw_back(own, 50, on(3, 3))

    assert first == (0, 50, 0, 0)
    assert second == (0, 20, 30, 0)
    assert own.expired_reversed == 70
    assert desk.buckets == (0, 0, 0, 30)
    assert desk.entries(since=posted) == [("reverse", 0, 0, 0, 30)]


def test_s19_then_other_available_lots_by_earliest_expiry_then_by_age() -> None:
    desk = Desk()
    own = desk.lot(100, expires_at=on(2, 15))
    desk.spend(100, on(2, 1))
    never = desk.lot(20, expires_at=None)
    june = desk.lot(20, expires_at=on(6, 1))
    march = desk.lot(20, expires_at=on(3, 1))
    also_march = desk.lot(20, expires_at=on(3, 1))

    desk.claw_back(own, 30, on(2, 2))
    assert [lot.remaining for lot in (march, also_march, june, never)] == [0, 10, 20, 20]
    desk.claw_back(own, 40, on(2, 3))

    assert [lot.remaining for lot in (march, also_march, june, never)] == [0, 0, 0, 10]
    assert desk.buckets == (10, 0, 0, 0)


def test_s19_never_another_rewards_pending_lot() -> None:
    desk = Desk(hold="P14D")
    own = desk.lot(100, expires_at=None)
    desk.spend(100, on(2, 1))
    pending = desk.earn(500, on(2, 2))

    clawback = desk.claw_back(own, 100, on(2, 3))

    assert clawback.debt == 100
    assert (pending.remaining, desk.buckets) == (500, (0, 500, 0, 100))


def test_s19_one_clawback_takes_from_everywhere_in_order_in_one_entry() -> None:
    desk = Desk()
    own = desk.lot(100, expires_at=on(3, 1))
    other = desk.lot(15, expires_at=None)
    spend = desk.spend(90, on(2, 1))
    desk.touch(on(3, 1))
    desk.cancel(spend, on(3, 2), amount=10)  # past its expiry: 20 have expired now
    posted = len(desk.wallet.entries)

    clawback = desk.claw_back(own, 100, on(3, 3), reward="r")

    assert clawback == (15, 20, 65, 0)
    assert (other.remaining, desk.buckets) == (0, (0, 0, 0, 65))
    assert desk.entries(since=posted) == [("reverse", -15, 0, 0, 65)]
    entry = desk.wallet.entries[-1]
    assert (list(entry.allocations), entry.reward) == ([(other, 15)], "r")


def test_s19_within_balance_forgives_what_is_no_longer_there() -> None:
    desk = Desk(clawback="within_balance")
    own = desk.lot(100, expires_at=None)
    desk.spend(80, on(2, 1))

    clawback = desk.claw_back(own, 100, on(2, 2))

    assert clawback == (20, 0, 0, 80)
    assert desk.buckets == (0, 0, 0, 0)


def test_s19_a_clawback_that_moves_nothing_posts_nothing() -> None:
    desk = Desk(clawback="within_balance")
    own = desk.lot(100, expires_at=None)
    desk.spend(100, on(2, 1))
    posted = len(desk.wallet.entries)

    assert desk.claw_back(own, 100, on(2, 2)) == (0, 0, 0, 100)

    assert len(desk.wallet.entries) == posted


def test_s19_what_had_repaid_a_debt_counts_as_spent() -> None:
    desk = Desk()
    first = desk.lot(80, expires_at=None)
    desk.spend(80, on(2, 1))
    desk.claw_back(first, 80, on(2, 2))
    second = desk.earn(50, on(2, 3))
    assert desk.buckets == (0, 0, 0, 30)

    desk.claw_back(second, 50, on(2, 4))

    assert desk.buckets == (0, 0, 0, 80)


def test_s19_maturing_comes_before_taking_back() -> None:
    """The lot of the reward matures at that very instant and repays: it then counts as spent."""
    desk = Desk(hold="P14D")
    first = desk.lot(80, expires_at=None)
    desk.spend(80, on(1, 1))
    own = desk.earn(50, on(1, 2))
    desk.claw_back(first, 80, on(1, 3))

    clawback = desk.claw_back(own, 50, on(1, 16))

    assert clawback == (0, 0, 50, 0)
    assert desk.buckets == (0, 0, 0, 80)


def test_s2_a_late_clawback_takes_from_what_there_is_now() -> None:
    desk = Desk()
    own = desk.lot(100, expires_at=on(3, 1))
    desk.touch(on(3, 2))

    clawback = desk.claw_back(own, 100, on(2, 1))

    assert clawback == (0, 100, 0, 0)


@pytest.mark.parametrize("amount", [0, -5])
def test_an_amount_taken_back_is_above_0(amount) -> None:
    desk = Desk()
    lot = desk.lot(100, expires_at=None)

    with pytest.raises(ValueError, match="above 0"):
        desk.claw_back(lot, amount, on(2, 1))
