"""Merged cards as referrers and as friends (S29): counts move with the friends, nobody becomes their own."""

from __future__ import annotations

import pytest

from loyalty import services
from loyalty.auditing import run_invariants
from loyalty.models import Card
from loyalty.rules import EventState
from loyalty.testing import process_inbox
from referrals.exceptions import OwnCode
from referrals.models import Referral, ReferrerStats
from referrals.services import register_via_link
from tests.referrals.world import World, day

STAYS, GOES, FRIEND, SECOND = 1, 2, 7, 8


@pytest.fixture
def world() -> World:
    """Each of the two brought a friend; the one of the card that goes has bought."""
    made = World(STAYS, GOES, FRIEND, SECOND)
    made.link(FRIEND, GOES, at=day(1))
    made.link(SECOND, STAYS, at=day(1))
    made.settle()
    made.buy(FRIEND, "a", at=day(2))
    return made


def merge(world: World, at: float = 3) -> EventState:
    return world.run("loyalty.card_merged", f"m{at}", STAYS, day(at), payload={"merged": GOES})


def part(world: World, at: float = 5) -> EventState:
    return world.run("loyalty.cards_parted", f"p{at}", STAYS, day(at), payload={"merged": GOES})


def test_s29_the_friends_and_their_counts_move_to_the_survivor_and_back(world: World) -> None:
    merge(world)
    assert (world.counts(STAYS), world.counts(GOES)) == ((2, 1), (0, 0))
    assert world.referral(FRIEND).referrer_id == STAYS

    part(world)
    assert (world.counts(STAYS), world.counts(GOES)) == ((1, 0), (1, 1))
    assert world.referral(FRIEND).referrer_id == GOES


def test_s20_a_refund_after_the_merge_lowers_the_survivors_count(world: World) -> None:
    merge(world)
    world.refund(FRIEND, "a", at=day(4))
    assert (world.counts(STAYS), world.counts(GOES)) == ((2, 0), (0, 0))


def test_s29_who_brought_the_other_card_did_not_bring_themselves() -> None:
    world = World(STAYS, GOES)
    world.link(GOES, STAYS, at=day(1))
    world.settle()
    world.buy(GOES, "a", at=day(2))
    assert world.counts(STAYS) == (1, 1)

    merge(world)
    assert (world.counts(STAYS), world.referral(GOES).referrer_id) == ((0, 0), None)

    part(world)
    assert (world.counts(STAYS), world.referral(GOES).referrer_id) == ((1, 1), STAYS)


def test_s29_the_survivor_keeps_its_own_referral(world: World) -> None:
    world.state.cards[9] = type(world.state.cards[STAYS])(pk=9, enrolled_at=day(0))
    world.link(STAYS, 9, at=day(2))
    world.settle()
    merge(world)
    assert (world.referral(STAYS).referrer_id, world.counts(9)) == (9, (1, 0))


@pytest.mark.django_db
def test_s29_the_link_of_the_merged_card_is_the_survivors_own() -> None:
    services.create_program(slug="club")
    stays, goes = (services.enrol_card(external_id=key) for key in ("stays", "goes"))
    services.merge_cards(survivor=stays, merged=goes, reason="The same person")

    with pytest.raises(OwnCode):
        register_via_link(card=stays, code=goes.number)


@pytest.mark.django_db
def test_s29_a_link_of_the_merged_card_brings_friends_to_the_survivor() -> None:
    services.create_program(slug="club")
    stays, goes = (services.enrol_card(external_id=key) for key in ("stays", "goes"))
    early = services.enrol_card(external_id="early")
    register_via_link(card=early, code=goes.number)
    process_inbox()

    services.merge_cards(survivor=stays, merged=goes, reason="The same person")
    late = services.enrol_card(external_id="late")
    register_via_link(card=late, code=goes.number)
    process_inbox()

    assert set(Referral.objects.values_list("referee__external_id", "referrer_id")) == {
        ("early", stays.pk),
        ("late", stays.pk),
    }
    assert ReferrerStats.objects.get(card=stays).registered == 2
    assert Card.objects.filter(parent=stays).count() == 2
    assert [finding.key for finding in run_invariants() if not finding.is_sound] == []
