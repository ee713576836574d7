"""P6: both gain, here in points; the friend's may come with the registration, the referrer's wait for the purchase."""

from __future__ import annotations

from tests.scenarios.stage import Stage

P6 = "referrals.two_sided"


def open_with_boris(stage: object, **options: object) -> Stage:
    """Anna, and Boris who registered with her code."""
    shop: Stage = stage(P6, **options)  # type: ignore[operator]
    shop.enrol("anna")
    shop.befriend("boris", by="anna", on="2025-01-01")
    return shop


def test_both_are_paid_on_the_first_purchase(stage):
    shop = open_with_boris(stage)
    assert shop.balances() == {"anna": 0, "boris": 0}

    shop.buy("boris", "40.00", "2025-01-02")
    assert shop.balances() == {"anna": 500, "boris": 200}
    shop.buy("boris", "40.00", "2025-01-03", key="more")
    assert shop.balances() == {"anna": 500, "boris": 200}
    assert shop.rewards("boris") == [("points-for-both", 200, 200)]


def test_both_lose_it_when_that_purchase_goes_back(stage):
    shop = open_with_boris(stage)
    shop.buy("boris", "40.00", "2025-01-02")

    shop.refund("boris", "2025-01-03", "15.00")
    assert shop.balances() == {"anna": 500, "boris": 200}
    shop.refund("boris", "2025-01-04")
    assert shop.balances() == {"anna": 0, "boris": 0}

    # A cancellation by mistake is reopened: granted again, once (S25).
    shop.reopen("boris", "2025-01-05")
    assert shop.balances() == {"anna": 500, "boris": 200}


def test_the_friend_is_welcomed_at_once_and_keeps_it(stage):
    shop = open_with_boris(stage, child_paid="registration")
    assert shop.balances() == {"anna": 0, "boris": 200}
    # Nothing can be sent back for it: it can be spent at once.
    shop.spend("boris", "200", "2025-01-01 13:00")
    assert shop.balances() == {"anna": 0, "boris": 0}

    shop.buy("boris", "40.00", "2025-01-02")
    assert shop.balances() == {"anna": 500, "boris": 0}
    shop.refund("boris", "2025-01-03")
    assert (shop.balances(), shop.debts()) == ({"anna": 0, "boris": 0}, {})
    assert shop.rewards("boris") == [("welcome-for-friends", 200, 200)]
    assert shop.rewards("anna") == [("points-for-both", 500, 0)]


def test_each_friend_counts_and_a_friend_of_a_friend_pays_only_the_nearer(stage):
    shop = open_with_boris(stage, parent_bonus="100", child_bonus="10")
    shop.befriend("clara", by="boris", on="2025-01-02")

    shop.buy("boris", "40.00", "2025-01-03")
    shop.buy("clara", "40.00", "2025-01-04")
    assert shop.balances() == {"anna": 100, "boris": 110, "clara": 10}


def test_a_minimum_holds_for_both(stage):
    shop = open_with_boris(stage, minimum_total="30.00")
    shop.buy("boris", "29.99", "2025-01-02", key="p1")
    assert shop.balances() == {"anna": 0, "boris": 0}
    shop.buy("boris", "30.00", "2025-01-03", key="p2")
    assert shop.balances() == {"anna": 500, "boris": 200}
    shop.refund("p2", "2025-01-04", "0.01")
    assert shop.balances() == {"anna": 0, "boris": 0}
