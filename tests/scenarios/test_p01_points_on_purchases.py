"""P1: 1 point for every 10.00, double on Tuesdays, half as much again at weekends, the fifth purchase, the birthday."""

from __future__ import annotations

from datetime import datetime

import pytest

from loyalty.services import set_attribute

P1 = "loyalty.points_on_purchases"

# 2025-01-08 is a Wednesday.
MON, TUE, WED, THU, FRI, SAT, SUN = (f"2025-01-{day:02}" for day in range(6, 13))


@pytest.mark.parametrize(
    ("total", "on", "points"),
    [
        pytest.param("9.99", WED, 0, id="less-than-a-step"),
        pytest.param("10.00", WED, 1, id="one-step"),
        pytest.param("99.99", WED, 9, id="rounded-down"),
        pytest.param("10.00", TUE, 2, id="tuesday"),
        pytest.param("99.99", TUE, 18, id="double-of-9"),
        pytest.param("9.99", TUE, 0, id="nothing-doubled"),
        pytest.param("10.00", SAT, 1, id="floor-of-1.5"),
        pytest.param("55.00", SAT, 7, id="floor-of-5-times-1.5"),
        pytest.param("60.00", SUN, 9, id="6-times-1.5"),
    ],
)
def test_a_point_for_every_ten_and_more_on_some_days(stage, total, on, points):
    shop = stage(P1)
    shop.enrol("anna")

    shop.buy("anna", total, on)

    assert shop.balances() == {"anna": points}


def test_nothing_is_carried_over_from_purchase_to_purchase(stage):
    shop = stage(P1)
    shop.enrol("anna")
    for number in range(3):
        shop.buy("anna", "9.99", WED, key=f"p{number}")
    assert shop.balances() == {"anna": 0}

    shop.buy("anna", "29.97", THU, key="p3")

    assert shop.balances() == {"anna": 2}
    assert shop.rewards("anna") == [("points-on-purchases", 2, 2)]


def test_the_day_is_that_of_the_programs_zone(stage):
    shop = stage(P1, zone="America/New_York")
    shop.enrol("anna", "boris")

    shop.buy("anna", "10.00", f"{TUE} 23:59")  # Wednesday 04:59 in UTC
    shop.buy("boris", "10.00", f"{WED} 00:00")

    assert shop.balances() == {"anna": 2, "boris": 1}


def test_s34_what_is_multiplied_is_not_rounded_before(stage):
    shop = stage(P1, amount="0.5")
    shop.enrol("anna")

    # 7 steps of 0.5 are 3.5: the base gives 3, and the weekend floor(3.5 x 1.5) - floor(3.5) = 5 - 3. Not 3 x 1.5 = 4.
    shop.buy("anna", "70.00", SAT)
    assert shop.rewards("anna") == [("points-on-purchases", 3, 3), ("better-weekends", 2, 2)]

    # 40.00 are left: 4 steps are 2.0; 2.0 x 1.5 = 3, of which the base keeps 2.
    shop.refund("anna", SUN, "30.00")
    assert shop.rewards("anna") == [("points-on-purchases", 3, 2), ("better-weekends", 2, 1)]
    assert shop.balances() == {"anna": 3}


def test_s34_two_multipliers_on_one_day_multiply(stage):
    shop = stage(P1, amount="0.5", better_days=["tue", "sat"])
    shop.enrol("anna")

    # 3.5; doubled 7, which is 4 more than 3; times 1.5 is 10.5, which is 3 more than 7.
    shop.buy("anna", "70.00", SAT)

    assert shop.rewards("anna") == [
        ("points-on-purchases", 3, 3),
        ("better-days", 4, 4),
        ("better-weekends", 3, 3),
    ]
    assert shop.balances() == {"anna": 10}


def test_the_fifth_purchase_brings_a_bonus_that_is_not_doubled(stage):
    shop = stage(P1)
    shop.enrol("anna", "boris")
    for number in range(1, 5):
        shop.buy("anna", "20.00", MON, key=f"p{number}")
    assert shop.balances() == {"anna": 8, "boris": 0}

    # 2 doubled are 4, and 50.
    shop.buy("anna", "20.00", TUE, key="p5")
    assert shop.balances() == {"anna": 62, "boris": 0}
    # By priority and key, multipliers last (S38).
    assert shop.rewards("anna")[4:] == [
        ("nth-purchase", 50, 50),
        ("points-on-purchases", 2, 2),
        ("better-days", 2, 2),
    ]

    shop.buy("anna", "20.00", WED, key="p6")
    assert shop.balances() == {"anna": 64, "boris": 0}

    # Half of the fifth goes back: 1 of 2 and 1 of 2, the bonus stays whole.
    shop.refund("p5", THU, "10.00")
    assert shop.balances() == {"anna": 62, "boris": 0}
    # The rest of it: 2 and the bonus go.
    shop.refund("p5", FRI)
    assert shop.balances() == {"anna": 10, "boris": 0}


def test_s9_the_third_is_refunded_before_the_fifth(stage):
    shop = stage(P1)
    shop.enrol("anna")
    for number in range(1, 4):
        shop.buy("anna", "20.00", WED, key=f"p{number}")
    shop.refund("p3", WED)
    assert shop.balances() == {"anna": 4}

    # Kept are 1, 2, 4, 5: four purchases.
    shop.buy("anna", "20.00", WED, key="p4")
    shop.buy("anna", "20.00", WED, key="p5")
    assert shop.balances() == {"anna": 8}

    # The sixth is the fifth that is kept.
    shop.buy("anna", "20.00", THU, key="p6")
    assert shop.balances() == {"anna": 60}

    # It goes back: kept are 1, 2, 4, 5 again, and the next one is the fifth.
    shop.refund("p6", THU)
    assert shop.balances() == {"anna": 8}
    shop.buy("anna", "20.00", THU, key="p7")
    assert shop.balances() == {"anna": 60}


def test_s21_sending_small_purchases_back_brings_no_second_bonus(stage):
    shop = stage(P1)
    shop.enrol("anna")
    for number in range(1, 6):
        shop.buy("anna", "1.00", WED, key=f"p{number}")
    assert shop.balances() == {"anna": 50}

    for number in range(1, 4):
        shop.refund(f"p{number}", THU)
        shop.buy("anna", "1.00", FRI, key=f"again{number}")
        assert shop.balances() == {"anna": 50}


def test_s17_refunds_in_parts_by_amount_on_a_better_day(stage):
    shop = stage(P1)
    shop.enrol("anna")
    shop.buy("anna", "55.00", TUE)
    assert shop.rewards("anna") == [("points-on-purchases", 5, 5), ("better-days", 5, 5)]

    # 35.00 are left, 3 full steps: as much as a purchase of 35.00 would have given.
    shop.refund("anna", WED, "20.00")
    assert shop.balances() == {"anna": 6}
    # 30.00: still 3 steps.
    shop.refund("anna", THU, "5.00")
    assert shop.balances() == {"anna": 6}
    # 29.99: 2 steps.
    shop.refund("anna", THU, "0.01")
    assert shop.balances() == {"anna": 4}
    shop.refund("anna", FRI)
    assert shop.balances() == {"anna": 0}


def test_s17_refunds_in_parts_at_a_weekend(stage):
    shop = stage(P1)
    shop.enrol("anna")
    shop.buy("anna", "55.00", SAT)
    assert shop.rewards("anna") == [("points-on-purchases", 5, 5), ("better-weekends", 2, 2)]

    # 30.00 are left: 3 x 1.5 = 4.5.
    shop.refund("anna", SUN, "25.00")
    assert shop.rewards("anna") == [("points-on-purchases", 5, 3), ("better-weekends", 2, 1)]
    assert shop.balances() == {"anna": 4}


def test_s17_refunds_by_lines(stage):
    shop = stage(P1)
    shop.enrol("anna")
    lines = [{"amount": "40.00", "sku": "tea"}, {"amount": "20.00", "sku": "cup"}]
    shop.buy("anna", "60.00", WED, lines=lines)
    assert shop.balances() == {"anna": 6}

    shop.refund("anna", THU, lines=[{"position": 1}])
    assert shop.balances() == {"anna": 4}
    # 25.00 are left of the tea.
    shop.refund("anna", FRI, lines=[{"position": 0, "amount": "15.00"}])
    assert shop.balances() == {"anna": 2}


def test_s19_what_was_spent_becomes_debt_and_is_repaid_by_the_next_points(stage):
    shop = stage(P1)
    shop.enrol("anna")
    shop.buy("anna", "100.00", WED, key="p1")
    shop.spend("anna", "8", WED)
    assert shop.balances() == {"anna": 2}

    # 10 go back, 2 are there.
    shop.refund("p1", THU)
    assert (shop.balances(), shop.debts()) == ({"anna": -8}, {"anna": 8})
    shop.buy("anna", "50.00", FRI, key="p2")
    assert (shop.balances(), shop.debts()) == ({"anna": -3}, {"anna": 3})
    # Weekend: 6 x 1.5 = 9.
    shop.buy("anna", "60.00", SAT, key="p3")
    assert (shop.balances(), shop.debts()) == ({"anna": 6}, {})


def test_s25_a_purchase_reopened_counts_once_more_as_of_its_own_day(stage):
    shop = stage(P1)
    shop.enrol("anna")
    shop.buy("anna", "55.00", TUE)
    shop.refund("anna", WED, "20.00")
    shop.refund("anna", WED)
    assert shop.balances() == {"anna": 0}

    # It is Thursday, but the purchase is of Tuesday: 5 doubled.
    shop.reopen("anna", THU)
    assert shop.balances() == {"anna": 10}
    assert shop.rewards("anna") == [
        ("points-on-purchases", 5, 0),
        ("better-days", 5, 0),
        ("points-on-purchases", 5, 5),
        ("better-days", 5, 5),
    ]
    shop.refund("anna", FRI, "25.00")
    assert shop.balances() == {"anna": 6}


@pytest.mark.parametrize(
    ("zone", "in_utc"),
    [("Europe/Moscow", "2027-02-28 06:00"), ("America/New_York", "2027-02-28 14:00")],
)
def test_a_birthday_on_29_february_at_nine_oclock(stage, zone, in_utc):
    shop = stage(P1, zone=zone, written="2027-02-20 00:00")
    shop.enrol("anna", birthday="2000-02-29")
    shop.enrol("boris", birthday="1990-02-28")
    shop.enrol("vera", birthday="1990-03-01")
    shop.enrol("gleb")

    assert shop.look("2027-02-28 08:59") == 0
    assert shop.look("2027-02-28 09:00") == 2
    everybody = {"anna": 100, "boris": 100, "vera": 0, "gleb": 0}
    assert shop.balances("2027-02-28 09:00") == everybody
    assert shop.balances("2027-02-28 08:59") == dict.fromkeys(everybody, 0)
    assert shop.at("2027-02-28 09:00") == datetime.fromisoformat(f"{in_utc}+00:00")

    assert shop.look("2027-03-01 09:30") == 1
    assert shop.balances() == {**everybody, "vera": 100}


def test_a_birthday_on_29_february_of_a_leap_year_after_an_outage(stage):
    shop = stage(P1, written="2028-02-20 00:00")
    shop.enrol("anna", birthday="2000-02-29")
    assert shop.look("2028-02-28") == 0

    # The scheduler was off on the day itself.
    assert shop.look("2028-03-02") == 1

    assert shop.balances("2028-02-29 08:59") == {"anna": 0}
    assert shop.balances("2028-02-29 09:00") == {"anna": 100}
    assert shop.look("2028-03-03") == 0


def test_a_birthday_once_a_year_and_again_the_next(stage):
    shop = stage(P1, written="2027-12-20 00:00")
    shop.enrol("anna", birthday="1990-12-24")
    assert shop.look("2027-12-25") == 1
    assert shop.balances() == {"anna": 100}

    # She says that she was born later in the year: this year's bonus is given, and she is not asked again.
    with shop.clock("2027-12-26"):
        set_attribute(card=shop.cards["anna"], name="birthday", value="1990-12-28")
    assert shop.look("2027-12-29") == 0
    assert shop.balances() == {"anna": 100}

    with shop.clock("2027-12-30"):
        set_attribute(card=shop.cards["anna"], name="birthday", value="1990-01-02")
    assert shop.look("2028-01-03") == 1
    assert shop.balances() == {"anna": 200}
    assert shop.balances("2028-01-02 08:59") == {"anna": 100}


def test_a_birthday_bonus_is_not_multiplied_and_survives_refunds(stage):
    shop = stage(P1, written="2027-03-01 00:00")
    shop.enrol("anna", birthday="1990-03-02")  # a Tuesday in 2027
    shop.look("2027-03-02")
    shop.buy("anna", "10.00", "2027-03-02")
    assert shop.balances() == {"anna": 102}

    shop.refund("anna", "2027-03-03")
    assert shop.balances() == {"anna": 100}
