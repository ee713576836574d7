"""P13: eight levels of ancestors, a pot of 15 % over all of them; and the variant on what the friend earned."""

from __future__ import annotations

import pytest

from loyalty.services import block_card, move_card, unblock_card
from tests.scenarios.stage import Stage

OF_PURCHASE = "loyalty.levels_of_purchase"
OF_REWARD = "loyalty.levels_of_reward"


def line(shop: Stage, cards: int) -> list[str]:
    """Cards in a row, each brought by the next: the first one buys. Their names in this order."""
    names = [f"c{level}" for level in range(cards)]
    shop.enrol(names[-1])
    for level in reversed(range(cards - 1)):
        shop.befriend(names[level], by=names[level + 1], on="2025-01-02")
    return names


def points(shop: Stage, names: list[str]) -> list[int]:
    """What the cards have: the buyer first, then level by level."""
    found = shop.balances()
    assert set(found) == set(names)
    return [found[name] for name in names]


def block(shop: Stage, name: str, on: str) -> None:
    with shop.clock(on):
        block_card(card=shop.cards[name], reason="Under review.")


def test_nine_cards_and_a_pot_that_is_cut_in_proportion(stage):
    shop = stage(OF_PURCHASE)
    names = line(shop, 9)
    assert points(shop, names) == [0] * 9

    # Asked of 10,000.00: 1000 + 500 + 250 + 125 + 100 + 50 + 25 + 10 = 2060 (20.6 %); the pot holds 1500.
    # 1000 x 1500 / 2060 = 728.1, then 364.07, 182.03, 91.01, 72.8, 36.4, 18.2, 7.28: 1498 in all.
    shop.buy("c0", "10000.00", "2025-01-03", key="p1")
    assert points(shop, names) == [0, 728, 364, 182, 91, 72, 36, 18, 7]

    # 6,000.00 of 10,000.00 are left: 0.6 of each, 436.8, 218.4, 109.2, 54.6, 43.2, 21.6, 10.8, 4.2.
    shop.refund("p1", "2025-01-04", "4000.00")
    assert points(shop, names) == [0, 436, 218, 109, 54, 43, 21, 10, 4]
    # 0.01 less: 728 x 0.599999 = 436.799, and 109.1998, 54.59: nothing changes.
    shop.refund("p1", "2025-01-05", "0.01")
    assert points(shop, names) == [0, 436, 218, 109, 54, 43, 21, 10, 4]
    shop.refund("p1", "2025-01-06")
    assert points(shop, names) == [0] * 9

    shop.reopen("p1", "2025-01-07")
    assert points(shop, names) == [0, 728, 364, 182, 91, 72, 36, 18, 7]


def test_a_small_purchase_and_a_ninth_level(stage):
    shop = stage(OF_PURCHASE)
    names = line(shop, 10)

    # 0.99 rounded down, and less above.
    shop.buy("c0", "9.99", "2025-01-03", key="p1")
    assert points(shop, names) == [0] * 10
    # Asked: 10, 5, 2, 1, 1 (each rounded down first, S38), 19 in all; the pot holds 15:
    # 150/19 = 7.9, 75/19 = 3.9, 30/19 = 1.6, 15/19 = 0.8, 0.8.
    shop.buy("c0", "100.00", "2025-01-04", key="p2")
    assert points(shop, names) == [0, 7, 3, 1, 0, 0, 0, 0, 0, 0]
    # The ninth ancestor has no level.
    shop.refund("p2", "2025-01-05")
    shop.buy("c0", "10000.00", "2025-01-06", key="p3")
    assert points(shop, names) == [0, 728, 364, 182, 91, 72, 36, 18, 7, 0]
    # Its own friend buys: that is 7 levels up from c2, and c9 is the seventh.
    shop.refund("p3", "2025-01-07")
    # Asked: 2050 (without the eighth level); 1000 x 1500 / 2050 = 731.7, 365.9, 182.9, 91.5, 73.2, 36.6, 18.3.
    shop.buy("c2", "10000.00", "2025-01-08", key="p4")
    assert points(shop, names) == [0, 0, 0, 731, 365, 182, 91, 73, 36, 18]


def test_s13_a_blocked_ancestor_gets_nothing_and_asks_for_nothing(stage):
    shop = stage(OF_PURCHASE)
    names = line(shop, 9)
    block(shop, "c2", "2025-01-03")

    # Asked: 2060 - 500 = 1560. 1000 x 1500 / 1560 = 961.5, -, 240.4, 120.2, 96.2, 48.1, 24.04, 9.6.
    shop.buy("c0", "10000.00", "2025-01-04", key="p1")
    assert points(shop, names) == [0, 961, 0, 240, 120, 96, 48, 24, 9]

    # Level 1 too: 560 are asked, less than the pot, and nothing is cut.
    shop.refund("p1", "2025-01-05")
    block(shop, "c1", "2025-01-05")
    shop.buy("c0", "10000.00", "2025-01-06", key="p2")
    assert points(shop, names) == [0, 0, 0, 250, 125, 100, 50, 25, 10]

    # What happens later changes nothing of that.
    with shop.clock("2025-01-07"):
        unblock_card(card=shop.cards["c1"], reason="All is well.")
    assert points(shop, names) == [0, 0, 0, 250, 125, 100, 50, 25, 10]
    # A quarter is left: 62.5, 31.25, 25, 12.5, 6.25, 2.5.
    shop.refund("p2", "2025-01-08", "7500.00")
    assert points(shop, names) == [0, 0, 0, 62, 31, 25, 12, 6, 2]


@pytest.mark.parametrize(
    ("blocked", "given"),
    [
        # The third moves up to the second level's 5 %, and the ninth comes in at the eighth: 2060 are asked again.
        pytest.param("compress", [0, 728, 0, 364, 182, 91, 72, 36, 18, 7], id="compress"),
        # 10 % for the parent alone, which is within the pot.
        pytest.param("stop", [0, 1000, 0, 0, 0, 0, 0, 0, 0, 0], id="stop"),
    ],
)
def test_s13_other_ways_with_a_blocked_ancestor(stage, blocked, given):
    shop = stage(OF_PURCHASE, blocked=blocked)
    names = line(shop, 10)
    block(shop, "c2", "2025-01-03")

    shop.buy("c0", "10000.00", "2025-01-04")

    assert points(shop, names) == given


@pytest.mark.parametrize(
    ("preset", "given"),
    [
        pytest.param(OF_PURCHASE, [0, 100, 50], id="of-the-purchase"),
        # It earns nothing itself, so there is nothing that others could get a share of.
        pytest.param(OF_REWARD, [0, 0, 0], id="of-what-it-earned"),
    ],
)
def test_s13_a_blocked_buyer(stage, preset, given):
    shop = stage(preset)
    names = line(shop, 3)
    block(shop, "c0", "2025-01-03")

    shop.buy("c0", "1000.00", "2025-01-04")

    assert points(shop, names) == given


def test_s28_a_friend_moved_to_another_line_pays_there_from_then_on(stage):
    shop = stage(OF_PURCHASE)
    names = [*line(shop, 3), "olga"]
    shop.enrol("olga")
    # 100 + 50 = 150, just the pot of 15 %.
    shop.buy("c0", "1000.00", "2025-01-03", key="p1")
    assert points(shop, names) == [0, 100, 50, 0]

    with shop.clock("2025-01-04"):
        move_card(card=shop.cards["c0"], parent=shop.cards["olga"], reason="Typed the wrong code.")
    shop.buy("c0", "1000.00", "2025-01-05", key="p2")
    assert points(shop, names) == [0, 100, 50, 100]
    shop.refund("p1", "2025-01-06")
    assert points(shop, names) == [0, 0, 0, 100]


def test_s15_the_variant_on_what_the_friend_earned(stage):
    shop = stage(OF_REWARD)
    names = line(shop, 10)

    # 5 % are 500. Of these 10 % = 50, 25, 12.5, 6.25, 5, 2.5, 1.25, 0.5; nobody earns of what an ancestor got.
    shop.buy("c0", "10000.00", "2025-01-03", key="p1")
    assert points(shop, names) == [500, 50, 25, 12, 6, 5, 2, 1, 0, 0]

    # 6,000.00 are left: 300 of 500 are kept, 0.6 of each: 30, 15, 7.2, 3.6, 3, 1.2, 0.6.
    shop.refund("p1", "2025-01-04", "4000.00")
    assert points(shop, names) == [300, 30, 15, 7, 3, 3, 1, 0, 0, 0]
    shop.refund("p1", "2025-01-05")
    assert points(shop, names) == [0] * 10
    shop.reopen("p1", "2025-01-06")
    assert points(shop, names) == [500, 50, 25, 12, 6, 5, 2, 1, 0, 0]


def test_s17_ancestors_follow_what_the_friend_keeps_not_what_is_left_of_the_purchase(stage):
    shop = stage(OF_REWARD)
    names = line(shop, 4)

    # 5 % of 1,234.50 are 61.7: 61. Of 61: 6.1, 3.05, 1.525.
    shop.buy("c0", "1234.50", "2025-01-03", key="p1")
    assert points(shop, names) == [61, 6, 3, 1]
    # 1,000.00 are left: 61 x 1000 / 1234.5 = 49.4. Of the ancestors' 49/61 stay: 4.8, 2.4, 0.8.
    shop.refund("p1", "2025-01-04", "234.50")
    assert points(shop, names) == [49, 4, 2, 0]
    # 2.00 are left: 61 x 2 / 1234.5 = 0.098. The friend keeps nothing, and neither does anybody.
    shop.refund("p1", "2025-01-05", "998.00")
    assert points(shop, names) == [0, 0, 0, 0]
