"""Moving what a wallet holds to another card's wallet, and back: merging cards (S29)."""

from __future__ import annotations

import pytest

from loyalty.ledger import book
from loyalty.ledger.book import Wallet
from tests.loyalty.ledger.desk import Desk, assert_books_check, on


def merge(old: Desk, new: Desk, at: object) -> None:
    book.transfer(source=old.wallet, target=new.wallet, at=at, event="merge")


def part(old: Desk, new: Desk, at: object) -> None:
    moved = [
        (lot, lot.origin) for lot in sorted(new.wallet.lots) if getattr(lot.origin, "wallet", 0) is old.wallet
    ]
    book.move_back(source=new.wallet, moved=moved, at=at, event="part")


def check(*desks: Desk) -> None:
    """Each book is in order, and what was moved sums to nothing."""
    for desk in desks:
        assert_books_check(desk.wallet)
    moved = [entry for desk in desks for entry in desk.wallet.entries if entry.kind == "transfer"]
    for bucket in ("available", "pending", "held", "debt"):
        assert sum(getattr(entry, bucket) for entry in moved) == 0


def test_s29_lots_keep_their_dates_in_the_other_wallet() -> None:
    old, new = Desk(hold="P14D", validity="P1Y"), Desk(hold="P14D", validity="P1Y")
    first, second = old.earn(100, on(1, 1)), old.earn(50, on(1, 20))

    merge(old, new, on(1, 25))

    assert (old.buckets, new.buckets) == ((0, 0, 0, 0), (100, 50, 0, 0))
    made = sorted(new.wallet.lots)
    assert [lot.origin for lot in made] == [first, second]
    assert [(lot.earned_at, lot.available_at, lot.expires_at) for lot in made] == [
        (lot.earned_at, lot.available_at, lot.expires_at) for lot in (first, second)
    ]
    assert new.entries() == [("transfer", 100, 50, 0, 0)]
    new.touch(on(2, 3))
    assert new.buckets == (150, 0, 0, 0)
    new.touch(on(1, 15, year=2026))
    assert new.buckets == (50, 0, 0, 0)
    check(old, new)


def test_s29_a_wallet_with_nothing_moves_nothing_and_touches_nobody() -> None:
    old, new = Desk(), Desk()
    old.touch(on(1, 1))

    merge(old, new, on(1, 2))

    assert new.wallet.clock is None
    assert old.entries() == new.entries() == []


def test_s29_nothing_is_moved_after_its_expiry_by_the_later_of_the_two_clocks() -> None:
    old, new = Desk(validity="P10D"), Desk()
    old.earn(100, on(1, 1))
    new.touch(on(2, 1))

    merge(old, new, on(1, 5))

    assert old.moves() == [("earn", on(1, 1)), ("expire", on(1, 11))]
    assert (old.wallet.clock, new.buckets) == (on(2, 1), (0, 0, 0, 0))
    check(old, new)


def test_s29_the_survivors_debt_is_repaid_by_what_comes() -> None:
    old, new = Desk(), Desk()
    lot = new.earn(80, on(1, 1))
    new.spend(80, on(1, 2))
    new.claw_back(lot, 80, on(1, 3))
    old.earn(50, on(1, 4))

    merge(old, new, on(1, 5))

    assert new.buckets == (0, 0, 0, 30)
    assert new.entries(since=3) == [("transfer", 50, 0, 0, 0), ("repay", -50, 0, 0, -50)]
    check(old, new)


@pytest.mark.parametrize(
    ("has", "left"),
    [pytest.param(100, (20, 0, 0, 0), id="repaid"), pytest.param(30, (0, 0, 0, 50), id="owed-on")],
)
def test_s29_a_debt_that_comes_is_repaid_by_what_the_survivor_has(has: int, left: tuple[int, ...]) -> None:
    old, new = Desk(), Desk()
    lot = old.earn(80, on(1, 1))
    old.spend(80, on(1, 2))
    old.claw_back(lot, 80, on(1, 3))
    new.earn(has, on(1, 4))

    merge(old, new, on(1, 5))

    assert (old.buckets, new.buckets) == ((0, 0, 0, 0), left)
    check(old, new)


def test_s19_a_clawback_takes_the_successor_then_what_expired_anywhere_then_other_lots_then_a_debt() -> None:
    old, new = Desk(validity="P30D"), Desk(validity="P30D")
    own = old.earn(100, on(1, 1))
    other = new.earn(10, on(1, 2))
    merge(old, new, on(1, 3))
    new.spend(30, on(1, 4))  # of the successor, which expires first

    clawback = new.claw_back(own, 100, on(1, 5))

    assert clawback == (80, 0, 20, 0)
    assert other.remaining == 0
    check(old, new)


def test_s19_what_expired_before_and_after_the_merge_has_no_effect() -> None:
    old, new = Desk(validity="P30D"), Desk(validity="P30D")
    own = old.earn(100, on(1, 1))
    spent = old.spend(40, on(1, 2))
    merge(old, new, on(1, 3))
    new.touch(on(2, 10))
    old.cancel(spent, on(2, 11))

    clawback = new.claw_back(own, 100, on(2, 12))

    assert clawback == (0, 100, 0, 0)
    assert [(lot.expired, lot.expired_reversed) for lot in own.family()] == [(40, 40), (60, 60)]
    check(old, new)


def test_s19_a_pending_successor_is_taken_from_pending() -> None:
    old, new = Desk(hold="P14D"), Desk(hold="P14D")
    own = old.earn(100, on(1, 1))
    merge(old, new, on(1, 3))

    new.claw_back(own, 60, on(1, 4))

    assert new.buckets == (0, 40, 0, 0)
    check(old, new)


def test_s29_parted_what_is_left_goes_back_to_its_lot() -> None:
    old, new = Desk(hold="P14D", validity="P30D"), Desk(hold="P14D", validity="P30D")
    own = old.earn(100, on(1, 1))
    mine = new.earn(10, on(1, 1, 1))
    merge(old, new, on(1, 3))
    new.spend(30, on(1, 20))

    part(old, new, on(1, 21))

    assert (old.buckets, new.buckets) == ((70, 0, 0, 0), (10, 0, 0, 0))
    assert (own.remaining, own.matured, mine.remaining) == (70, True, 10)
    check(old, new)
    old.touch(on(2, 20))
    assert old.buckets == (0, 0, 0, 0)


def test_s29_parted_while_pending_it_matures_where_it_was_earned() -> None:
    old, new = Desk(hold="P14D"), Desk(hold="P14D")
    own = old.earn(100, on(1, 1))
    merge(old, new, on(1, 3))

    part(old, new, on(1, 4))

    assert (old.buckets, new.buckets) == ((0, 100, 0, 0), (0, 0, 0, 0))
    old.touch(on(1, 15))
    assert old.buckets == (100, 0, 0, 0)
    assert [one.remaining for one in own.family()] == [100, 0]
    check(old, new)


def test_s29_what_expired_meanwhile_stays_expired_where_it_did() -> None:
    old, new = Desk(validity="P30D"), Desk(validity="P30D")
    own = old.earn(100, on(1, 1))
    merge(old, new, on(1, 3))

    part(old, new, on(3, 1))

    assert (old.buckets, new.buckets) == ((0, 0, 0, 0), (0, 0, 0, 0))
    assert old.claw_back(own, 100, on(3, 2)) == (0, 100, 0, 0)
    check(old, new)


def test_s29_merged_twice_and_parted_twice_everything_is_where_it_was() -> None:
    first, second, third = Desk(), Desk(), Desk()
    lot = first.earn(100, on(1, 1))
    merge(first, second, on(1, 2))
    merge(second, third, on(1, 3))
    assert third.buckets == (100, 0, 0, 0)

    part(second, third, on(1, 4))
    part(first, second, on(1, 5))

    assert lot.remaining == 100
    assert [desk.buckets for desk in (second, third)] == [(0, 0, 0, 0)] * 2
    check(first, second, third)


def test_what_is_held_cannot_be_moved() -> None:
    old, new = Desk(), Desk()
    old.earn(100, on(1, 1))
    old.hold(10, on(1, 2))

    with pytest.raises(AssertionError, match="held"):
        merge(old, new, on(1, 3))


def test_moving_needs_all_open_lots() -> None:
    old, new = Desk(), Desk()
    new.wallet = Wallet(card_id=2, rules=new.rules)

    with pytest.raises(AssertionError, match="complete"):
        merge(old, new, on(1, 3))
