"""Shadow mode: decisions are traced, nothing is granted; decided in memory."""

from __future__ import annotations

from tests.loyalty.rules.engine import World, credit, on_purchase


def test_what_it_would_give_is_traced_and_nothing_is_granted():
    limits = [{"measure": "amount", "max": "7"}]
    world = World(on_purchase(credit("10"), limits=limits), shadow=True)
    world.buy("100.00")
    world.buy("100.00")
    assert world.rewards == []
    assert world.balance() == 0
    assert world.state.counters == {}
    assert world.state.messages == []
    for item in world.state.evaluations:
        assert "rewards" not in item.trace
        (told,) = item.trace["shadow"]
        assert (told["requested"], told["granted"], told["campaign"]) == (10, 7, "campaign-0")


def test_a_refund_of_what_was_never_granted_takes_nothing_back():
    world = World(on_purchase(credit("10")), shadow=True)
    world.refund(world.buy("100.00"))
    assert world.balance() == 0
