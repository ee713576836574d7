"""The worked numbers of the semantics, decided without a database (the fixture `db` is not asked for)."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.loyalty.rules.engine import START, World, credit, on_purchase


def test_example_1_a_refund_leaves_the_share_of_what_was_granted():
    world = World(on_purchase(credit("5")))
    bought = world.buy("100.50")
    assert world.balance() == 5
    world.refund(bought, "50.25")
    assert world.balance() == 2
    world.refund(bought)
    assert world.balance() == 0
    assert [(reward.granted, reward.reversed) for reward in world.rewards] == [(5, 5)]


def test_example_2_nothing_is_carried_over():
    world = World(on_purchase(credit("10")))
    for _number in range(3):
        world.buy("9.99")
    assert world.balance() == 0
    assert world.rewards == []
    world.buy("29.97")
    assert world.balance() == 2


def test_example_3_a_cancelled_spend_returns_each_lot_with_its_own_expiry():
    world = World(on_purchase(credit("100")), validity="P1Y")
    at = lambda month, day, year=2026: datetime(year, month, day, 12, tzinfo=UTC)  # noqa: E731
    world.buy("100.00", at=at(3, 1, 2025))
    world.buy("50.00", at=at(6, 1, 2025))
    world.send("loyalty.spend", {"currency": "points", "amount": "120"}, at=at(2, 1), key="s1")
    assert world.buckets() == (30, 0, 0, 0)
    world.send("loyalty.spend_cancelled", {"spend": "s1"}, at=at(3, 2))
    assert world.buckets() == (50, 0, 0, 0)


def test_example_4_what_was_spent_becomes_debt_and_is_repaid_first():
    world = World(on_purchase(credit("100")))
    bought = world.buy("100.00")
    world.send("loyalty.spend", {"currency": "points", "amount": "80"})
    world.refund(bought)
    assert world.buckets() == (0, 0, 0, 80)
    world.buy("50.00")
    assert world.buckets() == (0, 0, 0, 30)
    world.buy("40.00")
    assert world.buckets() == (10, 0, 0, 0)


def test_example_6_a_fixed_amount_stays_whole_while_its_condition_holds():
    condition = {"kind": "loyalty.purchase_total", "params": {"minimum": "1000.00"}}
    world = World(on_purchase(credit({"kind": "loyalty.fixed", "value": "500"}), conditions=[[condition]]))
    bought = world.buy("1200.00")
    assert world.balance() == 500
    world.refund(bought, "150.00")
    assert world.balance() == 500
    world.refund(bought, "100.00")
    assert world.balance() == 0


def test_example_7_a_pot_cuts_the_levels_in_proportion():
    levels = {"kind": "loyalty.percent_by_level", "of": "total", "percents": ["10", "5", "2.5"]}
    pot = {"percent": "15", "of": "total", "cut": "proportional"}
    world = World(on_purchase(credit(levels, {"role": "ancestors"}, pot=pot)), cards=4, chain=True)
    world.buy("1000.00", card=4)
    assert [world.balance(card) for card in (3, 2, 1)] == [85, 42, 21]
    assert [(reward.requested, reward.granted, reward.cut_reason) for reward in world.rewards] == [
        (100, 85, "pot"),
        (50, 42, "pot"),
        (25, 21, "pot"),
    ]


def test_example_8_a_monthly_cap_gives_room_back():
    limit = {"per": "recipient", "measure": "amount", "max": "1000", "period": "month"}
    world = World(on_purchase(credit("100", "parent_card"), limits=[limit]), cards=2, chain=True)
    first = world.buy("600.00", card=2)
    world.buy("700.00", card=2)
    assert [reward.granted for reward in world.rewards] == [600, 400]
    world.refund(first)
    world.buy("500.00", card=2)
    assert [reward.kept for reward in world.rewards] == [0, 400, 500]
    assert world.balance(1) == 900


def test_example_10_hold_and_validity_are_calendar_days():
    world = World(on_purchase(credit("100")), hold="P14D", validity="P365D")
    world.buy("10.00", at=datetime(2025, 1, 1, 12, tzinfo=UTC))
    lot = world.rewards[0].lot
    assert lot is not None
    assert lot.available_at == datetime(2025, 1, 15, 12, tzinfo=UTC)
    assert lot.expires_at == datetime(2026, 1, 15, 12, tzinfo=UTC)
    assert world.buckets(at=START) == (0, 10, 0, 0)
    assert world.buckets(at=datetime(2025, 1, 15, 12, tzinfo=UTC)) == (10, 0, 0, 0)
    assert world.buckets(at=datetime(2026, 1, 15, 12, tzinfo=UTC)) == (0, 0, 0, 0)
