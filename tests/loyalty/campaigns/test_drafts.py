"""A draft is its rows, and its rows are its definition."""

from typing import Any
from uuid import UUID

import pytest

from loyalty.exceptions import CampaignInvalid
from loyalty.models import Campaign, CampaignAction, Program
from loyalty.rules.compile_actions import slot_uuid
from loyalty.services.campaigns import (
    save_draft,
)
from loyalty.services.drafts import definition_of, written_definition

pytestmark = pytest.mark.django_db


def test_a_draft_is_its_definition(program: Program, definition: dict[str, Any]) -> None:
    definition |= {
        "starts_at": "2026-11-21T00:00:00+03:00",
        "conditions": [
            [{"kind": "loyalty.weekday", "params": {"days": ["tue", "mon"]}}],
            [{"kind": "loyalty.purchase_total", "negate": True, "params": {"minimum": "10.00"}}],
        ],
        "limits": [{"max": 3, "period": "month"}],
    }

    campaign = save_draft(program=program, definition=definition)

    assert definition_of(campaign) == {
        "key": "five-percent",
        "name": "Five percent",
        "trigger": {"kind": "loyalty.purchase"},
        "starts_at": "2026-11-20T21:00:00Z",
        "ends_at": None,
        "priority": 100,
        "phase": "base",
        "stacking": None,
        "conditions": [
            [
                {
                    "kind": "loyalty.weekday",
                    "about": "card",
                    "negate": False,
                    "params": {"days": ["mon", "tue"]},
                }
            ],
            [
                {
                    "kind": "loyalty.purchase_total",
                    "about": "card",
                    "negate": True,
                    "params": {"minimum": "10", "maximum": None},
                }
            ],
        ],
        "actions": [
            {
                "slot": "buyer",
                "kind": "loyalty.credit",
                "recipient": "card",
                "currency": "points",
                "on_refund": "proportional",
                "amount": {
                    "kind": "loyalty.percent",
                    "percent": "5",
                    "of": "total",
                    "skus": [],
                    "categories": [],
                    "minimum": None,
                    "maximum": None,
                    "rounding": "down",
                },
                "pot": None,
                "params": {"hold": None, "validity": None},
            }
        ],
        "limits": [{"per": "recipient", "measure": "times", "max": "3", "period": "month", "at_edge": "cut"}],
    }


def test_saving_a_draft_again_replaces_it(program: Program, definition: dict[str, Any]) -> None:
    first = save_draft(program=program, definition=definition)

    second = save_draft(program=program, definition=definition | {"name": "Renamed"})

    assert second.pk == first.pk
    assert Campaign.objects.get().name == "Renamed"
    assert CampaignAction.objects.get().slot == slot_uuid(
        program="shop", campaign="five-percent", slot="buyer"
    )


def test_a_slot_is_the_same_for_ever() -> None:
    assert slot_uuid(program="shop", campaign="five-percent", slot="buyer") == UUID(
        "86778c31-f824-5d31-b315-736c9bbaa573"
    )


def test_saving_what_is_there_writes_nothing(program: Program, definition: dict[str, Any]) -> None:
    campaign = save_draft(program=program, definition=definition)
    actions = list(CampaignAction.objects.values_list("pk", flat=True))

    save_draft(program=program, definition=definition_of(campaign))

    assert list(CampaignAction.objects.values_list("pk", flat=True)) == actions


def test_an_invalid_draft_is_refused_and_changes_nothing(
    program: Program, definition: dict[str, Any]
) -> None:
    campaign = save_draft(program=program, definition=definition)
    before = written_definition(campaign)

    with pytest.raises(CampaignInvalid) as refused:
        save_draft(program=program, definition=definition | {"priority": "high"})

    assert [(one["path"], one["code"]) for one in refused.value.details] == [("priority", "wrong_type")]
    assert written_definition(Campaign.objects.get()) == before
