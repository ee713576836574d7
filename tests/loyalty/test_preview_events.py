"""Previews of other events than purchases, of drafts, and what they tell of each condition."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from loyalty.exceptions import CardNotFound, EventPayloadInvalid
from loyalty.models import Card, Event, Program
from loyalty.services import (
    create_program,
    enrol_card,
    preview_event,
    preview_purchase,
    publish_campaign,
    save_draft,
)

pytestmark = pytest.mark.django_db

START = datetime(2025, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def gift(trigger: str, *conditions: dict[str, Any], **more: Any) -> dict[str, Any]:
    action = {
        "slot": "gift",
        "kind": "loyalty.credit",
        "currency": "points",
        "amount": {"kind": "loyalty.fixed", "value": "7"},
    }
    groups = [list(conditions)] if conditions else []
    return {"key": "gift", "trigger": {"kind": trigger}, "conditions": groups, "actions": [action], **more}


def enrolled_for(days: int) -> dict[str, Any]:
    return {"kind": "loyalty.days_since_enrolment", "params": {"minimum": days}}


@pytest.fixture
def program() -> Program:
    return create_program(slug="club")


@pytest.fixture
def card(program: Program) -> Card:
    return enrol_card(program=program, external_id="anna", at=START)


def test_what_nobody_tells_is_supposed(program: Program, card: Card) -> None:
    draft = save_draft(program=program, definition=gift("loyalty.scheduled", enrolled_for(5)))
    events = Event.objects.count()

    early = preview_event(kind="loyalty.scheduled", card=card, draft=draft, occurred_at=START + DAY)
    late = preview_event(kind="loyalty.scheduled", card="anna", draft=draft, occurred_at=START + 6 * DAY)

    assert (early.supposed, early.rewards) == (True, [])
    assert [(one.campaign, one.granted) for one in late.rewards] == [("gift", "7")]
    assert Event.objects.count() == events


def test_a_date_of_one_campaign_is_no_business_of_another(program: Program, card: Card) -> None:
    other = save_draft(program=program, definition=gift("loyalty.scheduled", key="other"))
    publish_campaign(campaign=other, effective_from=START, allow_past=True)
    draft = save_draft(program=program, definition=gift("loyalty.scheduled"))

    preview = preview_event(kind="loyalty.scheduled", card=card, draft=draft, occurred_at=START + DAY)

    assert [one.key for one in preview.campaigns] == ["gift"]


def test_an_enrolment_is_supposed_for_a_card_that_is_there(program: Program, card: Card) -> None:
    draft = save_draft(program=program, definition=gift("loyalty.card_enrolled"))

    preview = preview_event(kind="loyalty.card_enrolled", card=card, draft=draft)

    assert [one.granted for one in preview.rewards] == ["7"]


def test_what_no_campaign_can_be_triggered_by_is_refused(program: Program, card: Card) -> None:
    for kind in ("loyalty.card_blocked", "nobody.knows"):
        with pytest.raises(EventPayloadInvalid):
            preview_event(kind=kind, card=card)
    with pytest.raises(CardNotFound):
        preview_event(kind="loyalty.card_enrolled", card="nobody", program=program)


def test_staff_see_every_answer_of_a_draft_that_clearly_fails(program: Program, card: Card) -> None:
    conditions = [
        {"kind": "loyalty.purchase_total", "params": {"minimum": "50"}},
        enrolled_for(9),
        enrolled_for(0),
    ]
    draft = save_draft(program=program, definition=gift("loyalty.purchase", *conditions))
    asked = {"card": card, "total": "10.00", "draft": draft, "occurred_at": START + DAY}

    (staff,) = preview_purchase(**asked, include_others=True).campaigns
    (member,) = preview_purchase(**asked).campaigns

    assert [answer.result for answer in staff.checklist] == ["fail", "fail", "pass"]
    assert member.checklist == []  # as live: the first reason
    assert len(member.answers) == 1


def test_all_groups_are_told_of_a_draft_that_fails_in_each(program: Program, card: Card) -> None:
    groups = [[enrolled_for(9), enrolled_for(8)], [enrolled_for(7), enrolled_for(6)]]
    draft = save_draft(program=program, definition={**gift("loyalty.purchase"), "conditions": groups})

    preview = preview_purchase(
        card=card, total="1", draft=draft, occurred_at=START + DAY, include_others=True
    )

    (told,) = preview.campaigns
    assert [len(group) for group in told.groups] == [2, 2]
