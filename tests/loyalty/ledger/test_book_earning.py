"""Earning: holds, validity, late events and debts (S2, S10, S11), and corrections."""

from __future__ import annotations

import pytest

from loyalty.exceptions import InsufficientPoints
from tests.loyalty.ledger.desk import Desk, assert_books_check, on


def in_debt(amount: int, **rules: str) -> Desk:
    """A wallet that owes an amount since 1 January."""
    desk = Desk(**rules)
    lot = desk.lot(amount, expires_at=None)
    desk.spend(amount, on(1, 1))
    desk.claw_back(lot, amount, on(1, 1))
    assert desk.buckets == (0, 0, 0, amount)
    return desk


def test_s10_validity_starts_when_the_lot_becomes_available() -> None:
    """Worked example 10: bought 1 January, available 15 January, expires 15 January a year later."""
    desk = Desk(hold="P14D", validity="P365D")

    lot = desk.earn(100, on(1, 1))

    assert (lot.available_at, lot.expires_at) == (on(1, 15), on(1, 15, year=2026))
    assert desk.buckets == (0, 100, 0, 0)


def test_s10_a_lot_may_be_valid_to_the_end_of_the_local_day() -> None:
    desk = Desk(hold="P14D", validity="P365D", expires_end_of_day=True, zone="Europe/Moscow")

    lot = desk.earn(100, on(1, 1, 12))

    assert lot.expires_at == on(1, 15, 21, year=2026)  # midnight in Moscow


def test_s10_dates_keep_the_local_time_over_a_change_of_the_clocks() -> None:
    desk = Desk(hold="P14D", zone="Europe/Berlin")

    lot = desk.earn(100, on(3, 20, 9))  # 10:00 in winter

    assert lot.available_at == on(4, 3, 8)  # 10:00 in summer


def test_s10_a_currency_without_validity_never_expires() -> None:
    desk = Desk()
    lot = desk.earn(100, on(1, 1))

    desk.touch(on(1, 1, year=2125))

    assert lot.expires_at is None
    assert desk.buckets == (100, 0, 0, 0)


def test_s10_a_pending_lot_never_expires() -> None:
    """Even one whose whole validity passed while nobody looked matures first."""
    desk = Desk(hold="P14D", validity="P1D")
    desk.earn(100, on(1, 1))

    desk.touch(on(12, 1))

    assert [entry[0] for entry in desk.entries()] == ["earn", "mature", "expire"]
    assert desk.moves()[-1] == ("expire", on(1, 16))


def test_s10_a_pending_lot_repays_debt_only_when_it_matures() -> None:
    desk = in_debt(80, hold="P14D")
    desk.earn(100, on(2, 1))
    assert desk.buckets == (0, 100, 0, 80)
    posted = len(desk.wallet.entries)

    desk.touch(on(2, 15))

    assert desk.buckets == (20, 0, 0, 0)
    assert desk.entries(since=posted) == [("mature", 100, -100, 0, 0), ("repay", -80, 0, 0, -80)]
    assert_books_check(desk.wallet)


def test_s11_what_is_earned_repays_the_debt_first() -> None:
    desk = in_debt(80)

    lot = desk.earn(100, on(2, 1))

    assert desk.buckets == (20, 0, 0, 0)
    assert lot.remaining == 20
    assert desk.entries()[-2:] == [("earn", 100, 0, 0, 0), ("repay", -80, 0, 0, -80)]


def test_s11_several_maturing_lots_repay_one_after_the_other() -> None:
    desk = in_debt(80, hold="P10D")
    desk.earn(50, on(2, 1))
    desk.earn(50, on(2, 2))

    desk.touch(on(2, 11))
    assert desk.buckets == (0, 50, 0, 30)
    desk.touch(on(2, 12))

    assert desk.buckets == (20, 0, 0, 0)


def test_s2_a_late_lot_keeps_the_dates_that_follow_from_its_own_instant() -> None:
    desk = Desk(hold="P14D", validity="P90D")
    desk.touch(on(3, 1))

    lot = desk.earn(100, on(2, 20))

    assert (lot.earned_at, lot.available_at) == (on(2, 20), on(3, 6))
    assert desk.buckets == (0, 100, 0, 0)


def test_s2_a_late_lot_past_its_hold_is_available_at_once() -> None:
    desk = Desk(hold="P14D", validity="P90D")
    desk.touch(on(3, 1))

    desk.earn(100, on(2, 1))

    assert desk.buckets == (100, 0, 0, 0)
    assert desk.moves() == [("earn", on(3, 1))]


def test_s2_a_late_lot_past_its_expiry_is_posted_and_expired_in_the_same_breath() -> None:
    desk = Desk(validity="P30D")
    desk.touch(on(6, 1))

    lot = desk.earn(100, on(1, 1))

    assert desk.buckets == (0, 0, 0, 0)
    assert desk.entries() == [("earn", 100, 0, 0, 0), ("expire", -100, 0, 0, 0)]
    assert desk.moves() == [("earn", on(6, 1)), ("expire", on(6, 1))]
    assert (lot.remaining, lot.expired) == (0, 100)


def test_s2_a_late_lot_past_its_expiry_repays_the_debt_before_it_expires() -> None:
    desk = in_debt(80, validity="P30D")
    desk.touch(on(6, 1))

    lot = desk.earn(100, on(1, 1))

    assert desk.buckets == (0, 0, 0, 0)
    assert desk.entries()[-3:] == [
        ("earn", 100, 0, 0, 0),
        ("repay", -80, 0, 0, -80),
        ("expire", -20, 0, 0, 0),
    ]
    assert lot.expired == 20


def test_an_earned_entry_names_its_reward_and_event() -> None:
    desk = Desk()
    reward = object()

    lot = desk.earn(100, on(1, 1), reward=reward)

    (entry,) = desk.wallet.entries
    assert (entry.reward, entry.event, lot.reward) == (reward, 1, reward)


@pytest.mark.parametrize("amount", [0, -1])
def test_s8_nothing_and_less_is_never_posted(amount) -> None:
    desk = Desk()

    with pytest.raises(ValueError, match="above 0"):
        desk.earn(amount, on(1, 1))

    assert desk.wallet.clock is None


def test_a_correction_upwards_has_no_hold_and_the_validity_of_the_currency() -> None:
    desk = Desk(hold="P14D", validity="P1Y")

    lot = desk.adjust(100, on(1, 1))

    assert lot is not None
    assert (lot.available_at, lot.expires_at) == (on(1, 1), on(1, 1, year=2026))
    assert desk.entries() == [("adjust", 100, 0, 0, 0)]


def test_a_correction_upwards_repays_the_debt() -> None:
    desk = in_debt(80)

    desk.adjust(100, on(2, 1))

    assert desk.buckets == (20, 0, 0, 0)


def test_a_correction_downwards_draws_like_a_spend() -> None:
    desk = Desk()
    later = desk.lot(50, expires_at=on(6, 1))
    sooner = desk.lot(50, expires_at=on(3, 1))

    assert desk.adjust(-70, on(2, 1)) is None

    assert (sooner.remaining, later.remaining) == (0, 30)
    assert desk.entries() == [("adjust", -70, 0, 0, 0)]


def test_a_correction_downwards_works_in_a_currency_that_cannot_be_spent() -> None:
    desk = Desk(spendable=False)
    desk.lot(50, expires_at=None)

    desk.adjust(-50, on(2, 1))

    assert desk.buckets == (0, 0, 0, 0)


def test_a_correction_downwards_beyond_what_is_available_changes_nothing() -> None:
    desk = Desk(hold="P14D")
    desk.lot(50, expires_at=None)
    desk.earn(100, on(2, 1))
    posted = len(desk.wallet.entries)

    with pytest.raises(InsufficientPoints) as refusal:
        desk.adjust(-51, on(2, 1))

    assert refusal.value.params == {"asked": "51", "available": "50"}
    assert desk.buckets == (50, 100, 0, 0)
    assert len(desk.wallet.entries) == posted


def test_a_correction_by_nothing_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="moves nothing"):
        Desk().adjust(0, on(1, 1))
