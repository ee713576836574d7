"""Backtests with drafts beside what is published."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from loyalty.exceptions import CampaignInvalid
from loyalty.models import Card, Program
from loyalty.services import (
    create_program,
    enrol_card,
    process_inbox,
    publish_campaign,
    record_purchase,
    run_backtest,
    save_draft,
)

pytestmark = pytest.mark.django_db

START = datetime(2025, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def percent(value: str, *, key: str = "bonus", **more: Any) -> dict[str, Any]:
    amount = {"kind": "loyalty.percent", "percent": value}
    action = {"slot": "main", "kind": "loyalty.credit", "currency": "points", "amount": amount}
    return {"key": key, "trigger": {"kind": "loyalty.purchase"}, "actions": [action], **more}


@pytest.fixture
def program() -> Program:
    return create_program(slug="club")


@pytest.fixture
def card(program: Program) -> Card:
    """A card that bought for 100.00 and for 200.00 while 1 % and 2 % were given."""
    for value, key in (("1", "bonus"), ("2", "other")):
        campaign = save_draft(program=program, definition=percent(value, key=key))
        publish_campaign(campaign=campaign, effective_from=START - DAY, allow_past=True)
    card = enrol_card(program=program, external_id="anna", at=START - DAY)
    for number, total in enumerate(("100.00", "200.00")):
        record_purchase(card=card, external_id=str(number), total=total, occurred_at=START + number * DAY)
    process_inbox()
    return card


def granted(**options: Any) -> dict[str, str]:
    return {row.campaign: row.granted for row in run_backtest(**options).campaigns}


def test_a_draft_decides_in_place_of_the_campaign_of_its_key(program: Program, card: Card) -> None:
    draft = save_draft(program=program, definition=percent("10"))

    assert granted(program=program) == {"bonus": "3", "other": "6"}
    assert granted(program=program, drafts=[draft]) == {"bonus": "30", "other": "6"}


def test_a_draft_that_was_never_published_decides_beside_the_others(program: Program, card: Card) -> None:
    new = percent("50", key="new")

    assert granted(program=program, drafts=[new]) == {"bonus": "3", "other": "6", "new": "150"}


def test_several_drafts_and_a_file(program: Program, card: Card) -> None:
    file = """
format: loyalty-campaigns/1
program: club
campaigns:
- key: filed
  trigger: {kind: loyalty.purchase}
  actions: [{slot: main, kind: loyalty.credit, currency: points, amount: {kind: loyalty.percent, percent: "5"}}]
"""
    drafts = [percent("10"), percent("20", key="filed")]

    assert granted(text=file, drafts=drafts) == {"bonus": "30", "filed": "60"}


def test_a_scheduled_draft_has_its_turns(program: Program, card: Card) -> None:
    gift = percent("1", key="gift")
    gift["trigger"] = {"kind": "loyalty.scheduled", "params": {"time": "18:00", "weekdays": ["sun"]}}
    gift["actions"][0]["amount"] = {"kind": "loyalty.fixed", "value": "7"}

    result = run_backtest(program=program, drafts=[gift], until=START + 8 * DAY)

    # 1 March 2025 is a Saturday: the Sundays are the 2nd and the 9th, the last moment is the 9th at noon.
    (row,) = [row for row in result.campaigns if row.campaign == "gift"]
    assert (row.times, row.granted) == (1, "7")


def test_an_unfinished_draft_is_refused(program: Program, card: Card) -> None:
    with pytest.raises(CampaignInvalid):
        run_backtest(program=program, drafts=[percent("10", actions=[])])


def test_the_command_takes_drafts_by_key(program: Program, card: Card) -> None:
    save_draft(program=program, definition=percent("10"))
    out = io.StringIO()

    call_command("loyalty_backtest", "--draft", "bonus", "--format", "csv", stdout=out)

    assert out.getvalue().splitlines()[1] == "anna,points,36"
    with pytest.raises(CommandError, match="nope"):
        call_command("loyalty_backtest", "--draft", "nope", stdout=out)
