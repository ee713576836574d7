"""The list of campaigns: states, what was given, and that archived ones are out of sight."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from loyalty import services
from loyalty.models import Campaign, Program
from tests.loyalty.admin.trial_desk import DAY, START, boss, count_queries, draft, make_program, percent

pytestmark = pytest.mark.django_db

LIST = "admin:loyalty_campaign_changelist"


@pytest.fixture
def program() -> Program:
    return make_program()


def listed(query: str = "") -> dict[str, Any]:
    """Each campaign of the list by key: state, whether its draft differs, and what it gave."""
    boss_client = boss()
    answer = boss_client.get(reverse(LIST) + query)
    assert answer.status_code == 200
    rows = answer.context["cl"].result_list
    return {one.key: (one.shown_state.status, one.shown_differs, one.shown_given) for one in rows}


def make_states(program: Program) -> None:
    """One campaign in each state."""
    for key in ("draft", "published", "shadow", "paused", "archived", "later", "differs"):
        campaign = draft(program, percent("5", key=key))
        if key == "later":
            services.publish_campaign(campaign=campaign, effective_from=timezone.now() + timedelta(days=3))
        elif key != "draft":
            services.publish_campaign(campaign=campaign, shadow=key == "shadow")
        if key == "paused":
            services.pause_campaign(campaign=campaign)
        if key == "archived":
            services.archive_campaign(campaign=campaign)
    draft(program, percent("6", key="differs"))


def test_states_are_told_and_archived_campaigns_are_out_of_sight(program: Program) -> None:
    make_states(program)

    assert listed() == {
        "draft": ("draft", False, []),
        "published": ("published", False, []),
        "shadow": ("shadow", False, []),
        "paused": ("paused", False, []),
        "later": ("draft", False, []),
        "differs": ("published", True, []),
    }


@pytest.mark.parametrize(
    ("state", "keys"),
    [
        ("draft", {"draft", "later"}),
        ("published", {"published", "differs"}),
        ("shadow", {"shadow"}),
        ("paused", {"paused"}),
        ("archived", {"archived"}),
        ("nonsense", set()),
    ],
)
def test_the_filter_by_state_finds_those_of_that_state(program: Program, state: str, keys: set[str]) -> None:
    make_states(program)

    assert set(listed(f"?state={state}")) == keys


def test_badges_say_what_will_change_by_itself_and_that_the_draft_differs(program: Program) -> None:
    make_states(program)

    text = boss().get(reverse(LIST)).content.decode()

    assert text.count("Draft differs") == 1
    assert text.count("trial-badge trial-next") == 1
    assert "trial-badge trial-archived" not in text


def test_what_was_given_is_less_what_was_taken_back(program: Program) -> None:
    campaign = draft(program, percent("10"))
    services.publish_campaign(campaign=campaign, effective_from=START - DAY, allow_past=True)
    card = services.enrol_card(program=program, external_id="anna", at=START - DAY)
    services.record_purchase(card=card, external_id="a", total="123450.00", occurred_at=START)
    services.process_inbox()
    services.record_refund(
        purchase_id="a", program=program, external_id="r", amount="23450.00", occurred_at=START
    )
    services.process_inbox()

    assert listed()["bonus"] == ("published", False, ["10,000 points"])


def test_what_comes_later_is_dated_in_the_time_zone_of_the_program() -> None:
    program = make_program(timezone="Asia/Tokyo")
    late = datetime(2999, 5, 1, 20, tzinfo=UTC)  # five in the morning of the next day
    services.publish_campaign(campaign=draft(program, percent("5")), effective_from=late)

    shown = boss().get(reverse(LIST)).content.decode()

    assert "05/02/2999: published" in shown


def test_names_are_shown_and_not_run(program: Program) -> None:
    draft(program, percent("5", name="<script>alert(1)</script>"))

    assert "<script>alert(1)" not in boss().get(reverse(LIST)).content.decode()


def test_a_kind_that_nobody_registers_any_more_is_listed_by_its_name(program: Program) -> None:
    draft(program, percent("5"))
    Campaign.objects.update(trigger_kind="gone.kind")

    assert "gone.kind" in boss().get(reverse(LIST)).content.decode()


def test_the_list_costs_the_same_for_one_campaign_and_for_fifty(program: Program) -> None:
    client = boss()
    services.publish_campaign(campaign=draft(program, percent("5", key="first")))
    few = count_queries(client, reverse(LIST))
    for number in range(49):
        services.publish_campaign(campaign=draft(program, percent("5", key=f"c{number}")))

    assert count_queries(client, reverse(LIST)) == few
