"""A milestone that is undone and reached again within one batch of events (S20)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from loyalty.models import Reward
from loyalty.services import (
    create_program,
    enrol_card,
    process_inbox,
    publish_campaign,
    record_purchase,
    record_refund,
    save_draft,
)
from referrals.testing import refer

START = datetime(2025, 1, 1, tzinfo=UTC)
THIRD_FRIEND = {
    "key": "third-friend",
    "trigger": {"kind": "referrals.referral_qualified"},
    "conditions": [
        [
            {
                "kind": "referrals.referred_clients",
                "about": "parent_card",
                "params": {"match": "every", "count": 3, "stage": "qualified"},
            }
        ]
    ],
    "actions": [
        {
            "slot": "bonus",
            "kind": "loyalty.credit",
            "recipient": "parent_card",
            "currency": "points",
            "on_refund": "milestone",
            "amount": {"kind": "loyalty.fixed", "value": "250"},
        }
    ],
}


@pytest.mark.django_db
def test_s20_a_stored_milestone_is_taken_back_and_granted_again_in_one_batch(caplog):
    program = create_program(slug="shop")
    campaign = save_draft(program=program, definition=THIRD_FRIEND)
    publish_campaign(campaign=campaign, effective_from=START, allow_past=True)
    parent = enrol_card(external_id="parent", at=START)
    friends = [enrol_card(external_id=name, at=START) for name in "abcd"]
    for friend in friends:
        refer(friend=friend, by=parent, at=START)
    process_inbox()
    for day, friend in enumerate(friends[:3], start=1):
        record_purchase(card=friend, external_id=day, total="9.00", occurred_at=START + timedelta(days=day))
    process_inbox()
    record_refund(purchase_id=2, external_id="r", occurred_at=START + timedelta(days=4))
    record_purchase(card=friends[3], external_id=4, total="9.00", occurred_at=START + timedelta(days=5))

    process_inbox()

    rewards = Reward.objects.order_by("pk").values_list("threshold", "granted", "reversed")
    assert list(rewards) == [(3, 250, 250), (3, 250, 0)]
    assert caplog.messages == []
