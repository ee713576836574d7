"""How far friends have come, as their referrer sees it."""

from dataclasses import asdict
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model

from loyalty import services
from loyalty.models import Reward
from referrals.selectors import friends_progress, mask_name
from tests.factories import RewardFactory
from tests.performance.counting import counted
from tests.referrals.rows import START, make_card, make_program, make_referral
from tests.scenarios.stage import Stage

DAY = timedelta(days=1)


@pytest.fixture
def shop(db):
    """Anna brought Boris and Vera; what is earned can be spent 14 days later."""
    shop = Stage("referrals.parent_and_child", currency={"hold": "P14D"})
    shop.enrol("anna")
    shop.befriend("boris", "vera", by="anna", on="2025-01-02")
    return shop


def stages(shop, on):
    """Stage of each friend of Anna's, the first one first."""
    page = friends_progress(shop.cards["anna"], at=shop.at(on))
    return [friend.stage for friend in page.friends[::-1]]


def first(shop, on):
    """Anna's first friend."""
    return friends_progress(shop.cards["anna"], at=shop.at(on)).friends[-1]


def test_a_friend_registers_buys_waits_and_is_rewarded(shop):
    assert stages(shop, "2025-01-02 12:01") == ["registered", "registered"]

    shop.buy("boris", "100.00", "2025-01-03")

    assert stages(shop, "2025-01-04") == ["pending", "registered"]
    assert stages(shop, "2025-01-17 11:59") == ["pending", "registered"]
    assert stages(shop, "2025-01-17 12:00") == ["rewarded", "registered"]
    friend = first(shop, "2025-01-17 12:00")
    assert friend.registered_at == shop.at("2025-01-02")
    assert friend.qualified_at == friend.pending_at == shop.at("2025-01-03")
    assert friend.rewarded_at == shop.at("2025-01-17")
    assert friend.reversed_at is None


def test_a_stage_has_no_date_before_it_is_reached(shop):
    shop.buy("boris", "100.00", "2025-01-03")

    waiting = first(shop, "2025-01-04")
    fresh = friends_progress(shop.cards["anna"], at=shop.at("2025-01-04")).friends[0]

    assert (waiting.rewarded_at, waiting.reversed_at) == (None, None)
    assert (fresh.qualified_at, fresh.pending_at, fresh.rewarded_at) == (None, None, None)


def test_a_friend_who_qualified_without_a_reward(shop):
    # 10 % of 9.99 is less than a point.
    shop.buy("boris", "9.99", "2025-01-03")

    assert stages(shop, "2025-01-04") == ["qualified", "registered"]


def test_what_is_taken_back_is_told_with_its_date(shop):
    shop.buy("boris", "100.00", "2025-01-03")
    shop.refund("boris", "2025-01-05")

    friend = first(shop, "2025-02-01")

    assert (friend.stage, friend.reversed_at) == ("reversed", shop.at("2025-01-05"))
    assert (friend.qualified_at, friend.pending_at, friend.rewarded_at) == (None, None, None)


def test_a_part_taken_back_changes_no_stage(shop):
    shop.buy("boris", "100.00", "2025-01-03")
    shop.refund("boris", "2025-01-05", "50.00")

    assert stages(shop, "2025-01-06") == ["pending", "registered"]


def test_a_friend_who_comes_back_begins_anew(shop):
    shop.buy("boris", "100.00", "2025-01-03")
    shop.refund("boris", "2025-01-05")
    shop.buy("boris", "9.99", "2025-01-06", key="again")

    friend = first(shop, "2025-01-07")

    assert (friend.stage, friend.qualified_at) == ("qualified", shop.at("2025-01-06"))
    assert friend.reversed_at is None


def test_a_bonus_for_several_friends_is_nobodys_own(shop):
    shop.befriend("gleb", by="anna", on="2025-01-02")
    for name in ("boris", "vera", "gleb"):
        shop.buy(name, "9.99", "2025-01-03")

    assert shop.rewards("anna") == [("every-nth-friend", 250, 250)]
    assert stages(shop, "2025-02-01") == ["qualified", "qualified", "qualified"]


def test_what_others_get_for_a_friend_is_not_the_cards(shop):
    # Boris gets his own bonus for a purchase of which Anna's share is less than a point.
    shop.buy("boris", "9.99", "2025-01-03")

    assert Reward.objects.filter(card=shop.cards["boris"]).exists()
    assert first(shop, "2025-02-01").stage == "qualified"


def test_s29_rewards_stay_told_when_the_referrers_cards_are_merged(shop):
    shop.buy("boris", "100.00", "2025-01-03")
    shop.enrol("anna-two")
    services.merge_cards(survivor=shop.cards["anna-two"], merged=shop.cards["anna"], reason="One person")

    page = friends_progress(shop.cards["anna-two"], at=shop.at("2025-02-01"))

    assert [friend.stage for friend in page.friends] == ["registered", "rewarded"]


def test_strangers_friends_are_not_shown(shop):
    assert friends_progress(shop.cards["vera"]).friends == []


@pytest.mark.parametrize(
    ("names", "masked"),
    [
        ({"first_name": "boris", "last_name": "Petrov", "username": "b@example.org"}, "B•••"),
        ({"first_name": "Ёлка", "username": "x"}, "Ё•••"),
        ({"first_name": "", "username": "vera77"}, "V•••"),
        ({"first_name": "", "username": "vera@example.org"}, "•••"),
        ({"first_name": "b@example.org", "username": "x"}, "•••"),
        ({"first_name": "", "username": "+79991234567"}, "•••"),
        ({"first_name": "\u202e<b>", "username": "x"}, "B•••"),
    ],
)
def test_names_are_masked(db, names, masked):
    user = get_user_model().objects.create(email="boris.petrov@example.org", **names)

    assert mask_name(make_card(make_program(), user=user)) == masked


def test_nothing_of_the_friends_is_in_the_answer(db):
    program = make_program()
    user = get_user_model().objects.create(
        username="secret-login", first_name="Boris", last_name="Secretov", email="secret@example.org"
    )
    friend = make_card(program, "SECRET77", user=user, external_id="secret-key")
    referrer = make_card(program)
    make_referral(friend, referrer, qualified_by="secret-order", qualifying_purchases=1, qualified_at=START)

    [told] = friends_progress(referrer).friends

    assert "secret" not in str(asdict(told)).lower()
    assert (told.name, told.stage) == ("B•••", "registered")


def test_pages_the_latest_first(db):
    program = make_program()
    referrer = make_card(program)
    made = [make_referral(make_card(program), referrer).pk for _ in range(5)]

    page = friends_progress(referrer, limit=3)
    rest = friends_progress(referrer, limit=3, before=page.older)

    assert [friend.pk for friend in page.friends + rest.friends] == made[::-1]
    assert rest.older is None


@pytest.mark.parametrize("number", [1, 200])
def test_as_many_queries_for_many_friends(db, number):
    program = make_program()
    referrer = make_card(program)
    users = get_user_model()
    for one in range(number):
        friend = make_card(program, user=users.objects.create(username=f"friend-{one}"))
        make_referral(friend, referrer)
        RewardFactory(event__card=friend, card=referrer, level=1)

    with counted() as queries:
        page = friends_progress(referrer, limit=200)

    assert [friend.stage for friend in page.friends] == ["rewarded"] * number
    assert len(queries) == 3, queries
