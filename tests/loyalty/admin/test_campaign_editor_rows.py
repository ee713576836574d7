"""Rows are added, moved and removed without JavaScript: the page is drawn anew, what was typed is kept, nothing is saved."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from loyalty import services
from loyalty.models import Campaign, Program
from tests.loyalty.admin.editor_desk import Desk, definition
from tests.loyalty.admin.test_campaign_editor import draft

# A form and its rows: the database has no part in it but to keep the draft.
pytestmark = pytest.mark.once


@pytest.fixture
def staff(admin_client: Client) -> Client:
    """May do everything."""
    return admin_client


# What stands in each list of a fresh page: groups g1 (c2, c3) and g4 (c5), actions a6 and a7, the limit l8.
LISTS = {"groups": ["g1", "g4"], "g1-conditions": ["c2", "c3"], "actions": ["a6", "a7"], "limits": ["l8"]}


def lists(desk: Desk) -> dict[str, list[str]]:
    return {name: desk.data.get(name, []) for name in LISTS}


@pytest.mark.parametrize(
    ("command", "name", "rows", "focus"),
    [
        ("add groups", "groups", ["g1", "g4", "g9"], "row-c9"),
        ("add g1-conditions", "g1-conditions", ["c2", "c3", "c9"], "row-c9"),
        ("add actions", "actions", ["a6", "a7", "a9"], "row-a9"),
        ("add limits", "limits", ["l8", "l9"], "row-l9"),
        ("remove groups g1", "groups", ["g4"], "add-groups"),
        ("remove g1-conditions c2", "g1-conditions", ["c3"], "add-g1-conditions"),
        ("remove actions a6", "actions", ["a7"], "add-actions"),
        ("remove limits l8", "limits", [], "add-limits"),
        ("down g1-conditions c2", "g1-conditions", ["c3", "c2"], "up-c2"),
        ("up g1-conditions c3", "g1-conditions", ["c3", "c2"], "down-c3"),
        ("up actions a7", "actions", ["a7", "a6"], "down-a7"),
    ],
)
def test_a_row_comes_goes_or_moves_and_all_that_was_typed_stays(
    program: Program, staff: Client, command: str, name: str, rows: list[str], focus: str
) -> None:
    campaign = draft(program)
    before = definition(campaign)
    desk = Desk(staff, campaign)
    assert lists(desk) == LISTS
    desk.type(c3__p__days=["tue"], a7__amount__p__percents_0="ten", l8__max="-5", campaign__name="<b>New</b>")
    typed = dict(desk.data)

    desk.press(command)

    assert lists(desk)[name] == rows
    gone = (
        set(LISTS[name]) - set(rows)
        if name != "groups"
        else {"g1", "c2", "c3"}
        if "remove" in command
        else set()
    )
    kept = {
        key: value
        for key, value in typed.items()
        if key not in LISTS and key.partition("-")[0] not in gone and key != "next"
    }
    assert {key: desk.data.get(key) for key in kept} == kept
    assert desk.page.done.focus == focus
    assert f'id="{focus}"' in desk.html
    assert desk.problems == {}
    assert definition(campaign) == before


def test_a_new_row_begins_with_what_is_usual(program: Program, staff: Client) -> None:
    desk = Desk(staff, draft(program))

    desk.press("add actions")

    assert desk.data["a9-kind"] == ["loyalty.credit"]
    assert desk.data["a9-currency"] == ["points"]
    assert desk.data["a9-recipient"] == ["card"]
    assert desk.data["a9-slot"] == [""]


def test_the_order_on_the_page_is_the_order_that_is_saved(program: Program, staff: Client) -> None:
    campaign = draft(program)
    desk = Desk(staff, campaign)

    desk.press("up actions a7")
    desk.press("down g1-conditions c2")
    assert desk.save() == campaign

    told = definition(campaign)
    assert [one["slot"] for one in told["actions"]] == ["levels", "buyer"]
    assert [one["kind"] for one in told["conditions"][0]] == ["loyalty.weekday", "loyalty.purchase_total"]


def test_an_action_keeps_its_slot_and_a_new_one_never_takes_an_old_name(
    program: Program, staff: Client
) -> None:
    campaign = draft(program)
    services.publish_campaign(campaign=campaign)
    slots = {row.slot_name: row.slot for row in campaign.actions.all()}
    desk = Desk(staff, campaign)
    desk.press("add actions")
    desk.type(a9__recipient="card", a9__amount__p__percent="3")
    assert desk.save() == campaign
    services.publish_campaign(campaign=campaign)

    desk = Desk(staff, campaign)
    assert desk.data["actions"] == ["a6", "a7", "a8"]
    desk.press("remove actions a8")
    desk.press("add actions")
    desk.type(**{f"{desk.data['actions'][-1]}__amount__p__percent": "4"})
    assert desk.save() == campaign

    names = {row.slot_name: row.slot for row in campaign.actions.all()}
    assert set(names) == {"buyer", "levels", "card-credit-2"}
    assert {name: names[name] for name in slots} == slots


def test_the_rows_of_a_table_come_and_go(program: Program, staff: Client) -> None:
    steps = [{"start": "50", "value": "5"}, {"start": "100", "value": "12.5"}]
    campaign = draft(
        program,
        actions=[
            {
                "slot": "steps",
                "kind": "loyalty.credit",
                "currency": "points",
                "amount": {"kind": "loyalty.steps", "steps": steps},
            }
        ],
    )
    desk = Desk(staff, campaign)
    assert desk.data["a6-amount-p-steps-row"] == ["r9000", "r9001"]

    desk.press("add a6-amount-p-steps-row")
    new = desk.data["a6-amount-p-steps-row"][-1]
    assert desk.page.done.focus == f"row-a6-amount-p-steps-{new}"
    assert f'id="row-a6-amount-p-steps-{new}"' in desk.html
    desk.type(**{f"a6__amount__p__steps__{new}__start": "200", f"a6__amount__p__steps__{new}__value": "30"})
    desk.press("remove a6-amount-p-steps-row r9000")
    assert desk.save() == campaign

    assert definition(campaign)["actions"][0]["amount"]["steps"] == [
        {"start": "100", "value": "12.5"},
        {"start": "200", "value": "30"},
    ]


def test_a_wrong_box_of_a_table_is_marked_and_the_rest_is_kept(program: Program, staff: Client) -> None:
    desk = Desk(staff)
    desk.type(a2__amount__kind="loyalty.steps", campaign__name="Steps")
    desk.type(a1__amount__kind="loyalty.steps")
    desk.press("redraw")
    first, second = desk.data["a1-amount-p-steps-row"]
    name = "a1__amount__p__steps__"
    desk.type(**{f"{name}{first}__start": "0", f"{name}{first}__value": "5", f"{name}{second}__start": "x"})

    assert desk.save() is None

    assert desk.problems == {"a1-amount-p-steps": ["Correct what is marked."]}
    assert desk.html.count("Enter a number.") == 1
    assert desk.html.count("This field is required.") == 1
    assert desk.data[f"a1-amount-p-steps-{second}-start"] == ["x"]


def test_another_kind_shows_its_own_settings_and_keeps_what_both_have(
    program: Program, staff: Client
) -> None:
    campaign = draft(program)
    desk = Desk(staff, campaign)
    desk.type(c2__kind="loyalty.window_spend", c2__p__minimum="99.5")

    desk.press("redraw")

    assert desk.data["c2-p-minimum"] == ["99.5"]
    assert desk.data["c2-p-days"] == [""]
    assert desk.problems == {}


def test_settings_that_nobody_saw_are_not_saved(program: Program, staff: Client) -> None:
    campaign = draft(program)
    before = definition(campaign)
    desk = Desk(staff, campaign)
    desk.type(c2__kind="loyalty.purchase_number")

    assert desk.save() is None
    assert desk.problems[""] == ["Fill in the settings of what you have just chosen, then save."]
    assert desk.data["c2-p-match"] == ["first"]
    assert definition(campaign) == before

    assert desk.save() == campaign
    assert definition(campaign)["conditions"][0][0]["kind"] == "loyalty.purchase_number"


@pytest.mark.parametrize(
    "command",
    [
        "remove actions a99",
        "add nothing",
        "add campaign-name",
        "up actions",
        "drop groups g1",
        "add groups; drop",
        "",
        "remove actions <script>",
    ],
)
def test_commands_that_mean_nothing_change_nothing(program: Program, staff: Client, command: str) -> None:
    campaign = draft(program)
    desk = Desk(staff, campaign)
    before = lists(desk)

    desk.show(staff.post(desk.address, {**desk.data, "do": command}))

    assert desk.response.status_code == 200
    assert lists(desk) == before


@pytest.mark.parametrize(
    "changed",
    [
        {"next": "x" * 50},
        {"next": "-1"},
        {"groups": ["g1", "g1", "<b>", "g4", "\0"]},
        {"actions": []},
        {"c2-kind": ["nobody.knows"]},
        {"trigger-kind": ["loyalty.refund"]},
        {"c2-p-minimum": ["NaN"]},
        {"a6-recipient": ["everybody"]},
        {"campaign-starts_at": ["yesterday"]},
        {"a6-amount-kind": [""]},
        {"trigger-for": ["nobody.knows"]},
    ],
    ids=str,
)
def test_nonsense_is_answered_with_the_page(program: Program, staff: Client, changed: dict[str, Any]) -> None:
    campaign = draft(program)
    before = definition(campaign)
    desk = Desk(staff, campaign)

    answers = [
        staff.post(desk.address, {**desk.data, **changed, "do": command})
        for command in ("redraw", "check", "add groups", "add actions")
    ]

    assert {answer.status_code for answer in answers} == {200}
    assert definition(campaign) == before


def test_there_are_never_more_than_sixty_rows(program: Program, staff: Client) -> None:
    desk = Desk(staff, draft(program))
    desk.data["limits"] = [f"l{number}" for number in range(8, 68)]

    desk.show(staff.post(desk.address, {**desk.data, "do": "add limits"}))

    assert len(desk.data["limits"]) == 60
    assert desk.page.done.note == "There is no room for more than 60 rows."


def test_nobody_else_is_overwritten_unseen(program: Program, staff: Client) -> None:
    campaign = draft(program)
    first, second = Desk(staff, campaign), Desk(staff, campaign)
    first.type(campaign__name="First")
    second.type(campaign__name="Second")
    assert first.save() == campaign

    assert second.save() is None
    assert second.problems == {
        "": ["Somebody else has saved this draft meanwhile. Save again to replace what they wrote."]
    }
    assert Campaign.objects.get(pk=campaign.pk).name == "First"

    assert second.save() == campaign
    assert Campaign.objects.get(pk=campaign.pk).name == "Second"
