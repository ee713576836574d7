"""How far a friend got, decided in memory: registering, qualifying, falling back, moving."""

from __future__ import annotations

from typing import Any

import pytest

from referrals.journey import QUALIFIED, REGISTERED, CardReferrals
from tests.referrals.world import World, day

REFERRER, OTHER, FRIEND = 1, 2, 7


@pytest.fixture
def world() -> World:
    return World(REFERRER, OTHER, FRIEND)


@pytest.fixture
def friends(world: World) -> World:
    """The friend came by the referrer's link on day 1 and is counted."""
    world.link(FRIEND, REFERRER, at=day(1))
    world.settle()
    return world


def test_a_card_starts_without_referrer_and_friends(world: World) -> None:
    assert world.of(FRIEND) == CardReferrals(referral=None, registered=0, qualified=0)


def test_a_link_makes_a_referral_that_is_counted_when_its_event_is_processed(world: World) -> None:
    world.link(FRIEND, REFERRER, at=day(1), code="K7", method="cookie", link=5)

    referral = world.referral(FRIEND)
    assert (referral.referrer_id, referral.link_id, referral.code, referral.method) == (
        REFERRER,
        5,
        "K7",
        "cookie",
    )
    assert (referral.registered_at, referral.minimum, referral.counted) == (day(1), 1, False)
    assert world.counts(REFERRER) == (0, 0)

    (event,) = world.settle()

    assert (event.identity, event.card_id, event.payload) == (
        ("referrals", REGISTERED, "7"),
        FRIEND,
        {"referrer": REFERRER},
    )
    assert (event.occurred_at, event.cascaded, event.depth) == (day(1), False, 0)
    assert world.counts(REFERRER) == (1, 0)
    assert world.referral(FRIEND).counted


def test_a_parent_set_without_a_link_is_no_referral(world: World) -> None:
    world.move(FRIEND, REFERRER, at=day(1))
    world.buy(FRIEND, "a", at=day(2))

    assert world.of(FRIEND).referral is None
    assert world.counts(REFERRER) == (0, 0)
    assert world.state.new_events == []


def test_a_link_to_nobody_is_no_referral(world: World) -> None:
    world.link(FRIEND, None, at=day(1))

    assert world.of(FRIEND).referral is None


def test_s33_the_first_qualifying_purchase_qualifies_in_the_name_of_the_friend(friends: World) -> None:
    bought = friends.buy(FRIEND, "a", at=day(2))

    (event,) = friends.brought_about(QUALIFIED)
    assert event.identity == ("referrals", QUALIFIED, "7/test/a")
    assert (event.card_id, event.occurred_at, event.cascaded) == (FRIEND, day(2), True)
    assert event.payload == {"referrer": REFERRER, "purchase": "test/a"}
    assert event.purchase is bought.purchase
    assert friends.outcome(event) == "applied"
    assert friends.counts(REFERRER) == (1, 1)
    referral = friends.referral(FRIEND)
    assert (referral.qualifying_purchases, referral.qualified_at, referral.qualified_by) == (
        1,
        day(2),
        "test/a",
    )


def test_a_second_purchase_qualifies_nobody_again(friends: World) -> None:
    friends.buy(FRIEND, "a", at=day(2))
    friends.buy(FRIEND, "b", at=day(3))

    assert friends.referral(FRIEND).qualifying_purchases == 2
    assert friends.referral(FRIEND).qualified_by == "test/a"
    assert friends.counts(REFERRER) == (1, 1)
    assert len(friends.brought_about(QUALIFIED)) == 1


def test_s9_a_purchase_before_the_link_took_effect_does_not_qualify(friends: World) -> None:
    friends.buy(FRIEND, "late", at=day(0.5))
    assert friends.counts(REFERRER) == (1, 0)

    friends.buy(FRIEND, "same instant", at=day(1))
    assert friends.counts(REFERRER) == (1, 1)


@pytest.mark.parametrize(
    ("minimum", "decimals", "total", "qualified"),
    [
        ("0.01", 2, "0.01", 1),
        ("0.01", 2, "0.00", 0),
        ("5.00", 2, "4.99", 0),
        ("5.00", 2, "5.00", 1),
        ("0.01", 0, "1", 1),
        ("0.01", 0, "0", 0),
        ("5.5", 0, "5", 0),
        ("5.5", 0, "6", 1),
        ("0.01", 3, "0.009", 0),
        ("0.01", 3, "0.010", 1),
    ],
)
def test_s9_what_remains_must_meet_the_minimum(
    minimum: str, decimals: int, total: str, qualified: int, settings: Any
) -> None:
    settings.REFERRALS = {"QUALIFY_MINIMUM": minimum}
    world = World(REFERRER, FRIEND, decimals=decimals)
    world.link(FRIEND, REFERRER, at=day(1))
    world.settle()

    world.buy(FRIEND, "a", at=day(2), total=total)

    assert world.counts(REFERRER) == (1, qualified)


def test_a_referral_keeps_the_minimum_under_which_it_began(friends: World, settings: Any) -> None:
    friends.buy(FRIEND, "a", at=day(2), total="3.00")
    settings.REFERRALS = {"QUALIFY_MINIMUM": "5.00"}

    friends.buy(FRIEND, "b", at=day(3), total="3.00")
    assert friends.referral(FRIEND).qualifying_purchases == 2

    friends.refund(FRIEND, "a", at=day(4))
    friends.refund(FRIEND, "b", at=day(4))
    assert friends.referral(FRIEND).qualifying_purchases == 0
    assert friends.counts(REFERRER) == (1, 0)


def test_s20_the_count_falls_when_the_last_qualifying_purchase_is_refunded(friends: World) -> None:
    friends.buy(FRIEND, "a", at=day(2))
    friends.buy(FRIEND, "b", at=day(3))

    friends.refund(FRIEND, "a", at=day(4))
    assert friends.counts(REFERRER) == (1, 1)
    assert friends.referral(FRIEND).qualified_by == "test/a"

    friends.refund(FRIEND, "b", at=day(5), amount="9.99")
    assert friends.counts(REFERRER) == (1, 1)

    friends.refund(FRIEND, "b", at=day(6))
    assert friends.counts(REFERRER) == (1, 0)
    referral = friends.referral(FRIEND)
    assert (referral.qualifying_purchases, referral.qualified_at, referral.qualified_by) == (0, None, "")
    assert len(friends.brought_about(QUALIFIED)) == 1


def test_s20_a_new_purchase_qualifies_again_under_a_key_of_its_own(friends: World) -> None:
    friends.buy(FRIEND, "a", at=day(2))
    friends.refund(FRIEND, "a", at=day(3))
    friends.buy(FRIEND, "b", at=day(4))

    assert friends.counts(REFERRER) == (1, 1)
    assert [event.key for event in friends.brought_about(QUALIFIED)] == ["7/test/a", "7/test/b"]
    assert [friends.outcome(event) for event in friends.brought_about(QUALIFIED)] == ["applied", "applied"]


def test_a_purchase_that_stopped_qualifying_is_not_taken_off_twice(settings: Any) -> None:
    settings.REFERRALS = {"QUALIFY_MINIMUM": "5.00"}
    world = World(REFERRER, FRIEND)
    world.link(FRIEND, REFERRER, at=day(1))
    world.settle()
    world.buy(FRIEND, "a", at=day(2), total="10.00")
    world.refund(FRIEND, "a", at=day(3), amount="6.00")
    assert world.counts(REFERRER) == (1, 0)

    world.buy(FRIEND, "b", at=day(4), total="5.00")
    world.refund(FRIEND, "a", at=day(5))

    assert world.referral(FRIEND).qualifying_purchases == 1
    assert world.counts(REFERRER) == (1, 1)


def test_the_refund_of_a_purchase_before_the_link_takes_nothing_off(friends: World) -> None:
    friends.buy(FRIEND, "early", at=day(0))
    friends.buy(FRIEND, "a", at=day(2))

    friends.refund(FRIEND, "early", at=day(3))

    assert friends.counts(REFERRER) == (1, 1)


def test_a_link_registered_late_sees_the_purchases_that_qualify_already(world: World) -> None:
    world.buy(FRIEND, "before", at=day(1))
    world.buy(FRIEND, "b", at=day(4))
    world.buy(FRIEND, "a", at=day(3))
    world.buy(FRIEND, "refunded", at=day(3))
    world.refund(FRIEND, "refunded", at=day(5))

    world.link(FRIEND, REFERRER, at=day(2))
    assert world.counts(REFERRER) == (0, 0)
    assert world.brought_about(QUALIFIED) == []
    world.settle()

    (event,) = world.brought_about(QUALIFIED)
    assert (event.key, event.occurred_at, event.purchase_key) == ("7/test/a", day(3), "test/a")
    assert world.referral(FRIEND).qualifying_purchases == 2
    assert world.counts(REFERRER) == (1, 1)

    world.refund(FRIEND, "a", at=day(6))
    world.refund(FRIEND, "b", at=day(6))
    assert world.counts(REFERRER) == (1, 0)


def test_what_a_purchase_before_the_link_has_left_is_what_counts(world: World) -> None:
    world.buy(FRIEND, "a", at=day(3), total="10.00")
    world.refund(FRIEND, "a", at=day(4), amount="9.99")

    world.link(FRIEND, REFERRER, at=day(2))
    world.settle()

    assert world.counts(REFERRER) == (1, 1)


def test_a_purchase_between_link_and_count_qualifies_when_the_friend_is_counted(world: World) -> None:
    world.link(FRIEND, REFERRER, at=day(1))
    world.buy(FRIEND, "a", at=day(1))

    assert world.counts(REFERRER) == (0, 0)
    assert not world.referral(FRIEND).is_qualified

    world.settle()

    assert world.counts(REFERRER) == (1, 1)
    assert [event.key for event in world.brought_about(QUALIFIED)] == ["7/test/a"]


def test_history_is_dropped_once_there_is_a_referral(world: World) -> None:
    world.buy(FRIEND, "a", at=day(1))
    assert list(world.of(FRIEND).history) == ["test/a"]

    world.link(FRIEND, REFERRER, at=day(2))

    assert world.of(FRIEND).history == {}


def test_s28_a_move_takes_the_counts_along_and_tells_nobody(friends: World) -> None:
    friends.buy(FRIEND, "a", at=day(2))
    told = len(friends.state.messages)

    friends.move(FRIEND, OTHER, at=day(3))

    assert friends.counts(REFERRER) == (0, 0)
    assert friends.counts(OTHER) == (1, 1)
    assert friends.referral(FRIEND).referrer_id == OTHER
    assert friends.referral(FRIEND).registered_at == day(1)
    assert len(friends.state.messages) == told
    assert len(friends.brought_about(QUALIFIED)) == 1

    friends.refund(FRIEND, "a", at=day(4))
    assert friends.counts(OTHER) == (1, 0)


def test_s28_a_friend_who_is_not_counted_yet_counts_for_the_new_parent(world: World) -> None:
    world.link(FRIEND, REFERRER, at=day(1))
    world.move(FRIEND, OTHER, at=day(1))
    assert (world.counts(REFERRER), world.counts(OTHER)) == ((0, 0), (0, 0))

    world.settle()

    assert (world.counts(REFERRER), world.counts(OTHER)) == ((0, 0), (1, 0))


def test_s28_a_detached_friend_counts_for_nobody_until_attached_again(friends: World) -> None:
    friends.move(FRIEND, None, at=day(2))
    assert friends.counts(REFERRER) == (0, 0)
    assert friends.referral(FRIEND).referrer_id is None

    friends.buy(FRIEND, "a", at=day(3))
    assert friends.brought_about(QUALIFIED) == []
    assert friends.referral(FRIEND).is_qualified

    friends.move(FRIEND, OTHER, at=day(4))
    assert friends.counts(OTHER) == (1, 1)


def test_a_second_link_does_not_begin_a_second_referral(friends: World) -> None:
    friends.link(FRIEND, OTHER, at=day(2), code="NEW")

    assert friends.referral(FRIEND).code == "ABC"
    assert (friends.counts(REFERRER), friends.counts(OTHER)) == ((0, 0), (1, 0))
    assert len(friends.brought_about(REGISTERED)) == 1


def test_moving_to_the_same_parent_changes_nothing(friends: World) -> None:
    friends.state.facts.drain(friends.fact.key)

    friends.move(FRIEND, REFERRER, at=day(2))

    assert friends.state.facts.drain(friends.fact.key) == {}


def test_both_stages_are_told_once(friends: World) -> None:
    friends.buy(FRIEND, "a", at=day(2))

    ((registered,), (qualified,)) = friends.told("referral_registered"), friends.told("referral_qualified")
    assert registered.payload == qualified.payload == {"referee": FRIEND, "referrer": REFERRER}


@pytest.mark.parametrize(
    ("kind", "payload"),
    [(REGISTERED, {"referrer": REFERRER}), (QUALIFIED, {"referrer": REFERRER, "purchase": "test/a"})],
)
def test_what_did_not_happen_is_refused(kind: str, payload: dict[str, object], world: World) -> None:
    forged = world.run(kind, "forged", FRIEND, day(3), payload=payload)

    assert world.outcome(forged) == "no_such_referral"
    assert world.state.messages == []


@pytest.mark.parametrize(
    ("kind", "payload"),
    [(REGISTERED, {"referrer": REFERRER}), (QUALIFIED, {"referrer": REFERRER, "purchase": "test/a"})],
)
def test_what_happened_does_not_happen_again(kind: str, payload: dict[str, object], friends: World) -> None:
    friends.buy(FRIEND, "a", at=day(2))

    forged = friends.run(kind, "forged", FRIEND, day(3), payload=payload)

    assert friends.outcome(forged) == "no_such_referral"
    assert friends.counts(REFERRER) == (1, 1)


def test_a_long_purchase_id_still_makes_a_key_that_fits(friends: World) -> None:
    friends.buy(FRIEND, "x" * 200, at=day(2))

    (event,) = friends.brought_about(QUALIFIED)
    assert len(event.key) == 66
    assert event.payload["purchase"] == "test/" + "x" * 200
