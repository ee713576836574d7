"""Where campaigns stand, and whom a draft would reach."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loyalty import services
from loyalty.exceptions import CampaignInvalid
from loyalty.models import Campaign, Program
from loyalty.selectors import campaign_states, find_reach, get_campaign_state

pytestmark = pytest.mark.django_db

START = datetime(2025, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def definition(key: str = "bonus", **more: Any) -> dict[str, Any]:
    amount = {"kind": "loyalty.fixed", "value": "7"}
    action = {"slot": "main", "kind": "loyalty.credit", "currency": "points", "amount": amount}
    return {"key": key, "trigger": {"kind": "loyalty.purchase"}, "actions": [action], **more}


@pytest.fixture
def campaign(program: Program) -> Campaign:
    return services.save_draft(program=program, definition=definition())


def at(campaign: Campaign, moment: datetime) -> tuple[str, str, list[str]]:
    state = campaign_states([campaign], at=moment)[campaign.pk]
    return state.status, state.decided, [one.status for one in state.upcoming]


def test_a_campaign_stands_where_the_last_decision_in_effect_put_it(campaign: Campaign) -> None:
    assert at(campaign, START) == ("draft", "draft", [])
    services.publish_campaign(campaign=campaign, effective_from=START, allow_past=True)
    services.pause_campaign(campaign=campaign, effective_from=START + 10 * DAY, allow_past=True)

    assert at(campaign, START - DAY) == ("draft", "paused", ["published", "paused"])
    assert at(campaign, START) == ("published", "paused", ["paused"])
    assert at(campaign, START + 10 * DAY) == ("paused", "paused", [])


def test_what_is_written_later_takes_the_place_of_what_was_to_follow(campaign: Campaign) -> None:
    services.publish_campaign(campaign=campaign, effective_from=START + 10 * DAY, allow_past=True)
    services.publish_campaign(campaign=campaign, effective_from=START + 5 * DAY, allow_past=True, shadow=True)

    assert at(campaign, START) == ("draft", "shadow", ["shadow"])
    assert at(campaign, START + 11 * DAY) == ("shadow", "shadow", [])


def test_a_resumed_shadow_is_a_shadow_again_and_an_archived_draft_is_archived(
    campaign: Campaign, program: Program
) -> None:
    services.publish_campaign(campaign=campaign, shadow=True)
    services.pause_campaign(campaign=campaign)
    services.resume_campaign(campaign=campaign)
    never = services.save_draft(program=program, definition=definition("never"))
    services.archive_campaign(campaign=never)

    assert get_campaign_state(campaign).status == "shadow"
    state = get_campaign_state(never)
    assert (state.status, state.decided, state.since, state.revision_id) == (
        "archived",
        "archived",
        None,
        None,
    )


def test_states_cost_one_query(program: Program) -> None:
    campaigns = [
        services.save_draft(program=program, definition=definition(f"c{number}")) for number in range(20)
    ]
    with CaptureQueriesContext(connection) as captured:
        campaign_states(campaigns)

    assert len(captured) == 1


def reach(program: Program, *groups: list[dict[str, Any]]) -> tuple[int, bool, int]:
    found = find_reach(definition(conditions=list(groups)), program=program, at=START)
    return found.count, found.everybody, len(found.asked_later)


def asks(kind: str, about: str = "card", **params: Any) -> dict[str, Any]:
    return {"kind": f"loyalty.{kind}", "about": about, "params": params}


def test_whom_a_draft_would_reach(program: Program) -> None:
    cards = [
        services.enrol_card(program=program, external_id=str(number), at=START - number * DAY)
        for number in range(12)
    ]
    services.set_parent(card=cards[0], parent=cards[11], at=START)
    services.process_inbox()
    old, total = asks("days_since_enrolment", minimum=6), asks("purchase_total", minimum="5")
    old_parent = asks("days_since_enrolment", about="parent_card", minimum=6)

    assert reach(program) == (12, True, 0)
    assert reach(program, [old]) == (6, False, 0)
    assert reach(program, [old, total]) == (6, False, 1)
    assert reach(program, [total]) == (12, True, 1)
    assert reach(program, [old], [total]) == (12, True, 1)
    assert reach(program, [old_parent]) == (1, False, 0)
    assert reach(program, [{**old, "negate": True}]) == (6, False, 0)


def test_ten_of_them_are_shown(program: Program) -> None:
    for number in range(12):
        services.enrol_card(program=program, external_id=str(number), at=START - DAY)

    found = find_reach(definition(), program=program, at=START)

    assert [card.external_id for card in found.sample] == [str(number) for number in range(10)]


def test_an_unfinished_definition_is_refused(program: Program) -> None:
    with pytest.raises(CampaignInvalid):
        find_reach(definition(actions=[]), program=program)
