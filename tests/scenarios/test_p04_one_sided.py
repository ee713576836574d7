"""P4: 500 points to whoever brings a friend, nothing to the friend; the catalogue itself is a later part."""

from __future__ import annotations

from tests.scenarios.stage import Stage

P4 = "referrals.one_sided"


def available(shop: Stage, name: str, on: str) -> int:
    """What a card could spend at noon of a day."""
    from loyalty.selectors import all_balances

    found = {
        one.external_id: one.balances["points"] for one in all_balances(program=shop.program, at=shop.at(on))
    }
    return found[name].available


def test_each_friend_who_buys_brings_500_that_wait_until_the_purchase_cannot_be_sent_back(stage):
    shop = stage(P4)
    shop.enrol("anna")
    shop.befriend("boris", "clara", by="anna", on="2025-01-01")
    assert shop.balances() == {"anna": 0, "boris": 0, "clara": 0}

    shop.buy("boris", "19.90", "2025-01-02")
    assert shop.balances() == {"anna": 500, "boris": 0, "clara": 0}
    # Fourteen days of return window: bought on 2 January at noon, spendable on 16 January at noon.
    assert available(shop, "anna", "2025-01-16 11:59") == 0
    assert available(shop, "anna", "2025-01-16 12:00") == 500

    # A second purchase of the same friend brings nothing more.
    shop.buy("boris", "500.00", "2025-01-03", key="more")
    shop.buy("clara", "5.00", "2025-01-04")
    assert shop.balances() == {"anna": 1000, "boris": 0, "clara": 0}
    assert shop.rewards("anna") == [
        ("points-for-each-friend", 500, 500),
        ("points-for-each-friend", 500, 500),
    ]


def test_a_part_that_goes_back_changes_nothing_all_of_it_takes_the_bonus_with_it(stage):
    shop = stage(P4)
    shop.enrol("anna")
    shop.befriend("boris", by="anna", on="2025-01-01")
    shop.buy("boris", "100.00", "2025-01-02")

    shop.refund("boris", "2025-01-03", "99.99")
    assert shop.balances()["anna"] == 500
    shop.refund("boris", "2025-01-04")
    assert shop.balances()["anna"] == 0
    # The next one is then the first that is kept.
    shop.buy("boris", "30.00", "2025-01-05", key="again")
    assert shop.balances()["anna"] == 500
    assert shop.rewards("anna") == [("points-for-each-friend", 500, 0), ("points-for-each-friend", 500, 500)]


def test_the_first_purchase_of_at_least_a_minimum(stage):
    shop = stage(P4, minimum_total="50.00")
    shop.enrol("anna")
    shop.befriend("boris", by="anna", on="2025-01-01")

    shop.buy("boris", "49.99", "2025-01-02", key="p1")
    assert shop.balances()["anna"] == 0
    shop.buy("boris", "50.00", "2025-01-03", key="p2")
    assert shop.balances()["anna"] == 500
    # One cent back, and it is no longer large enough (S18).
    shop.refund("p2", "2025-01-04", "0.01")
    assert shop.balances()["anna"] == 0


def test_spent_before_the_purchase_goes_back_it_becomes_a_debt(stage):
    shop = stage(P4, hold="P0D")
    shop.enrol("anna")
    shop.befriend("boris", "clara", by="anna", on="2025-01-01")
    shop.buy("boris", "10.00", "2025-01-02")
    shop.spend("anna", "450", "2025-01-03")

    shop.refund("boris", "2025-01-04")
    assert (shop.balances()["anna"], shop.debts()) == (-450, {"anna": 450})
    # The next friend pays it off first.
    shop.buy("clara", "10.00", "2025-01-05")
    assert (shop.balances()["anna"], shop.debts()) == (50, {})


def test_paid_as_soon_as_the_friend_registers_no_purchase_matters(stage):
    shop = stage(P4, paid="registration", parent_bonus="300")
    shop.enrol("anna")
    shop.befriend("boris", by="anna", on="2025-01-01")
    assert shop.balances() == {"anna": 300, "boris": 0}

    shop.buy("boris", "10.00", "2025-01-02")
    shop.refund("boris", "2025-01-03")
    assert shop.balances() == {"anna": 300, "boris": 0}
    assert shop.rewards("anna") == [("points-for-each-friend", 300, 300)]


def test_who_was_brought_by_nobody_brings_nobody_anything(stage):
    shop = stage(P4)
    shop.enrol("anna", "boris")
    shop.buy("boris", "10.00", "2025-01-02")
    assert shop.balances() == {"anna": 0, "boris": 0}
