"""P24: the parent card gets 10 % of the purchase, less what the buyer earned with it."""

from __future__ import annotations

from typing import Any

import pytest

from loyalty.presets import multiply
from loyalty.services import block_card, save_draft
from tests.scenarios.stage import Stage

P24 = "loyalty.shared_pot"

# 2025-01-07 is a Tuesday.
TUE, WED, THU, FRI = (f"2025-01-{day:02}" for day in range(7, 11))


@pytest.fixture
def shop(stage) -> Stage:
    """Boris was brought by Anna."""
    shop = stage(P24)
    shop.enrol("anna")
    shop.befriend("boris", by="anna", on="2025-01-02")
    return shop


def at_most(shop: Stage, points: str) -> None:
    """The buyer's campaign is changed: so much in a month."""
    limit = {"per": "recipient", "measure": "amount", "max": points, "period": "month"}
    publish(shop, **definition_of(shop, "pot-buyer"), limits=[limit])


def double_tuesdays(shop: Stage) -> None:
    """A campaign beside those of the preset: what the buyer earns is doubled on Tuesdays."""
    publish(
        shop,
        key="tuesdays",
        trigger={"kind": "loyalty.purchase"},
        phase="multiplier",
        conditions=[[{"kind": "loyalty.weekday", "params": {"days": ["tue"]}}]],
        actions=[multiply("times", 2, currency="points")],
    )


def definition_of(shop: Stage, key: str) -> dict[str, Any]:
    """What the published campaign says, but for its limits."""
    said = shop.campaigns[key].revisions.get().definition
    return {name: value for name, value in said.items() if name != "limits"}


def publish(shop: Stage, **definition: Any) -> None:
    shop.publish(save_draft(program=shop.program, definition=definition))


def test_both_together_get_ten_percent(shop):
    # 3 % are 30, and 100 - 30.
    shop.buy("boris", "1000.00", WED, key="p1")
    assert shop.balances() == {"anna": 70, "boris": 30}
    # 29.99 and 99.999 - 29 = 70.999: 29 and 70, 99 in all.
    shop.buy("boris", "999.99", THU, key="p2")
    assert shop.balances() == {"anna": 140, "boris": 59}
    # Nobody brought Anna: her 3 %, and nobody gets the rest.
    shop.buy("anna", "1000.00", FRI, key="p3")
    assert shop.balances() == {"anna": 170, "boris": 59}


def test_refunds_of_both_parts(shop):
    shop.buy("boris", "999.99", WED, key="p1")
    assert shop.balances() == {"anna": 70, "boris": 29}

    # 500.00 of 999.99 are left: 29 x 0.500005 = 14.5 and 70 x 0.500005 = 35.0004.
    shop.refund("p1", THU, "499.99")
    assert shop.balances() == {"anna": 35, "boris": 14}
    # 499.99 are left: 34.9996 and 14.49.
    shop.refund("p1", THU, "0.01")
    assert shop.balances() == {"anna": 34, "boris": 14}
    shop.refund("p1", FRI)
    assert shop.balances() == {"anna": 0, "boris": 0}
    shop.reopen("p1", FRI)
    assert shop.balances() == {"anna": 70, "boris": 29}


def test_what_a_limit_cuts_off_the_child_goes_to_the_parent(shop):
    at_most(shop, "50")
    shop.buy("boris", "1000.00", WED, key="p1")
    assert shop.balances() == {"anna": 70, "boris": 30}
    # 20 are left of the month's 50: 100 - 20 for Anna.
    shop.buy("boris", "1000.00", WED, key="p2")
    assert shop.balances() == {"anna": 150, "boris": 50}
    # Nothing is left: 100.
    shop.buy("boris", "1000.00", THU, key="p3")
    assert shop.balances() == {"anna": 250, "boris": 50}

    # The first goes back, 30 and 70. The second stays cut and its rest stays with Anna (S21).
    shop.refund("p1", FRI)
    assert shop.balances() == {"anna": 180, "boris": 20}
    # 30 of room came back: all of 3 %.
    shop.buy("boris", "1000.00", FRI, key="p4")
    assert shop.balances() == {"anna": 250, "boris": 50}


def test_what_a_multiplier_adds_for_the_child_the_parent_does_not_get(shop):
    double_tuesdays(shop)

    # 30 and 30 more; 100 - 60.
    shop.buy("boris", "1000.00", TUE, key="p1")
    assert shop.balances() == {"anna": 40, "boris": 60}
    # Half of it: 15 and 15, 20.
    shop.refund("p1", WED, "500.00")
    assert shop.balances() == {"anna": 20, "boris": 30}
    shop.buy("boris", "1000.00", WED, key="p2")
    assert shop.balances() == {"anna": 90, "boris": 60}


def test_a_limit_and_a_multiplier_beside_each_other(shop):
    at_most(shop, "50")
    double_tuesdays(shop)
    shop.buy("boris", "1000.00", "2025-01-06", key="p1")
    assert shop.balances() == {"anna": 70, "boris": 30}

    # The base is cut to 20; the multiplier acts on the uncut 30 (S34) and has no limit: 50 for Boris, 50 for Anna.
    shop.buy("boris", "1000.00", TUE, key="p2")
    assert shop.rewards("boris") == [("pot-buyer", 30, 30), ("pot-buyer", 20, 20), ("tuesdays", 30, 30)]
    assert shop.balances() == {"anna": 120, "boris": 80}

    # Half: 20 -> 10, 30 -> 15, 50 -> 25.
    shop.refund("p2", WED, "500.00")
    assert shop.balances() == {"anna": 95, "boris": 55}


def test_s13_a_blocked_child_leaves_the_whole_pot_to_the_parent(shop):
    with shop.clock("2025-01-03"):
        block_card(card=shop.cards["boris"], reason="Under review.")

    shop.buy("boris", "1000.00", WED)

    assert shop.balances() == {"anna": 100, "boris": 0}


def test_nothing_is_below_zero(stage):
    shop = stage(P24, pot="10", own_percent="12.5")
    shop.enrol("anna")
    shop.befriend("boris", by="anna", on="2025-01-02")

    # The child alone earns 125, more than the pot.
    shop.buy("boris", "1000.00", WED)

    assert shop.balances() == {"anna": 0, "boris": 125}
