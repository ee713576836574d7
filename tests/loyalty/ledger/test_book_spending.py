"""Spending at once, and giving spent amounts back (S11, S24)."""

from __future__ import annotations

import pytest

from loyalty.exceptions import (
    CurrencyNotSpendable,
    InsufficientPoints,
    SpendingRefusedByDebt,
    SpendStateInvalid,
)
from tests.loyalty.ledger.desk import Desk, assert_books_check, on


def test_worked_example_3_a_cancelled_spend_returns_each_lot_with_its_own_expiry() -> None:
    desk = Desk()
    march = desk.lot(100, expires_at=on(3, 1))
    june = desk.lot(50, expires_at=on(6, 1))

    spend = desk.spend(120, on(2, 1))
    assert [(draw.lot, draw.amount) for draw in spend.draws] == [(march, 100), (june, 20)]
    desk.cancel(spend, on(3, 2))

    assert desk.buckets == (50, 0, 0, 0)
    assert (march.remaining, march.expired, june.remaining) == (0, 100, 50)
    assert desk.entries() == [("spend", -120, 0, 0, 0), ("return", 120, 0, 0, 0), ("expire", -100, 0, 0, 0)]
    assert desk.moves()[-1] == ("expire", on(3, 2))
    assert (spend.status, spend.captured, spend.returned, spend.draws) == ("cancelled", 120, 120, [])
    assert_books_check(desk.wallet)


def test_lots_are_drawn_by_earliest_expiry_then_by_age_and_those_without_expiry_last() -> None:
    desk = Desk()
    never = desk.lot(10, expires_at=None)
    june = desk.lot(10, expires_at=on(6, 1))
    march = desk.lot(10, expires_at=on(3, 1))
    also_march = desk.lot(10, expires_at=on(3, 1))

    spend = desk.spend(35, on(1, 2))

    assert [draw.lot for draw in spend.draws] == [march, also_march, june, never]
    assert [draw.amount for draw in spend.draws] == [10, 10, 10, 5]


def test_a_spend_is_one_entry_with_what_it_took_from_each_lot() -> None:
    desk = Desk()
    lot = desk.lot(100, expires_at=None)

    spend = desk.spend(30, on(1, 2), key="order 7")

    (entry,) = desk.wallet.entries
    assert (entry.kind, entry.available, entry.spend, entry.effective_at) == ("spend", -30, spend, on(1, 2))
    assert list(entry.allocations) == [(lot, 30)]
    assert (spend.key, spend.status, spend.amount, spend.captured) == ("order 7", "spent", 30, 30)


def test_all_that_is_available_can_be_spent_and_not_one_more() -> None:
    desk = Desk(hold="P14D")
    desk.lot(100, expires_at=None)
    desk.earn(7, on(1, 2))
    posted = len(desk.wallet.entries)

    with pytest.raises(InsufficientPoints) as refusal:
        desk.spend(101, on(1, 2))

    assert refusal.value.params == {"asked": "101", "available": "100"}
    assert desk.buckets == (100, 7, 0, 0)
    assert len(desk.wallet.entries) == posted
    desk.spend(100, on(1, 2))
    assert desk.buckets == (0, 7, 0, 0)


def test_a_refusal_speaks_in_units_of_the_currency() -> None:
    desk = Desk(decimals=2)
    desk.lot(1005, expires_at=None)

    with pytest.raises(InsufficientPoints) as refusal:
        desk.spend(2000, on(1, 2))

    assert refusal.value.params == {"asked": "20.00", "available": "10.05"}


def test_what_expired_by_now_cannot_be_spent() -> None:
    """The refused spend has settled the wallet: the expiry stays posted."""
    desk = Desk()
    desk.lot(100, expires_at=on(3, 1))

    with pytest.raises(InsufficientPoints):
        desk.spend(1, on(3, 1))

    assert desk.moves() == [("expire", on(3, 1))]
    assert desk.wallet.clock == on(3, 1)


def test_s11_spending_is_refused_while_there_is_a_debt() -> None:
    desk = Desk(hold="P14D")
    lot = desk.lot(80, expires_at=None)
    desk.spend(80, on(1, 2))
    desk.claw_back(lot, 80, on(1, 3))
    desk.earn(500, on(1, 4))

    with pytest.raises(SpendingRefusedByDebt):
        desk.spend(1, on(1, 5))
    with pytest.raises(SpendingRefusedByDebt):
        desk.hold(1, on(1, 5))

    assert desk.buckets == (0, 500, 0, 80)


def test_a_currency_that_cannot_be_spent_refuses_before_anything_is_touched() -> None:
    desk = Desk(spendable=False)
    desk.lot(100, expires_at=on(3, 1))

    with pytest.raises(CurrencyNotSpendable):
        desk.spend(1, on(6, 1))
    with pytest.raises(CurrencyNotSpendable):
        desk.hold(1, on(6, 1))

    assert (desk.wallet.clock, desk.wallet.entries) == (None, [])


def test_s2_a_late_spend_takes_from_what_there_is_now() -> None:
    desk = Desk()
    desk.lot(100, expires_at=on(3, 1))
    desk.touch(on(3, 2))

    with pytest.raises(InsufficientPoints):
        desk.spend(1, on(2, 1))


def test_s24_a_returned_lot_still_expires_in_time() -> None:
    desk = Desk()
    desk.lot(100, expires_at=on(3, 1))
    spend = desk.spend(100, on(2, 1))
    desk.cancel(spend, on(2, 2))
    assert desk.buckets == (100, 0, 0, 0)

    desk.touch(on(3, 1))

    assert desk.buckets == (0, 0, 0, 0)
    assert_books_check(desk.wallet)


def test_s24_a_return_repays_the_debt_first_even_past_its_expiry() -> None:
    desk = Desk()
    lot = desk.lot(100, expires_at=on(3, 1))
    spend = desk.spend(100, on(2, 1))
    desk.claw_back(lot, 60, on(2, 2))
    assert desk.buckets == (0, 0, 0, 60)
    posted = len(desk.wallet.entries)

    desk.cancel(spend, on(4, 1))

    assert desk.buckets == (0, 0, 0, 0)
    assert desk.entries(since=posted) == [
        ("return", 100, 0, 0, 0),
        ("repay", -60, 0, 0, -60),
        ("expire", -40, 0, 0, 0),
    ]
    assert lot.expired == 40


def test_s24_of_several_returned_lots_the_earliest_expiring_repay_first() -> None:
    desk = Desk()
    june = desk.lot(50, expires_at=on(6, 1))
    march = desk.lot(50, expires_at=on(3, 1))
    spend = desk.spend(100, on(2, 1))
    desk.claw_back(june, 30, on(2, 2))

    desk.cancel(spend, on(2, 3))

    assert (march.remaining, june.remaining) == (20, 50)


def test_s24_a_partial_return_gives_back_the_latest_expiring_draws() -> None:
    desk = Desk()
    march = desk.lot(100, expires_at=on(3, 1))
    june = desk.lot(50, expires_at=on(6, 1))
    spend = desk.spend(120, on(2, 1))

    desk.cancel(spend, on(2, 2), amount=30)

    assert (march.remaining, june.remaining) == (10, 50)
    assert (spend.status, spend.returned) == ("spent", 30)
    assert [(draw.lot, draw.amount) for draw in spend.draws] == [(march, 90)]
    desk.cancel(spend, on(2, 3))
    assert (spend.status, spend.returned, desk.buckets) == ("cancelled", 120, (150, 0, 0, 0))


def test_a_spend_is_cancelled_once() -> None:
    desk = Desk()
    desk.lot(100, expires_at=None)
    spend = desk.spend(100, on(2, 1))
    desk.cancel(spend, on(2, 2))

    with pytest.raises(SpendStateInvalid):
        desk.cancel(spend, on(2, 3))

    assert desk.buckets == (100, 0, 0, 0)


def test_no_more_than_what_is_left_of_a_spend_is_returned() -> None:
    desk = Desk()
    desk.lot(100, expires_at=None)
    spend = desk.spend(60, on(2, 1))
    desk.cancel(spend, on(2, 2), amount=50)

    with pytest.raises(SpendStateInvalid):
        desk.cancel(spend, on(2, 3), amount=11)

    assert desk.buckets == (90, 0, 0, 0)


@pytest.mark.parametrize("amount", [0, -1])
def test_amounts_are_above_0(amount) -> None:
    desk = Desk()
    desk.lot(100, expires_at=None)
    spend = desk.spend(10, on(2, 1))
    hold = desk.hold(10, on(2, 1))

    with pytest.raises(ValueError, match="above 0"):
        desk.spend(amount, on(2, 1))
    with pytest.raises(ValueError, match="above 0"):
        desk.hold(amount, on(2, 1))
    with pytest.raises(ValueError, match="above 0"):
        desk.capture(hold, on(2, 1), amount=amount)
    with pytest.raises(ValueError, match="above 0"):
        desk.cancel(spend, on(2, 1), amount=amount)

    assert desk.buckets == (80, 0, 10, 0)


def test_choosing_among_lots_needs_all_of_them() -> None:
    desk = Desk()
    lot = desk.lot(100, expires_at=None)
    desk.wallet.complete = False

    with pytest.raises(AssertionError, match="complete"):
        desk.spend(1, on(2, 1))
    with pytest.raises(AssertionError, match="complete"):
        desk.adjust(-1, on(2, 1))
    with pytest.raises(AssertionError, match="complete"):
        desk.claw_back(lot, 1, on(2, 1))
    assert desk.buckets == (100, 0, 0, 0)
