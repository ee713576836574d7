"""P26: from 500.00 on, ten rewarded friends a month, a budget of 100,000 whose last reward is cut to what is left."""

from __future__ import annotations

from typing import Any

from loyalty.testing import Told, captured_signals
from tests.scenarios.stage import Stage

P26 = "referrals.minimum_and_limits"


def open_with_friends(stage: Any, number: int, **options: Any) -> Stage:
    """Anna and friends f1, f2 ... who registered with her code."""
    shop = stage(P26, **options)
    shop.enrol("anna")
    shop.befriend(*(f"f{n}" for n in range(1, number + 1)), by="anna", on="2025-01-02")
    return shop


def anna(shop: Stage) -> int:
    """What Anna has; no friend ever has anything."""
    found = shop.balances()
    assert {name: points for name, points in found.items() if points and name != "anna"} == {}
    return found["anna"]


def test_the_first_purchase_of_at_least_500(stage):
    shop = open_with_friends(stage, 2)
    shop.buy("f1", "499.99", "2025-01-03", key="p1")
    assert anna(shop) == 0
    # The first that is large enough: 10 % of 500.00.
    shop.buy("f1", "500.00", "2025-01-04", key="p2")
    assert anna(shop) == 50
    shop.buy("f1", "900.00", "2025-01-05", key="p3")
    assert anna(shop) == 50

    # 600.00 are 60; 500.00 of it are left: 50; 499.99: the condition holds no longer, and all goes (S18).
    shop.buy("f2", "600.00", "2025-01-06", key="p4")
    assert anna(shop) == 110
    shop.refund("p4", "2025-01-07", "100.00")
    assert anna(shop) == 100
    shop.refund("p4", "2025-01-08", "0.01")
    assert anna(shop) == 50
    # The next large one is then the first that qualifies.
    shop.buy("f2", "700.00", "2025-01-09", key="p5")
    assert anna(shop) == 120


def test_s12_ten_friends_a_month(stage):
    shop = open_with_friends(stage, 14)
    for number in range(1, 11):
        shop.buy(f"f{number}", "500.00", "2025-01-10")
    assert anna(shop) == 500
    shop.buy("f11", "500.00", "2025-01-31 23:59")
    assert anna(shop) == 500

    # A friend sends a part back: the reward is smaller, its place is taken all the same (S21).
    shop.buy("f12", "1000.00", "2025-02-01 00:00")
    assert anna(shop) == 600
    shop.refund("f12", "2025-02-02", "400.00")
    assert anna(shop) == 560
    # Wholly: the place of January comes back, to January; it is February, where there is room anyway.
    shop.refund("f1", "2025-02-03")
    assert anna(shop) == 510
    # What was withheld stays withheld: the eleventh's next purchase is not the first.
    shop.buy("f11", "500.00", "2025-02-04", key="again")
    assert anna(shop) == 510


def test_s21_a_refund_gives_a_place_back_within_its_month(stage):
    shop = open_with_friends(stage, 4, friends_a_month=2)
    for number in (1, 2, 3):
        shop.buy(f"f{number}", "500.00", "2025-01-10")
    assert anna(shop) == 100

    shop.refund("f1", "2025-01-11")
    assert anna(shop) == 50
    shop.buy("f4", "600.00", "2025-01-12")
    assert anna(shop) == 110
    assert shop.rewards("anna") == [
        ("friends-with-limits", 50, 0),
        ("friends-with-limits", 50, 50),
        ("friends-with-limits", 60, 60),
    ]


def told(messages: list[Told]) -> list[tuple[int, str]]:
    """Percentage and what was used of each message."""
    return [(one.message["percent"], one.message["used"]) for one in messages]


def test_s12_the_reward_that_crosses_the_budget_is_cut_to_what_is_left(stage):
    shop = open_with_friends(stage, 7)
    with captured_signals("limit_reached") as messages:
        for number in (1, 2):
            shop.buy(f"f{number}", "300000.00", "2025-01-10")
        shop.relay()
        assert (anna(shop), told(messages)) == (60_000, [])
        # 90,000 are more than 80 %.
        shop.buy("f3", "300000.00", "2025-01-11")
        shop.relay()
        assert (anna(shop), told(messages)) == (90_000, [(80, "90000")])
        # 30,000 are asked, 10,000 are left.
        shop.buy("f4", "300000.00", "2025-01-12")
        shop.relay()
        assert (anna(shop), told(messages)) == (100_000, [(80, "90000"), (100, "100000")])
        shop.buy("f5", "300000.00", "2025-01-13")
        assert anna(shop) == 100_000

        # The first goes back: 30,000 of room. The fourth stays cut, the fifth without.
        shop.refund("f1", "2025-01-14")
        assert anna(shop) == 70_000
        # 10 % of 250,000.00 fit wholly; 5,000 are left for the next.
        shop.buy("f6", "250000.00", "2025-01-15")
        assert anna(shop) == 95_000
        shop.buy("f7", "250000.00", "2025-02-15")
        assert anna(shop) == 100_000
        shop.relay()

    # Each percentage is told once, also after a refund.
    assert told(messages) == [(80, "90000"), (100, "100000")]
    assert messages[1].message == {
        "campaign": "friends-with-limits",
        "measure": "amount",
        "period": "",
        "percent": 100,
        "used": "100000",
        "maximum": "100000",
    }
    assert shop.rewards("anna") == [
        ("friends-with-limits", 30_000, 0),
        ("friends-with-limits", 30_000, 30_000),
        ("friends-with-limits", 30_000, 30_000),
        ("friends-with-limits", 10_000, 10_000),
        ("friends-with-limits", 25_000, 25_000),
        ("friends-with-limits", 5_000, 5_000),
    ]


def test_s17_a_reward_that_was_cut_is_taken_back_in_proportion_to_what_it_gave(stage):
    shop = open_with_friends(stage, 3, budget="100")
    shop.buy("f1", "800.00", "2025-01-10")
    # 80 are asked, 20 are left.
    shop.buy("f2", "800.00", "2025-01-11")
    assert anna(shop) == 100

    # Five eighths are left: 20 x 500 / 800 = 12.5.
    shop.refund("f2", "2025-01-12", "300.00")
    assert anna(shop) == 92
    # 8 of room: 60 are asked.
    shop.buy("f3", "600.00", "2025-01-13")
    assert anna(shop) == 100


def test_the_same_with_a_budget_in_money(stage):
    shop = open_with_friends(stage, 5, currency={"worth": "0.05"}, budget="100.00")
    with captured_signals("limit_reached") as messages:
        # 1500 points cost 75.00.
        shop.buy("f1", "15000.00", "2025-01-10")
        shop.relay()
        assert (anna(shop), told(messages)) == (1500, [])
        # 1000 are asked; for the 25.00 that are left there are 500. Both percentages are crossed at once.
        shop.buy("f2", "10000.00", "2025-01-11")
        shop.relay()
        assert (anna(shop), told(messages)) == (2000, [(80, "100.00"), (100, "100.00")])
        shop.buy("f3", "10000.00", "2025-01-12")
        assert anna(shop) == 2000

        # Half of the first goes back: 750 points, which are 37.50; 750 points fit into it again.
        shop.refund("f1", "2025-01-13", "7500.00")
        assert anna(shop) == 1250
        shop.buy("f4", "5000.00", "2025-01-14")
        assert anna(shop) == 1750
        shop.buy("f5", "5000.00", "2025-01-15")
        assert anna(shop) == 2000
        shop.relay()

    assert told(messages) == [(80, "100.00"), (100, "100.00")]
    assert {one.message["measure"] for one in messages} == {"cost"}
    assert {one.message["maximum"] for one in messages} == {"100.00"}


def test_a_budget_in_money_that_does_not_divide_is_never_exceeded(stage):
    shop = open_with_friends(stage, 2, currency={"worth": "0.07"}, budget="100.00")
    with captured_signals("limit_reached") as messages:
        # 10,000 cents / 7 = 1428.57: 1428 points, which cost 99.96.
        shop.buy("f1", "15000.00", "2025-01-10")
        assert anna(shop) == 1428
        # 4 cents are left, a point costs 7.
        shop.buy("f2", "15000.00", "2025-01-11")
        assert anna(shop) == 1428
        shop.relay()

    assert told(messages) == [(80, "99.96")]
