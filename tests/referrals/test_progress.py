"""Campaigns open to a member who brings friends: the progress is the parent card's own, friends stay unknown."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from django.utils.translation import override

from loyalty.models import Card
from loyalty.selectors import CampaignProgress, open_campaigns
from loyalty.services import (
    create_program,
    enrol_card,
    fill_preset,
    publish_campaign,
    record_purchase,
    record_refund,
    save_draft,
)
from loyalty.testing import process_inbox
from referrals.models import ReferrerStats
from referrals.services import get_link, register_via_link
from tests.performance.counting import counted

CORE = "referrals.parent_and_child"


@pytest.fixture
def club(db: None) -> Any:
    """A program with the core preset published, and Anna who may invite."""
    program = create_program(slug="club", currencies=[{"code": "points"}])
    fill_preset(preset=CORE, program=program, publish=True)
    return program


def enrol(program: Any, name: str) -> Any:
    return enrol_card(program=program, external_id=name, at=timezone.now() - timedelta(days=9))


def bring(program: Any, anna: Any, *names: str, buying: bool) -> None:
    """Friends who type Anna's code, and buy if told so."""
    code = get_link(card=anna).code
    for name in names:
        friend = enrol(program, name)
        register_via_link(card=friend, code=code)
        process_inbox()
        if buying:
            record_purchase(card=friend, external_id=f"order-{name}", total="100.00")
            process_inbox()


def told(found: list[CampaignProgress]) -> list[tuple[str, str, str]]:
    return [(one.key, one.role, one.text) for one in found]


def test_who_may_invite_sees_both_campaigns_and_no_progress_but_her_own(club):
    anna = enrol(club, "anna")

    found = open_campaigns(anna)

    # She was not brought herself: what a friend gets is not open to her.
    assert told(found) == [
        ("every-nth-friend", "parent_card", "0 of 3 friends"),
        ("friends-first-purchase", "parent_card", ""),
    ]
    assert found[0].sentence == "For every 3 friends of yours who make a first purchase, you get 250 points."
    assert found[1].sentence == (
        "When a friend registered by your link makes the first purchase, you get 10 % of it and your friend's card "
        "gets 50 points."
    )
    assert (found[0].current, found[0].target, found[1].current, found[1].target) == (0, 3, None, None)


def test_friends_count_once_they_bought_and_no_longer_when_they_send_it_back(club):
    anna = enrol(club, "anna")

    bring(club, anna, "boris", buying=False)
    assert open_campaigns(anna)[0].text == "0 of 3 friends"
    bring(club, anna, "clara", buying=True)
    assert open_campaigns(anna)[0].text == "1 of 3 friends"
    bring(club, anna, "dora", "emil", buying=True)
    # The third is rewarded: the next three begin.
    assert open_campaigns(anna)[0].text == "0 of 3 friends"
    record_refund(program=club, purchase_id="order-dora", external_id="back")
    process_inbox()
    assert open_campaigns(anna)[0].text == "2 of 3 friends"


def test_a_friend_sees_what_the_first_purchase_brings_until_it_is_made(club):
    anna = enrol(club, "anna")
    bring(club, anna, "boris", buying=False)
    boris = club.cards.get(external_id="boris")

    found = {one.role: one for one in open_campaigns(boris) if one.key == "friends-first-purchase"}

    assert found["card"].text == "0 of 1 purchase"
    assert found["card"].sentence == "When you make the first purchase, you get 50 points."
    record_purchase(card=boris, external_id="order", total="100.00")
    process_inbox()
    assert told(open_campaigns(boris)) == [
        ("every-nth-friend", "parent_card", "0 of 3 friends"),
        ("friends-first-purchase", "parent_card", ""),
    ]


def test_nothing_of_a_friends_card_is_told(club):
    """What the campaign asks of the friend is in the sentence; how far the friend is stays the friend's."""
    definition = {
        "key": "big-spenders",
        "trigger": {"kind": "loyalty.purchase"},
        "conditions": [[{"kind": "loyalty.lifetime_spend", "params": {"minimum": "500"}}]],
        "actions": [
            {
                "slot": "parent",
                "kind": "loyalty.credit",
                "recipient": "parent_card",
                "currency": "points",
                "amount": {"kind": "loyalty.fixed", "value": "20"},
            }
        ],
    }
    publish_campaign(campaign=save_draft(program=club, definition=definition))
    anna = enrol(club, "anna")
    bring(club, anna, "boris", buying=True)

    found = {one.key: one for one in open_campaigns(anna)}["big-spenders"]

    assert found.sentence == (
        "When your friend makes a purchase and your friend's card has spent at least 500.00 in all, you get 20 points."
    )
    assert (found.text, found.current, found.target) == ("", None, None)


def test_it_speaks_the_readers_language(club):
    anna = enrol(club, "anna")
    bring(club, anna, "boris", buying=True)

    with override("ru"):
        found = open_campaigns(anna)[0]

    assert found.text == "1 из 3 друзей"
    assert found.sentence == "За каждых 3 ваших друзей, сделавших первую покупку, вы получаете 250 баллов."


def test_exactly_so_many_friends_is_over_once_there_are_more(club):
    definition = {
        "key": "two-friends",
        "trigger": {"kind": "referrals.referral_registered"},
        "conditions": [
            [
                {
                    "kind": "referrals.referred_clients",
                    "about": "parent_card",
                    "params": {"match": "at", "count": 2, "stage": "registered"},
                }
            ]
        ],
        "actions": [
            {
                "slot": "both",
                "kind": "loyalty.credit",
                "recipient": "parent_card",
                "currency": "points",
                "amount": {"kind": "loyalty.fixed", "value": "20"},
            }
        ],
    }
    publish_campaign(campaign=save_draft(program=club, definition=definition))
    anna = enrol(club, "anna")

    bring(club, anna, "boris", buying=False)
    two = {one.key: one for one in open_campaigns(anna)}["two-friends"]
    assert (two.text, two.sentence) == (
        "1 of 2 friends",
        "As soon as 2 friends have registered by your link, you get 20 points.",
    )
    bring(club, anna, "clara", buying=False)
    assert "two-friends" not in {one.key for one in open_campaigns(anna)}


def test_a_monthly_limit_that_is_used_up_closes_the_campaign(db):
    program = create_program(slug="club", currencies=[{"code": "points"}])
    fill_preset(
        preset="referrals.minimum_and_limits", program=program, params={"friends_a_month": 1}, publish=True
    )
    anna = enrol(program, "anna")
    assert told(open_campaigns(anna)) == [("friends-with-limits", "parent_card", "")]
    code = get_link(card=anna).code
    friend = enrol(program, "boris")
    register_via_link(card=friend, code=code)
    record_purchase(card=friend, external_id="order", total="600.00")
    process_inbox()

    assert open_campaigns(anna) == []
    # Another month, another room.
    assert told(open_campaigns(anna, at=timezone.now() + timedelta(days=32))) == [
        ("friends-with-limits", "parent_card", "")
    ]


def test_the_queries_do_not_grow_with_friends(club):
    anna, dora = enrol(club, "anna"), enrol(club, "dora")
    bring(club, anna, "boris", buying=True)
    since = dora.enrolled_at
    friends = [
        Card(
            program=club,
            parent=dora,
            **dict.fromkeys(("parent_since", "linked_at", "enrolled_at", "status_since"), since),
        )
        for _number in range(200)
    ]
    Card.objects.bulk_create(friends)
    ReferrerStats.objects.create(card=dora, registered=200, qualified=200)
    open_campaigns(anna)  # what is read once per process

    with counted() as one:
        open_campaigns(anna)
    with counted() as many:
        found = open_campaigns(dora)

    assert found[0].text == "2 of 3 friends"
    assert len(many) == len(one), f"{one}\n{many}"
    assert len(one) <= 12
