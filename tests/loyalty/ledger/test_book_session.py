"""Working with a loaded wallet: what is handed to the writer, partial loading, and long sessions."""

from __future__ import annotations

from datetime import timedelta

import pytest

from loyalty.ledger import book
from loyalty.ledger.book import Lot, Wallet
from tests.loyalty.ledger.desk import Desk, assert_books_check, on


def make_lot(wallet: Wallet, amount: int, pk: int, **values: object) -> Lot:
    """A lot as loaded from its row."""
    row = {
        "available_at": on(1, 1),
        "expires_at": None,
        "earned_at": on(1, 1),
        "remaining": amount,
        "matured": True,
    }
    return Lot(wallet=wallet, amount=amount, pk=pk, **(row | values))


def test_draining_hands_over_all_that_changed_and_nothing_twice() -> None:
    desk = Desk()
    lot = desk.earn(100, on(1, 1))
    spend = desk.spend(30, on(1, 2))

    drained = book.drain(wallet=desk.wallet)

    assert [entry.kind for entry in drained.entries] == ["earn", "spend"]
    assert (drained.lots, drained.spends) == ([lot], [spend])
    assert book.drain(wallet=desk.wallet) == ([], [], [])
    assert (desk.wallet.dirty, lot.dirty, spend.dirty) == (False, False, False)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda desk, hold, _: desk.capture(hold, on(1, 3)), id="capture"),
        pytest.param(lambda desk, hold, _: desk.void(hold, on(1, 3)), id="void"),
        pytest.param(lambda desk, _, lot: desk.claw_back(lot, 100, on(1, 3)), id="claw back"),
        pytest.param(lambda desk, *_: desk.touch(on(3, 1)), id="expiry"),
        pytest.param(lambda desk, *_: desk.adjust(-5, on(1, 3)), id="adjust"),
    ],
)
def test_every_change_of_a_lot_is_handed_over(change) -> None:
    desk = Desk(validity="P30D")
    lot = desk.earn(100, on(1, 1))
    hold = desk.hold(30, on(1, 2), expires_at=on(2, 1))
    book.drain(wallet=desk.wallet)

    change(desk, hold, lot)

    assert desk.wallet.dirty
    assert lot in book.drain(wallet=desk.wallet).lots


def test_maturing_hands_over_the_lot() -> None:
    desk = Desk(hold="P14D")
    lot = desk.earn(100, on(1, 1))
    book.drain(wallet=desk.wallet)

    desk.touch(on(1, 15))

    assert book.drain(wallet=desk.wallet).lots == [lot]


def test_taking_back_what_had_expired_hands_over_the_lot_though_nothing_is_posted() -> None:
    desk = Desk(validity="P30D")
    lot = desk.earn(100, on(1, 1))
    desk.touch(on(3, 1))
    book.drain(wallet=desk.wallet)

    desk.claw_back(lot, 100, on(3, 1))

    assert desk.wallet.dirty
    assert book.drain(wallet=desk.wallet) == ([], [lot], [])


@pytest.mark.parametrize("end", ["capture", "void", "touch"])
def test_the_end_of_a_hold_hands_it_over(end) -> None:
    desk = Desk()
    desk.earn(100, on(1, 1))
    hold = desk.hold(30, on(1, 2), expires_at=on(2, 1))
    book.drain(wallet=desk.wallet)

    if end == "touch":
        desk.touch(on(2, 1))
    else:
        getattr(desk, end)(hold, on(1, 3))

    assert book.drain(wallet=desk.wallet).spends == [hold]


def test_a_lot_that_closes_in_the_same_session_is_handed_over_too() -> None:
    desk = Desk(validity="P30D")
    desk.touch(on(6, 1))

    lot = desk.earn(100, on(1, 1))

    assert book.drain(wallet=desk.wallet).lots == [lot]


def test_touching_where_nothing_is_due_moves_only_the_clock() -> None:
    desk = Desk()
    desk.earn(100, on(1, 1))
    book.drain(wallet=desk.wallet)

    desk.touch(on(1, 1))
    assert not desk.wallet.dirty
    desk.touch(on(1, 2))

    assert desk.wallet.dirty
    assert book.drain(wallet=desk.wallet) == ([], [], [])


def test_earning_needs_only_the_lots_that_are_due() -> None:
    """Given 150 of which only the due 50 are loaded, when more is earned, then the buckets are right."""
    desk = Desk(validity="P1Y")
    wallet = Wallet(card_id=1, rules=desk.rules, pk=1, available=100, pending=50, clock=on(1, 1))
    due = make_lot(wallet, 50, pk=2, available_at=on(1, 10), matured=False)
    wallet.lots.append(due)
    desk.wallet = wallet

    desk.earn(7, on(2, 1))

    assert desk.buckets == (157, 0, 0, 0)
    assert desk.moves() == [("mature", on(1, 10)), ("earn", on(2, 1))]


def test_a_return_needs_only_the_lots_of_the_spend() -> None:
    desk = Desk()
    wallet = Wallet(card_id=1, rules=desk.rules, pk=1, available=900, clock=on(2, 1))
    closed = make_lot(wallet, 100, pk=1, remaining=0, expires_at=on(3, 1))
    spend = book.Spend(
        wallet=wallet,
        key="s",
        amount=100,
        status="spent",
        at=on(1, 2),
        captured=100,
        draws=[book.Draw(closed, 100)],
        pk=1,
    )
    desk.wallet = wallet

    desk.cancel(spend, on(2, 2))

    assert desk.buckets == (1000, 0, 0, 0)
    desk.touch(on(3, 1))
    assert desk.buckets == (900, 0, 0, 0)


def test_age_is_told_by_key_and_new_lots_are_younger_than_all_with_a_key() -> None:
    desk = Desk()
    wallet = desk.wallet
    new = desk.earn(10, on(1, 1))
    wallet.lots += [make_lot(wallet, 10, pk=9), make_lot(wallet, 10, pk=8)]
    wallet.available += 20

    spend = desk.spend(30, on(1, 2))

    assert [draw.lot.pk for draw in spend.draws] == [8, 9, None]
    assert spend.draws[-1].lot is new


def test_lots_loaded_later_in_the_session_fall_due_too() -> None:
    desk = Desk(hold="P14D")
    desk.earn(10, on(1, 1))
    wallet = desk.wallet
    wallet.lots.append(make_lot(wallet, 5, pk=1, available_at=on(1, 5), matured=False))
    wallet.pending += 5

    desk.touch(on(1, 5))

    assert desk.buckets == (5, 10, 0, 0)


def test_a_long_session_does_not_gather_closed_lots() -> None:
    desk = Desk(validity="P10D")
    for day in range(1000):
        desk.earn(1, on(1, 1) + timedelta(day))

    assert desk.buckets == (10, 0, 0, 0)
    assert len(desk.wallet.lots) <= 40
    assert_books_check(desk.wallet)


def test_a_closed_lot_that_was_dropped_takes_a_return() -> None:
    desk = Desk(validity="P1Y")
    lot = desk.earn(100, on(1, 1))
    spend = desk.spend(100, on(1, 1))
    for _ in range(100):
        desk.earn(1, on(1, 2))
        desk.spend(1, on(1, 2))
    assert lot not in desk.wallet.lots

    desk.cancel(spend, on(1, 3))

    assert_books_check(desk.wallet)
    desk.touch(on(1, 1, year=2026))
    assert (lot.expired, desk.buckets) == (100, (0, 0, 0, 0))


def test_expiring_tells_what_goes_by_when() -> None:
    desk = Desk(hold="P14D", validity="P30D")
    desk.lot(100, expires_at=on(3, 1))
    desk.lot(10, expires_at=on(3, 1))
    desk.lot(50, expires_at=on(6, 1))
    desk.lot(70, expires_at=None)
    desk.earn(7, on(1, 2))  # pending, expires 15 February
    desk.hold(40, on(1, 3))

    assert book.expiring(wallet=desk.wallet, until=on(3, 1)) == [(on(2, 15), 7), (on(3, 1), 70)]


def test_expiring_leaves_out_what_will_repay_the_debt() -> None:
    desk = Desk(hold="P14D", validity="P30D")
    lot = desk.lot(30, expires_at=None)
    desk.spend(30, on(1, 1))
    desk.claw_back(lot, 30, on(1, 1))
    desk.earn(20, on(1, 3))
    desk.earn(20, on(1, 2))

    assert book.expiring(wallet=desk.wallet, until=on(12, 1)) == [(on(2, 16), 10)]


def test_the_balance_is_all_buckets_less_the_debt() -> None:
    desk = Desk()
    desk.wallet.available, desk.wallet.pending, desk.wallet.held, desk.wallet.debt = 0, 5, 3, 10

    assert desk.wallet.balance == -2
