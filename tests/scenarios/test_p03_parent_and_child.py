"""P3, the core: who came by a link buys, and both gain; paid on the purchase, not on the registration."""

from __future__ import annotations

import pytest

from loyalty.services import block_card, move_card, unblock_card
from referrals.exceptions import AlreadyReferred, CodeMalformed, OwnCode
from referrals.models import ReferrerStats
from referrals.services import find_link, get_link, register_via_link
from tests.scenarios.stage import Stage

P3 = "referrals.parent_and_child"

FRIENDS = ("boris", "vera", "gleb", "dina")


@pytest.fixture
def shop(stage) -> Stage:
    """Anna has four friends, who registered with her code and bought nothing yet."""
    shop = stage(P3)
    shop.enrol("anna")
    shop.befriend(*FRIENDS, by="anna", on="2025-01-02")
    return shop


def friends_of(shop: Stage, name: str) -> tuple[int, int]:
    """Registered and qualified friends."""
    row = ReferrerStats.objects.get(card=shop.cards[name])
    return row.registered, row.qualified


def test_the_link_is_the_cards_number_and_the_friends_card_hangs_on_it(shop):
    boris = shop.cards["boris"]
    boris.refresh_from_db()

    assert get_link(card=shop.cards["anna"]).code == shop.number_of("anna")
    typed = shop.number_of("anna").lower()
    assert find_link(program=shop.program, code=f" {typed} ").card == shop.cards["anna"]
    assert (boris.parent, boris.linked_at) == (shop.cards["anna"], shop.at("2025-01-02"))


def test_nothing_at_registration_and_all_of_it_with_first_purchases(shop):
    assert friends_of(shop, "anna") == (4, 0)
    assert shop.balances() == {"anna": 0, "boris": 0, "vera": 0, "gleb": 0, "dina": 0}

    # 10 % of 120.00.
    shop.buy("boris", "120.00", "2025-01-03")
    assert shop.balances() == {"anna": 12, "boris": 50, "vera": 0, "gleb": 0, "dina": 0}
    # Only the first.
    shop.buy("boris", "500.00", "2025-01-04", key="second")
    assert shop.balances() == {"anna": 12, "boris": 50, "vera": 0, "gleb": 0, "dina": 0}
    # 9.999 rounded down: 12 + 9.
    shop.buy("vera", "99.99", "2025-01-05")
    assert shop.balances() == {"anna": 21, "boris": 50, "vera": 50, "gleb": 0, "dina": 0}
    # The third friend: 21 + 20 + 250.
    shop.buy("gleb", "200.00", "2025-01-06")
    assert shop.balances() == {"anna": 291, "boris": 50, "vera": 50, "gleb": 50, "dina": 0}
    # 9.99 at 10 % is nothing for Anna; the friend's bonus does not depend on it.
    shop.buy("dina", "9.99", "2025-01-07")
    assert shop.balances() == {"anna": 291, "boris": 50, "vera": 50, "gleb": 50, "dina": 50}
    assert friends_of(shop, "anna") == (4, 4)
    # Who brought nobody and was brought by nobody buys.
    shop.buy("anna", "1000.00", "2025-01-08")
    assert shop.balances() == {"anna": 291, "boris": 50, "vera": 50, "gleb": 50, "dina": 50}


def test_s20_worked_example_5(shop):
    for number, name in enumerate(("boris", "vera", "gleb"), 3):
        shop.buy(name, "100.00", f"2025-01-0{number}")
    # 3 x 10 and the bonus.
    assert shop.balances() == {"anna": 280, "boris": 50, "vera": 50, "gleb": 50, "dina": 0}

    # B: its 10 and 50 go back; two friends are left, and the bonus goes too.
    shop.refund("vera", "2025-01-10")
    assert shop.balances() == {"anna": 20, "boris": 50, "vera": 0, "gleb": 50, "dina": 0}
    assert friends_of(shop, "anna") == (4, 2)

    # D is the third: 20 + 10 + 250.
    shop.buy("dina", "100.00", "2025-01-11")
    assert shop.balances() == {"anna": 280, "boris": 50, "vera": 0, "gleb": 50, "dina": 50}

    # C: two are left again.
    shop.refund("gleb", "2025-01-12")
    assert shop.balances() == {"anna": 20, "boris": 50, "vera": 0, "gleb": 0, "dina": 50}
    assert [one for one in shop.rewards("anna") if one[0] == "every-nth-friend"] == [
        ("every-nth-friend", 250, 0),
        ("every-nth-friend", 250, 0),
    ]


def test_a_friend_who_bought_twice_stays_a_friend_when_the_first_goes_back(shop):
    for name in ("boris", "vera", "gleb"):
        shop.buy(name, "100.00", "2025-01-03")
    shop.buy("vera", "60.00", "2025-01-04", key="second")

    # Vera's 10 for Anna and her own 50 go; she is still one of three, so the 250 stay.
    shop.refund("vera", "2025-01-05")
    assert shop.balances() == {"anna": 270, "boris": 50, "vera": 0, "gleb": 50, "dina": 0}
    # With her last one the bonus goes.
    shop.refund("second", "2025-01-06")
    assert shop.balances() == {"anna": 20, "boris": 50, "vera": 0, "gleb": 50, "dina": 0}
    # She buys again, and that is her first: 8 for Anna, 50 for her, and she is the third again.
    shop.buy("vera", "80.00", "2025-01-07", key="third")
    assert shop.balances() == {"anna": 278, "boris": 50, "vera": 50, "gleb": 50, "dina": 0}


def test_s9_a_later_purchase_never_becomes_the_first_by_itself(shop):
    shop.buy("boris", "100.00", "2025-01-03")
    shop.buy("boris", "60.00", "2025-01-04", key="second")
    shop.refund("boris", "2025-01-05")
    assert shop.balances() == {"anna": 0, "boris": 0, "vera": 0, "gleb": 0, "dina": 0}

    # The second is kept, so this one is the second that counts.
    shop.buy("boris", "40.00", "2025-01-06", key="third")
    assert shop.balances() == {"anna": 0, "boris": 0, "vera": 0, "gleb": 0, "dina": 0}


def test_s17_part_of_the_first_purchase_goes_back_and_then_all_of_it_by_mistake(shop):
    shop.buy("boris", "100.50", "2025-01-03")
    assert shop.balances() == {"anna": 10, "boris": 50, "vera": 0, "gleb": 0, "dina": 0}

    # Half of 10; the friend's fixed amount stays while there is a purchase.
    shop.refund("boris", "2025-01-04", "50.25")
    assert shop.balances() == {"anna": 5, "boris": 50, "vera": 0, "gleb": 0, "dina": 0}
    shop.refund("boris", "2025-01-05")
    assert shop.balances() == {"anna": 0, "boris": 0, "vera": 0, "gleb": 0, "dina": 0}
    # Reopened, it counts whole: 10 % of 100.50.
    shop.reopen("boris", "2025-01-06")
    assert shop.balances() == {"anna": 10, "boris": 50, "vera": 0, "gleb": 0, "dina": 0}
    assert friends_of(shop, "anna") == (4, 1)


def test_ones_own_code_a_second_code_and_an_unknown_one_change_nothing(shop):
    shop.enrol("olga")
    own, other = (get_link(card=shop.cards[name]).code for name in ("anna", "olga"))

    with shop.clock("2025-01-03"):
        with pytest.raises(OwnCode):
            register_via_link(card=shop.cards["anna"], code=own)
        with pytest.raises(AlreadyReferred):
            register_via_link(card=shop.cards["boris"], code=other)
        with pytest.raises(CodeMalformed):
            register_via_link(card=shop.cards["olga"], code="NOBODYS")

    shop.buy("boris", "100.00", "2025-01-04")
    assert shop.balances() == {"anna": 10, "boris": 50, "vera": 0, "gleb": 0, "dina": 0, "olga": 0}


def test_s28_a_friend_is_moved_by_staff(shop):
    shop.enrol("olga")
    shop.buy("boris", "100.00", "2025-01-03")
    with shop.clock("2025-01-04"):
        for name in ("boris", "vera"):
            move_card(card=shop.cards[name], parent=shop.cards["olga"], reason="Typed the wrong code.")
    assert friends_of(shop, "anna") == (2, 0)
    assert friends_of(shop, "olga") == (2, 1)

    # What Anna got stays with her; from now on it is Olga's. Boris has had his first purchase since he was linked.
    shop.buy("boris", "100.00", "2025-01-05", key="second")
    assert shop.balances() == {"anna": 10, "boris": 50, "vera": 0, "gleb": 0, "dina": 0, "olga": 0}
    shop.buy("vera", "200.00", "2025-01-06")
    assert shop.balances() == {"anna": 10, "boris": 50, "vera": 50, "gleb": 0, "dina": 0, "olga": 20}
    # And what goes back is taken where it was given.
    shop.refund("boris", "2025-01-07")
    assert shop.balances() == {"anna": 0, "boris": 0, "vera": 50, "gleb": 0, "dina": 0, "olga": 20}


def test_s13_a_blocked_parent_gets_nothing_and_its_friend_all(shop):
    shop.buy("boris", "100.00", "2025-01-03")
    shop.buy("vera", "100.00", "2025-01-03")
    with shop.clock("2025-01-04"):
        block_card(card=shop.cards["anna"], reason="Under review.")

    # The third friend while she is blocked: neither 10 % nor the bonus, and neither of them later.
    shop.buy("gleb", "100.00", "2025-01-05")
    assert shop.balances() == {"anna": 20, "boris": 50, "vera": 50, "gleb": 50, "dina": 0}
    with shop.clock("2025-01-06"):
        unblock_card(card=shop.cards["anna"], reason="All is well.")
    shop.buy("dina", "100.00", "2025-01-07")
    assert shop.balances() == {"anna": 30, "boris": 50, "vera": 50, "gleb": 50, "dina": 50}
    assert friends_of(shop, "anna") == (4, 4)
