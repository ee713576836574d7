"""Campaigns open to a member: what is in effect, within reach and not used up, with how far the card is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from loyalty.models import Card, Program
from loyalty.periods import format_instant
from loyalty.rules import Condition
from loyalty.rules.registry import conditions
from loyalty.selectors import open_campaigns
from loyalty.services import (
    archive_campaign,
    block_card,
    publish_campaign,
    record_purchase,
    save_draft,
    save_segment,
    set_attribute,
)
from loyalty.testing import process_inbox
from tests.performance.counting import counted

BOUGHT = datetime(2024, 1, 1, tzinfo=UTC)


def publish(program: Program, key: str, *conditions: dict[str, Any], **more: Any) -> Any:
    """A campaign that gives the buyer ten points."""
    definition = {
        "key": key,
        "name": key.title(),
        "trigger": {"kind": "loyalty.purchase"},
        "conditions": [list(conditions)] if conditions else [],
        "actions": [
            {
                "slot": "ten",
                "kind": "loyalty.credit",
                "currency": "points",
                "amount": {"kind": "loyalty.fixed", "value": "10"},
            }
        ],
        **more,
    }
    campaign = save_draft(program=program, definition=definition)
    publish_campaign(campaign=campaign)
    return campaign


def asks(kind: str, **params: Any) -> dict[str, Any]:
    return {"kind": f"loyalty.{kind}", "params": params}


def buy(card: Card, *totals: str, days_ago: int = 0) -> None:
    for total in totals:
        key = f"order-{card.purchases.count()}"
        at = timezone.now() - timedelta(days=days_ago)
        record_purchase(card=card, external_id=key, total=total, occurred_at=at)
        process_inbox()


def texts(card: Card) -> dict[str, str]:
    return {one.key: one.text for one in open_campaigns(card)}


COUNTED = [
    (asks("purchase_number", match="at", count=5), "2 of 5 purchases"),
    (asks("purchase_number", match="every", count=2), "0 of 2 purchases"),
    (asks("purchase_number", match="at_least", count=2), "2 of 2 purchases"),
    (asks("purchase_number", match="at", count=3, minimum_total="100"), "1 of 3 purchases"),
    (asks("lifetime_spend", minimum="500"), "120.00 of 500.00 spent"),
    (asks("lifetime_spend", minimum="100"), "100.00 of 100.00 spent"),
    (asks("lifetime_purchases", minimum=3), "2 of 3 purchases"),
    (asks("window_spend", days=30, minimum="500"), "100.00 of 500.00 spent in the last 30 days"),
    (asks("window_purchases", days=30, minimum=3), "1 of 3 purchases in the last 30 days"),
    (asks("weekday", days=["tue"]), ""),
    (asks("purchase_total", minimum="50"), ""),
]


@pytest.mark.parametrize(("condition", "text"), COUNTED, ids=lambda value: str(value))
def test_how_far_the_card_is(program, card, condition, text):
    publish(program, "offer", condition)
    buy(card, "20.00", days_ago=60)
    buy(card, "100.00")

    assert texts(card) == {"offer": text}


OVER = [
    asks("purchase_number"),
    asks("purchase_number", match="at", count=2),
    asks("lifetime_spend", maximum="119.99"),
    asks("lifetime_purchases", minimum=1, maximum=1),
    asks("window_spend", days=30, maximum="99.99"),
    asks("days_since_enrolment", maximum=30),
    asks("dates", ends_on="2024-01-01"),
    asks("days_since_purchase", minimum=60),
    asks("card_attribute", name="plan", operator="is", value="gold"),
    {**asks("card_attribute", name="plan", operator="is", value="basic"), "negate": True},
    asks("segment", segment="vips"),
]


@pytest.mark.parametrize("condition", OVER, ids=str)
def test_what_is_out_of_reach_is_not_offered(program, card, condition):
    save_segment(program=program, key="vips", listed=True)
    set_attribute(card=card, name="plan", value="basic")
    publish(program, "offer", condition)
    publish(program, "for-all")
    buy(card, "20.00", days_ago=60)
    buy(card, "100.00")

    assert texts(card) == {"for-all": ""}


def test_the_nearest_of_several_groups_counts(program, card):
    groups = [
        [asks("lifetime_spend", minimum="1000")],
        [asks("lifetime_purchases", minimum=2), asks("weekday", days=["tue"])],
        [asks("purchase_number")],
    ]
    publish(program, "offer", conditions=groups)
    buy(card, "20.00")

    (found,) = open_campaigns(card)
    assert (found.text, found.current, found.target) == ("1 of 2 purchases", Decimal(1), Decimal(2))


def test_of_one_group_the_count_that_is_least_advanced(program, card):
    publish(program, "offer", asks("lifetime_purchases", minimum=2), asks("lifetime_spend", minimum="1000"))
    buy(card, "20.00")

    assert texts(card) == {"offer": "20.00 of 1,000.00 spent"}


def test_it_tells_name_sentence_role_and_end(program, card):
    ends = timezone.now().replace(microsecond=0) + timedelta(days=3)
    publish(program, "offer", asks("purchase_total", minimum="50"), ends_at=format_instant(ends))

    (found,) = open_campaigns(card)
    assert (found.key, found.name, found.role, found.ends_at) == ("offer", "Offer", "card", ends)
    assert found.sentence.startswith(
        "When you make a purchase of at least 50.00, you get 10 points. It runs until "
    )
    assert (found.current, found.target, found.text) == (None, None, "")


def test_only_what_is_in_effect(program, card):
    now = timezone.now()
    publish(
        program,
        "over",
        starts_at=format_instant(now - timedelta(9)),
        ends_at=format_instant(now - timedelta(1)),
    )
    publish(program, "to-come", starts_at=format_instant(now + timedelta(days=1)))
    archive_campaign(campaign=publish(program, "archived"))
    trial = save_draft(
        program=program,
        definition={
            "key": "trial",
            "trigger": {"kind": "loyalty.purchase"},
            "actions": [
                {
                    "slot": "a",
                    "kind": "loyalty.credit",
                    "currency": "points",
                    "amount": {"kind": "loyalty.fixed", "value": "1"},
                }
            ],
        },
    )
    publish_campaign(campaign=trial, shadow=True)
    publish(program, "now")

    assert texts(card) == {"now": ""}
    assert {one.key for one in open_campaigns(card, at=now + timedelta(days=2))} == {"now", "to-come"}


def test_a_limit_that_is_used_up_closes_it(program, card):
    limits = [{"per": "recipient", "measure": "times", "max": "2", "period": "day"}]
    publish(program, "twice-a-day", limits=limits)
    publish(program, "for-ever")
    buy(card, "20.00")
    assert set(texts(card)) == {"for-ever", "twice-a-day"}

    buy(card, "20.00")

    assert set(texts(card)) == {"for-ever"}


def test_a_blocked_card_gets_no_offers(program, card):
    publish(program, "offer")
    block_card(card=card, reason="lost")
    process_inbox()
    card.refresh_from_db()

    assert open_campaigns(card) == []


@pytest.mark.parametrize("method", ["check", "progress"])
@pytest.mark.parametrize("negate", [False, True])
def test_a_rule_of_a_host_that_raises_takes_no_page_down(program, card, method, negate, caplog):
    class Broken(Condition):
        kind, label, lasting = "host.broken", "Broken", method == "check"

        def check(self, about, event, params):
            return self.fail_of_the_host()

        def progress(self, card, params, telling):
            return self.fail_of_the_host()

    with conditions.register_temporarily(Broken):
        publish(program, "theirs", {"kind": "host.broken", "negate": negate})
        publish(program, "ours", asks("lifetime_purchases", minimum=3))

        told = texts(card)

    assert told["ours"] == "0 of 3 purchases"
    # What is turned round is not counted, so nothing was asked.
    assert ("theirs" in told) == (method == "progress" and negate)
    assert ("host.broken" in caplog.text) != ("theirs" in told)


def test_a_program_without_campaigns_offers_nothing(card):
    assert open_campaigns(card) == []


def test_the_queries_do_not_grow_with_campaigns(program, card):
    def ask_for(number: int) -> None:
        publish(
            program,
            f"offer-{number}",
            asks("purchase_number", match="at", count=number + 2),
            asks("lifetime_spend", minimum="500"),
            asks("window_spend", days=30, minimum=str(number + 1)),
            limits=[{"per": "recipient", "measure": "times", "max": "3", "period": "month"}],
        )

    ask_for(0)
    buy(card, "20.00")
    open_campaigns(card)  # what is read once per process
    with counted() as one:
        assert len(open_campaigns(card)) == 1
    for number in range(1, 50):
        ask_for(number)
    open_campaigns(card)
    with counted() as many:
        assert len(open_campaigns(card)) == 50

    assert len(many) == len(one), f"{one}\n{many}"
    assert len(one) <= 12
