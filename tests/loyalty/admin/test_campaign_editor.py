"""The editor: what stands in a draft comes back as it was; rows come, go and move; nothing typed is lost."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from loyalty import services
from loyalty.models import Campaign, Program
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
