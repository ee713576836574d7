"""Two-phase spending: hold, then capture or void, or the hold ends by itself."""

from __future__ import annotations

import pytest

from loyalty.exceptions import CaptureTooLarge, HoldExpired, SpendStateInvalid
from tests.loyalty.ledger.desk import Desk, assert_books_check, on


def test_a_hold_sets_points_aside_without_spending_them() -> None:
    desk = Desk()
    lot = desk.lot(100, expires_at=None)

    hold = desk.hold(60, on(2, 1), key="basket 5")

    assert desk.buckets == (40, 0, 60, 0)
    assert (lot.remaining, lot.held) == (40, 60)
    assert (hold.status, hold.key, hold.captured, desk.wallet.holds) == ("held", "basket 5", 0, [hold])
    assert desk.entries() == [("hold", -60, 0, 60, 0)]


def test_capturing_all_of_a_hold_spends_it() -> None:
    desk = Desk()
    lot = desk.lot(100, expires_at=None)
    hold = desk.hold(60, on(2, 1))

    desk.capture(hold, on(2, 2))

    assert desk.buckets == (40, 0, 0, 0)
    assert (lot.remaining, lot.held) == (40, 0)
    assert (hold.status, hold.captured, desk.wallet.holds) == ("spent", 60, [])
    assert desk.entries(since=1) == [("capture", 0, 0, -60, 0)]


def test_capturing_all_of_a_hold_while_in_debt_posts_nothing_else() -> None:
    """Nothing returns, so nothing repays: no entry moves nothing."""
    desk = Desk()
    lot = desk.lot(60, expires_at=None)
    hold = desk.hold(60, on(2, 1))
    desk.claw_back(lot, 10, on(2, 1))

    desk.capture(hold, on(2, 2))

    assert desk.buckets == (0, 0, 0, 10)
    assert [entry[0] for entry in desk.entries()] == ["hold", "reverse", "capture"]


def test_a_partial_capture_spends_the_earliest_expiring_and_returns_the_rest() -> None:
    desk = Desk()
    june = desk.lot(50, expires_at=on(6, 1))
    march = desk.lot(50, expires_at=on(3, 1))
    hold = desk.hold(80, on(2, 1))

    desk.capture(hold, on(2, 2), amount=60)

    assert (march.remaining, march.held, june.remaining, june.held) == (0, 0, 40, 0)
    assert [(draw.lot, draw.amount) for draw in hold.draws] == [(march, 50), (june, 10)]
    assert desk.entries(since=1) == [("capture", 20, 0, -80, 0)]
    assert_books_check(desk.wallet)


def test_what_a_partial_capture_returns_past_its_expiry_expires_at_once() -> None:
    desk = Desk()
    march = desk.lot(50, expires_at=on(3, 1))
    hold = desk.hold(50, on(2, 1))

    desk.capture(hold, on(3, 2), amount=30)

    assert desk.buckets == (0, 0, 0, 0)
    assert (march.held, march.expired) == (0, 20)
    assert hold.captured == 30


def test_voiding_a_hold_returns_everything() -> None:
    desk = Desk()
    lot = desk.lot(100, expires_at=None)
    hold = desk.hold(60, on(2, 1))

    desk.void(hold, on(2, 2))

    assert desk.buckets == (100, 0, 0, 0)
    assert (lot.remaining, lot.held) == (100, 0)
    assert (hold.status, hold.draws, desk.wallet.holds) == ("voided", [], [])


def test_held_points_do_not_expire_until_the_hold_ends() -> None:
    """The held part of an expiring lot counts as spent; voided later it returns and expires at once."""
    desk = Desk()
    lot = desk.lot(100, expires_at=on(3, 1))
    hold = desk.hold(60, on(2, 1))
    desk.touch(on(3, 2))
    assert desk.buckets == (0, 0, 60, 0)
    assert (lot.expired, lot.held) == (40, 60)

    desk.void(hold, on(3, 3))

    assert desk.buckets == (0, 0, 0, 0)
    assert lot.expired == 100
    assert desk.moves()[-2:] == [("void", on(3, 3)), ("expire", on(3, 3))]


def test_a_hold_ends_by_itself_at_its_instant() -> None:
    desk = Desk()
    desk.lot(100, expires_at=None)
    hold = desk.hold(60, on(2, 1), expires_at=on(2, 3))
    desk.touch(on(2, 2, 23))
    assert desk.buckets == (40, 0, 60, 0)

    desk.touch(on(2, 10))

    assert desk.buckets == (100, 0, 0, 0)
    assert hold.status == "voided"
    assert desk.moves(since=1) == [("void", on(2, 3))]


def test_a_hold_that_ends_repays_the_debt() -> None:
    desk = Desk()
    lot = desk.lot(100, expires_at=None)
    desk.hold(100, on(2, 1), expires_at=on(2, 5))
    desk.claw_back(lot, 70, on(2, 2))
    assert desk.buckets == (0, 0, 100, 70)

    desk.touch(on(2, 5))

    assert desk.buckets == (30, 0, 0, 0)


@pytest.mark.parametrize("is_swept_before", [False, True])
def test_an_ended_hold_can_neither_be_captured_nor_voided(is_swept_before) -> None:
    """The answer does not depend on whether a sweep came in between."""
    desk = Desk()
    desk.lot(100, expires_at=None)
    hold = desk.hold(60, on(2, 1), expires_at=on(2, 3))
    if is_swept_before:
        desk.touch(on(2, 4))

    with pytest.raises(HoldExpired):
        desk.capture(hold, on(2, 5))
    with pytest.raises(HoldExpired):
        desk.void(hold, on(2, 5))

    assert desk.buckets == (100, 0, 0, 0)


def test_a_hold_has_expired_at_its_instant() -> None:
    desk = Desk()
    desk.lot(100, expires_at=None)
    hold = desk.hold(60, on(2, 1), expires_at=on(2, 3))

    with pytest.raises(HoldExpired):
        desk.capture(hold, on(2, 3))


@pytest.mark.parametrize("end", ["capture", "void"])
def test_a_hold_ends_once(end) -> None:
    desk = Desk()
    desk.lot(100, expires_at=None)
    hold = desk.hold(60, on(2, 1))
    getattr(desk, end)(hold, on(2, 2))
    buckets = desk.buckets

    with pytest.raises(SpendStateInvalid):
        desk.capture(hold, on(2, 3))
    with pytest.raises(SpendStateInvalid):
        desk.void(hold, on(2, 3))

    assert desk.buckets == buckets


def test_no_more_is_captured_than_is_held() -> None:
    desk = Desk()
    desk.lot(100, expires_at=None)
    hold = desk.hold(60, on(2, 1))

    with pytest.raises(CaptureTooLarge) as refusal:
        desk.capture(hold, on(2, 2), amount=61)

    assert refusal.value.params == {"asked": "61", "held": "60"}
    assert desk.buckets == (40, 0, 60, 0)


def test_an_open_hold_is_not_cancelled_but_voided() -> None:
    desk = Desk()
    desk.lot(100, expires_at=None)
    hold = desk.hold(60, on(2, 1))

    with pytest.raises(SpendStateInvalid):
        desk.cancel(hold, on(2, 2))

    assert desk.buckets == (40, 0, 60, 0)


def test_a_captured_hold_is_cancelled_like_a_spend() -> None:
    desk = Desk()
    desk.lot(100, expires_at=None)
    hold = desk.hold(60, on(2, 1))
    desk.capture(hold, on(2, 2), amount=50)

    desk.cancel(hold, on(2, 3))

    assert desk.buckets == (100, 0, 0, 0)
    assert (hold.status, hold.captured, hold.returned) == ("cancelled", 50, 50)


def test_s2_a_hold_posted_after_its_own_end_is_voided_in_the_same_breath() -> None:
    desk = Desk()
    desk.lot(100, expires_at=None)
    desk.touch(on(3, 1))

    hold = desk.hold(60, on(2, 1), expires_at=on(2, 2))

    assert hold.status == "voided"
    assert desk.buckets == (100, 0, 0, 0)
    assert desk.moves() == [("hold", on(3, 1)), ("void", on(3, 1))]


def test_a_hold_that_was_loaded_by_itself_is_captured_all_the_same() -> None:
    desk = Desk()
    desk.lot(100, expires_at=None)
    hold = desk.hold(60, on(2, 1), expires_at=on(2, 3))
    desk.wallet.holds.clear()

    with pytest.raises(HoldExpired):
        desk.capture(hold, on(2, 5))

    assert desk.buckets == (100, 0, 0, 0)
