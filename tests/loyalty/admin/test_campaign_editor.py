"""The editor: what stands in a draft comes back as it was; rows come, go and move; nothing typed is lost."""

from __future__ import annotations

from typing import Any

import pytest
from django import forms
from django.test import Client

from loyalty import services
from loyalty.models import Campaign, Program
from loyalty.rules import Condition, Outcome, registry
from loyalty.rules.fields import MappingField
from tests.loyalty.admin.editor_desk import Desk, definition


@pytest.fixture
def staff(admin_client: Client) -> Client:
    """May do everything."""
    return admin_client


def draft(program: Program, **changes: Any) -> Campaign:
    """A campaign with a condition in each of two groups, two actions and a limit."""
    base: dict[str, Any] = {
        "key": "friends",
        "name": "Friends",
        "trigger": {"kind": "loyalty.purchase"},
        "conditions": [
            [
                {"kind": "loyalty.purchase_total", "params": {"minimum": "500"}},
                {
                    "kind": "loyalty.weekday",
                    "about": "card",
                    "negate": True,
                    "params": {"days": ["mon", "sun"]},
                },
            ],
            [{"kind": "loyalty.channel", "about": "parent_card", "params": {"channels": ["app", "a, b"]}}],
        ],
        "actions": [
            {
                "slot": "buyer",
                "kind": "loyalty.credit",
                "currency": "points",
                "amount": {"kind": "loyalty.fixed", "value": "7"},
                "params": {"hold": "P14D", "validity": "P1Y2M"},
            },
            {
                "slot": "levels",
                "kind": "loyalty.credit",
                "recipient": {"role": "ancestors", "blocked": "compress"},
                "currency": "points",
                "amount": {"kind": "loyalty.percent_by_level", "percents": ["10", "0", "2.5"]},
                "pot": {"percent": "12.5", "of": "total", "cut": "in_order"},
                "on_refund": "never",
            },
        ],
        "limits": [{"per": "region", "measure": "times", "max": "10", "period": "month", "at_edge": "skip"}],
        "starts_at": "2026-01-01T00:00:00Z",
        "ends_at": "2026-12-31T23:59:59Z",
        "priority": 50,
        "stacking": {"group": "spring", "mode": "best"},
    }
    return services.save_draft(program=program, definition={**base, **changes})


def test_a_draft_saved_as_it_was_shown_says_the_very_same(program: Program, staff: Client) -> None:
    campaign = draft(program)
    before = definition(campaign)

    saved = Desk(staff, campaign).save()

    assert saved == campaign
    assert definition(campaign) == before


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kathmandu"])
def test_neither_language_nor_time_zone_changes_what_is_saved(
    staff: Client, language: str, zone: str
) -> None:
    program = services.create_program(slug="club", timezone=zone)
    campaign = draft(program)
    before = definition(campaign)
    staff.defaults["HTTP_ACCEPT_LANGUAGE"] = language

    assert Desk(staff, campaign).save() == campaign

    assert definition(campaign) == before


def test_a_campaign_is_made_from_nothing(program: Program, staff: Client) -> None:
    desk = Desk(staff)
    desk.type(campaign__name="Каждый третий друг", a1__amount__p__percent="12,5", a1__recipient="parent_card")
    desk.press("add groups")
    desk.type(c2__kind="loyalty.purchase_total")
    desk.press("redraw")
    desk.type(c2__p__minimum="500", a1__amount__p__percent="12.5")

    saved = desk.save()

    assert saved is not None
    assert (saved.key, saved.name) == ("kazhdyy-tretiy-drug", "Каждый третий друг")
    told = definition(saved)
    assert told["trigger"] == {"kind": "loyalty.purchase"}
    assert told["conditions"] == [
        [
            {
                "kind": "loyalty.purchase_total",
                "about": "card",
                "negate": False,
                "params": {"minimum": "500", "maximum": None},
            }
        ]
    ]
    action = told["actions"][0]
    assert (action["slot"], action["recipient"]) == ("parent-card-credit", {"role": "parent_card"})
    assert (action["currency"], action["amount"]["percent"]) == ("points", "12.5")
    assert action["on_refund"] == "proportional"


def test_numbers_are_typed_as_the_language_writes_them(program: Program, staff: Client) -> None:
    campaign = draft(program)
    staff.defaults["HTTP_ACCEPT_LANGUAGE"] = "ru"
    desk = Desk(staff, campaign)
    assert desk.data["a7-amount-p-percents_2"] == ["2,5"]
    assert desk.data["a7-pot-percent"] == ["12,5"]

    desk.type(**{"a7-amount-p-percents_2": "3,75", "a7-pot-percent": "20.5", "c2-p-minimum": "499,90"})
    assert desk.save() == campaign

    told = definition(campaign)
    assert told["actions"][1]["amount"]["percents"] == ["10", "0", "3.75"]
    assert told["actions"][1]["pot"]["percent"] == "20.5"
    assert told["conditions"][0][0]["params"]["minimum"] == "499.9"


def test_what_refunds_do_follows_as_long_as_nobody_asks_for_something_else(
    program: Program, staff: Client
) -> None:
    campaign = draft(program)
    assert [one["on_refund"] for one in definition(campaign)["actions"]] == ["while_met", "never"]
    desk = Desk(staff, campaign)
    assert (desk.data["a6-on_refund"], desk.data["a7-on_refund"]) == ([""], ["never"])

    desk.type(**{"a6-amount-kind": "loyalty.percent"})
    desk.press("redraw")
    desk.type(**{"a6-amount-p-percent": "5"})
    assert desk.save() == campaign

    assert [one["on_refund"] for one in definition(campaign)["actions"]] == ["proportional", "never"]


def test_settings_are_shown_that_go_with_what_is_chosen(program: Program, staff: Client) -> None:
    attribute = {
        "kind": "loyalty.card_attribute",
        "params": {"name": "region", "operator": "is", "value": "x"},
    }
    desk = Desk(staff, draft(program, conditions=[[attribute]]))
    assert "c2-p-value" in desk.data
    assert "c2-p-values" not in desk.data

    desk.type(**{"c2-p-operator": "one_of", "c2-p-value": ""})
    desk.press("redraw")

    assert "c2-p-value" not in desk.data
    desk.type(**{"c2-p-values": "north, south"})
    saved = desk.save()
    assert saved is not None
    params = definition(saved)["conditions"][0][0]["params"]
    assert (params["operator"], params["value"], params["values"]) == ("one_of", "", ["north", "south"])


class Named(Condition):
    """A host's condition with named values of any type."""

    kind = "school.named"
    label = "Named"

    class Params(forms.Form):
        values = MappingField(label="values")

    def check(self, about: Any, event: Any, params: Any) -> Outcome:
        return Outcome.when(True, code="no")


def test_named_values_are_rows_and_keep_their_types(program: Program, staff: Client) -> None:
    values = {
        "text": "1",
        "number": 2,
        "share": 0.5,
        "yes": True,
        "no": False,
        "none": None,
        "list": [1, {"a": "b"}],
    }
    with registry.conditions.register_temporarily(Named):
        campaign = draft(program, conditions=[[{"kind": "school.named", "params": {"values": values}}]])
        desk = Desk(staff, campaign)
        assert desk.save() == campaign
        assert definition(campaign)["conditions"][0][0]["params"] == {"values": values}

        desk = Desk(staff, campaign)
        desk.press("add c2-p-values-row")
        new = desk.data["c2-p-values-row"][-1]
        desk.type(**{f"c2-p-values-{new}-name": "level", f"c2-p-values-{new}-value": "7"})
        desk.type(**{f"c2-p-values-{new}-type": "number"})
        # PostgreSQL does not keep the order in which the names were written.
        text = next(
            row for row in desk.data["c2-p-values-row"] if desk.data[f"c2-p-values-{row}-name"] == ["text"]
        )
        desk.press(f"remove c2-p-values-row {text}")
        assert desk.save() == campaign

        params = definition(campaign)["conditions"][0][0]["params"]
        assert params == {"values": {**{name: values[name] for name in values if name != "text"}, "level": 7}}
