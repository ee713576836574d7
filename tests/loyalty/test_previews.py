"""Previews: what a purchase would earn, and what is not told."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.core import serializers
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loyalty.exceptions import CampaignInvalid, CardNotFound, EventPayloadInvalid
from loyalty.models import Campaign, Card, Program
from loyalty.services import (
    NewCard,
    block_card,
    create_program,
    enrol_card,
    enrol_cards,
    process_inbox,
    publish_campaign,
    record_purchase,
    save_draft,
    set_parent,
)
from loyalty.services.previews import preview_purchase

pytestmark = pytest.mark.django_db

START = datetime(2025, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def credit(percent: str, recipient: Any = "card", **more: Any) -> dict[str, Any]:
    amount = {"kind": "loyalty.percent", "percent": percent}
    action = {"slot": "main", "kind": "loyalty.credit", "recipient": recipient, "currency": "points"}
    return {"trigger": {"kind": "loyalty.purchase"}, "actions": [{**action, "amount": amount}], **more}


def publish(program: Program, key: str, definition: dict[str, Any]) -> Campaign:
    campaign = save_draft(program=program, definition={"key": key, **definition})
    publish_campaign(campaign=campaign, effective_from=START - 9 * DAY, allow_past=True)
    return campaign


def about_parent(count: int) -> dict[str, Any]:
    params = {"minimum": count}
    return {"kind": "loyalty.lifetime_purchases", "about": "parent_card", "params": params}


@pytest.fixture
def program() -> Program:
    return create_program(
        slug="shop", currencies=[{"code": "points", "hold": "P14D", "validity": "P1Y"}, {"code": "gold"}]
    )


@pytest.fixture
def family(program) -> tuple[Card, Card]:
    """A child card and its parent card."""
    parent = enrol_card(program=program, external_id="parent", at=START - DAY)
    child = enrol_card(program=program, external_id="child", at=START - DAY)
    set_parent(card=child, parent=parent, at=START - DAY)
    return child, parent


def test_a_card_is_told_what_it_would_earn_and_when(program, family):
    publish(program, "five", credit("5", name="Five percent"))

    preview = preview_purchase(card=family[0], total="100.50", occurred_at=START)

    (reward,) = preview.rewards
    assert (reward.campaign, reward.campaign_name, reward.role, reward.level) == (
        "five",
        "Five percent",
        "card",
        0,
    )
    assert (reward.requested, reward.granted, reward.cut_reason) == ("5", "5", "")
    assert reward.available_at == START + 14 * DAY
    assert reward.expires_at == datetime(2026, 3, 15, 12, tzinfo=UTC)
    assert preview.earned("points") == Decimal(5)
    assert preview.earned("gold") == 0
    assert preview.as_lines() == ["“Five percent” applied."]


def test_what_is_previewed_is_what_is_granted(program, family):
    publish(program, "five", credit("5"))
    limit = {"per": "recipient", "measure": "amount", "max": "7", "period": "lifetime"}
    publish(program, "ten", credit("10", limits=[limit]))
    facts = {"card": family[0], "total": "100.00", "occurred_at": START, "tax": "20.00"}

    preview = preview_purchase(**facts)
    record_purchase(external_id="1", **facts)
    process_inbox()

    granted = family[0].rewards.order_by("pk").values_list("campaign__key", "granted", "cut_reason")
    assert [(row.campaign, int(row.granted), row.cut_reason) for row in preview.rewards] == list(granted)
    assert len(granted) == 2


def test_nobody_earns_what_a_new_card_would(program):
    publish(program, "five", credit("5"))
    publish(program, "parents", credit("10", "parent_card"))

    preview = preview_purchase(program=program, total="40.00", occurred_at=START)

    assert [(row.campaign, row.card_id, row.granted) for row in preview.rewards] == [("five", None, "2")]
    assert preview.card is None
    assert preview.earned("points") == 2


def test_what_is_too_little_to_give_is_said(program, family):
    publish(program, "five", credit("5", name="Five percent"))
    minimum = {"kind": "loyalty.purchase_total", "params": {"minimum": "50.00"}}
    publish(program, "big", credit("10", name="Big ones", conditions=[[minimum]]))

    preview = preview_purchase(card=family[0], total="10.00", occurred_at=START)

    assert preview.rewards == []
    assert [(one.key, one.applied) for one in preview.campaigns] == [("big", False), ("five", True)]
    assert preview.as_lines()[:2] == [
        "“Big ones” did not apply.",
        "  The purchase was smaller than the campaign asks for.",
    ]


def test_a_limit_that_cuts_is_said(program, family):
    limit = {"per": "recipient", "measure": "amount", "max": "7", "period": "lifetime"}
    publish(program, "ten", credit("10", name="Ten percent", limits=[limit]))

    preview = preview_purchase(card=family[0], total="100.00", occurred_at=START)

    assert preview.earned("points") == 7
    assert "Cut to 7 of 10 points by a limit." in preview.reasons


def test_a_blocked_card_is_told_that_it_is(program, family):
    publish(program, "five", credit("5"))
    block_card(card=family[0], reason="test", at=START - DAY)

    preview = preview_purchase(card=family[0], total="100.00", occurred_at=START)

    assert preview.rewards == []
    assert preview.reasons == [f"Card {family[0].number} gets nothing: it was blocked."]


def test_a_draft_decides_as_if_it_were_published(program, family):
    campaign = publish(program, "five", credit("5"))
    publish(program, "gift", credit("1"))
    save_draft(program=program, definition={"key": "five", **credit("20")})
    campaign.refresh_from_db()

    published = preview_purchase(card=family[0], total="100.00", occurred_at=START)
    drafted = preview_purchase(card=family[0], total="100.00", occurred_at=START, draft=campaign)
    written = preview_purchase(
        card=family[0], total="100.00", occurred_at=START, draft={"key": "new", **credit("50")}
    )

    assert [(row.campaign, row.granted) for row in published.rewards] == [("five", "5"), ("gift", "1")]
    assert [(row.campaign, row.granted) for row in drafted.rewards] == [("five", "20"), ("gift", "1")]
    assert written.earned("points") == 56


def test_a_draft_counts_what_its_campaign_has_given(program, family):
    limit = {"per": "recipient", "measure": "amount", "max": "7", "period": "lifetime"}
    campaign = publish(program, "five", credit("5", limits=[limit]))
    record_purchase(card=family[0], external_id="1", total="100.00", occurred_at=START)
    process_inbox()

    drafted = preview_purchase(card=family[0], total="100.00", occurred_at=START, draft=campaign)

    assert drafted.earned("points") == 2


def test_an_unfinished_draft_is_refused(program, family):
    with pytest.raises(CampaignInvalid):
        preview_purchase(card=family[0], total="1.00", draft={"key": "new"})


def test_another_cards_reward_is_not_told(program, family):
    child, _parent = family
    publish(program, "parents", credit("10", "parent_card", name="For the parent"))

    preview = preview_purchase(card=child, total="100.00", occurred_at=START)

    assert preview.rewards == []
    assert preview.reasons == []
    assert preview.as_lines() == ["“For the parent” applied."]


def test_staff_may_ask_what_others_get(program, family):
    child, parent = family
    publish(program, "parents", credit("10", "parent_card"))

    preview = preview_purchase(card=child, total="100.00", occurred_at=START, include_others=True)

    assert [(row.role, row.level, row.card_id, row.granted) for row in preview.rewards] == [
        ("parent_card", 1, parent.pk, "10")
    ]
    assert preview.earned("points") == 0


def told(preview: Any) -> str:
    return json.dumps([preview.as_lines(), [str(row) for row in preview.rewards]])


ON_SATURDAY = {"kind": "loyalty.weekday", "params": {"days": ["sat"]}}


@pytest.mark.parametrize(
    "conditions",
    [[[about_parent(2)]], [[about_parent(2), ON_SATURDAY]]],
    ids=["alone", "with another"],
)
@pytest.mark.parametrize("purchases", [0, 1])
def test_what_is_asked_about_another_card_is_not_told(program, family, conditions, purchases):
    child, parent = family
    publish(program, "busy-parents", credit("10", name="Busy parents", conditions=conditions))
    for number in range(purchases):
        record_purchase(card=parent, external_id=str(number), total="77.00", occurred_at=START)
    process_inbox()

    preview = preview_purchase(card=child, total="100.00", occurred_at=START)

    assert preview.campaigns[0].sentence == "“Busy parents” did not apply."
    assert "found" not in told(preview)
    assert "depends on another card" in told(preview)
    assert parent.number not in told(preview)


def test_a_parents_block_is_not_told(program, family):
    child, parent = family
    publish(program, "both", credit("10", {"role": "ancestors"}))
    free = told(preview_purchase(card=child, total="100.00", occurred_at=START))
    block_card(card=parent, reason="test", at=START - DAY)

    assert told(preview_purchase(card=child, total="100.00", occurred_at=START)) == free


@pytest.mark.parametrize(
    "fields",
    [
        {"total": "-1.00"},
        {"total": "1.001"},
        {"total": 1.5},
        {"total": "1.00", "occurred_at": datetime(2025, 1, 1)},
    ],
    ids=["negative", "too fine", "float", "naive"],
)
def test_what_could_not_be_recorded_cannot_be_previewed(program, fields):
    with pytest.raises(EventPayloadInvalid):
        preview_purchase(program=program, **fields)


def test_an_unknown_card_and_one_of_another_program_get_the_same_answer(program, family):
    other = create_program(slug="other")

    with pytest.raises(CardNotFound):
        preview_purchase(program=program, card="unknown", total="1.00")
    with pytest.raises(CardNotFound):
        preview_purchase(program=other, card=family[0].number, total="1.00")


def test_a_card_is_found_by_its_number(program, family):
    publish(program, "five", credit("5"))

    assert (
        preview_purchase(program=program, card=family[0].number.lower(), total="20.00").earned("points") == 1
    )


def dump() -> str:
    rows = [
        row for model in apps.get_app_config("loyalty").get_models() for row in model.objects.order_by("pk")
    ]
    return serializers.serialize("json", rows)


def test_nothing_is_locked_or_written(program, family):
    limit = {"per": "campaign", "measure": "times", "max": "7", "period": "day"}
    publish(program, "five", credit("5", limits=[limit]))
    before = dump()

    with CaptureQueriesContext(
        connection,
    ) as queries:
        preview_purchase(card=family[0], total="100.00", occurred_at=START)

    statements = [one["sql"] for one in queries]
    reading = ("SELECT", "WITH RECURSIVE")
    assert [sql for sql in statements if not sql.strip().startswith(reading) or "FOR " in sql] == []
    assert dump() == before


@pytest.mark.parametrize("size", [1, 50])
def test_the_number_of_queries_does_not_grow(program, family, size, django_assert_num_queries):
    child, parent = family
    third = {"kind": "loyalty.purchase_number", "params": {"match": "every", "count": 3}}
    limit = {"per": "recipient", "measure": "amount", "max": "1", "period": "month"}
    for number in range(size):
        publish(program, f"c{number}", credit("5", conditions=[[third], [about_parent(1)]], limits=[limit]))
    siblings = enrol_cards(
        program=program, items=[NewCard(external_id=f"s{number}") for number in range(size)]
    )
    for number, sibling in enumerate(siblings.values()):
        set_parent(card=sibling, parent=parent)
        record_purchase(card=child, external_id=str(number), total="10.00", occurred_at=START)
    process_inbox()
    preview_purchase(card=child, total="10.00")

    with django_assert_num_queries(6 if apps.is_installed("referrals") else 5):
        preview_purchase(card=child, total="10.00")
