"""Reopening a purchase that was refunded by mistake (S25), decided in memory."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.loyalty.rules.engine import START, World, credit, on_purchase

DAY = timedelta(days=1)
FIRST = [[{"kind": "loyalty.purchase_number", "params": {"match": "first"}}]]


def outcome(world: World) -> str:
    return world.state.evaluations[-1].outcome


def kept(world: World) -> list[tuple[str, int]]:
    return [(reward.event.kind.rpartition(".")[2], reward.kept) for reward in world.rewards if reward.kept]


def test_s25_the_purchase_counts_again_and_is_rewarded_once():
    world = World(on_purchase(credit("10")))
    bought = world.buy("100.00")
    world.refund(bought, at=START + DAY)
    world.reopen(bought, at=START + 2 * DAY)
    assert kept(world) == [("purchase_reopened", 10)]
    assert world.balance() == 10
    card = world.state.cards[1]
    assert (card.purchases_count, card.spent_total) == (1, 10000)


def test_s25_twice_is_refused():
    world = World(on_purchase(credit("10")))
    bought = world.buy("100.00")
    world.refund(bought)
    world.reopen(bought)
    world.reopen(bought)
    assert outcome(world) == "purchase_not_refunded"
    assert world.balance() == 10


@pytest.mark.parametrize("amount", [None, "40.00"], ids=["kept-whole", "kept-in-part"])
def test_s25_only_what_is_wholly_refunded(amount):
    world = World(on_purchase(credit("10")))
    bought = world.buy("100.00")
    if amount:
        world.refund(bought, amount)
    world.reopen(bought)
    assert outcome(world) == "purchase_not_refunded"


def test_s25_it_can_go_back_and_count_again_any_number_of_times():
    world = World(on_purchase(credit("10")))
    bought = world.buy("100.00")
    for _number in range(3):
        world.refund(bought, "30.00")
        world.refund(bought)
        assert world.balance() == 0
        world.reopen(bought)
        assert world.balance() == 10
    assert bought.purchase is not None
    assert bought.purchase.remaining == 10000


def test_s25_spent_points_that_became_a_debt_are_repaid():
    world = World(on_purchase(credit("100")))
    bought = world.buy("100.00")
    world.send("loyalty.spend", {"currency": "points", "amount": "80"})
    world.refund(bought)
    assert world.buckets() == (0, 0, 0, 80)
    world.reopen(bought)
    assert world.buckets() == (20, 0, 0, 0)


def test_s25_lots_have_the_dates_of_the_purchase_and_wallets_the_time_of_the_reopening():
    world = World(on_purchase(credit("10")), hold="P14D", validity="P30D")
    bought = world.buy("100.00")
    world.refund(bought, at=START + DAY)
    world.reopen(bought, at=START + 20 * DAY)
    lot = world.rewards[-1].lot
    assert lot is not None
    assert (lot.earned_at, lot.available_at, lot.expires_at) == (START, START + 14 * DAY, START + 44 * DAY)
    wallet = world.state.wallet(1, "points")
    assert wallet.clock == START + 20 * DAY
    assert wallet.entries[-1].effective_at == START + 20 * DAY
    assert world.buckets() == (10, 0, 0, 0)


def test_s25_what_would_have_expired_meanwhile_expires_in_the_same_breath():
    world = World(on_purchase(credit("10")), validity="P5D")
    bought = world.buy("100.00")
    world.refund(bought, at=START + DAY)
    world.reopen(bought, at=START + 20 * DAY)
    assert [entry.kind for entry in world.state.wallet(1, "points").entries][-2:] == ["earn", "expire"]
    assert world.balance() == 0


def test_s25_campaigns_of_its_own_day_decide():
    over = (START + DAY).isoformat()
    world = World(on_purchase(credit("10"), ends_at=over), on_purchase(credit("50"), starts_at=over))
    bought = world.buy("100.00")
    world.refund(bought, at=START + 3 * DAY)
    world.reopen(bought, at=START + 4 * DAY)
    assert world.balance() == 10


def test_s25_links_and_blocks_are_those_of_its_own_day():
    definition = on_purchase(credit("10"), {**credit("5", "parent_card"), "slot": "up"})
    world = World(definition, cards=3, chain=False)
    child = world.state.cards[2]
    child.parent_id, child.parent_since = 1, START + 2 * DAY
    bought = world.buy("100.00", card=2)
    world.refund(bought, at=START + 3 * DAY)
    world.send("loyalty.card_blocked", {}, card=2, at=START + 3 * DAY)
    world.reopen(bought, at=START + 4 * DAY)
    # The link came after the purchase, and so did the block.
    assert (world.balance(1), world.balance(2)) == (0, 10)


def test_s25_limits_count_in_the_period_of_the_purchase():
    limits = [{"measure": "times", "max": "1", "period": "month"}]
    world = World(on_purchase(credit("10"), limits=limits))
    bought = world.buy("100.00")
    world.refund(bought, at=START + DAY)
    world.buy("100.00", at=START + 40 * DAY)
    world.reopen(bought, at=START + 41 * DAY)
    assert kept(world) == [("purchase", 10), ("purchase_reopened", 10)]
    assert {key.rpartition("|")[2]: one.used for key, one in world.state.counters.items()} == {
        "2025-01": 1,
        "2025-02": 1,
    }


def test_s25_what_never_kept_is_not_granted_again():
    policies: list[Any] = [
        {**credit("10", on_refund="never"), "slot": "kept"},
        {**credit("5"), "slot": "gone"},
    ]
    world = World(on_purchase(*policies))
    bought = world.buy("100.00")
    world.refund(bought)
    assert world.balance() == 10
    world.reopen(bought)
    assert world.balance() == 15
    cuts = [one.get("cut") for one in world.state.evaluations[-1].trace["rewards"]]
    assert cuts == ["kept_before", None]


def test_s9_a_first_purchase_that_is_reopened_after_another_is_first_no_more():
    world = World(on_purchase(credit("10"), conditions=FIRST))
    first = world.buy("100.00")
    world.refund(first)
    world.buy("100.00")
    assert world.balance() == 10
    world.reopen(first)
    assert world.balance() == 10


def test_s9_a_first_purchase_that_is_reopened_alone_is_first_again():
    world = World(on_purchase(credit("10"), conditions=FIRST))
    first = world.buy("100.00")
    world.refund(first)
    world.reopen(first)
    assert world.balance() == 10


def test_s25_before_its_purchase_it_waits_for_it():
    world = World(on_purchase(credit("10")))
    world.send("loyalty.purchase_reopened", {"purchase": "late"})
    assert world.state.parked
    world.buy("100.00", key="late")
    assert outcome(world) == "purchase_not_refunded"
    assert world.balance() == 10


def test_s25_of_another_card_it_is_refused():
    world = World(on_purchase(credit("10")), cards=2)
    bought = world.buy("100.00")
    world.refund(bought)
    world.send("loyalty.purchase_reopened", {"purchase": bought.key}, card=2)
    assert outcome(world) == "purchase_not_found"


def test_s25_lines_count_again_whole():
    tea = {"kind": "loyalty.percent", "of": "lines", "skus": ["tea"], "percent": "10"}
    world = World(on_purchase(credit(tea)))
    lines = [{"amount": "60.00", "sku": "tea"}, {"amount": "40.00", "sku": "cup"}]
    bought = world.buy("100.00", lines=lines)
    world.refund(bought, lines=[{"position": 0}])
    world.refund(bought)
    assert world.balance() == 0
    world.reopen(bought)
    assert world.balance() == 6
