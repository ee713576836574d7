"""A small programme: whole points, 10 % of each purchase to the buyer where a test asks for it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from loyalty import services
from loyalty.models import Campaign, Card, Program

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def program(db: None) -> Program:
    """A club that counts points."""
    return services.create_program(slug="club")


@pytest.fixture
def card(program: Program) -> Card:
    """A customer's card, enrolled long ago."""
    return services.enrol_card(program=program, external_id="anna", at=LONG_AGO)


@pytest.fixture
def ten_percent(program: Program) -> Campaign:
    """10 % of each purchase to the buyer, since long ago."""
    definition: dict[str, Any] = {
        "key": "ten-percent",
        "trigger": {"kind": "loyalty.purchase"},
        "actions": [
            {
                "slot": "buyer",
                "kind": "loyalty.credit",
                "currency": "points",
                "amount": {"kind": "loyalty.percent", "percent": "10"},
            }
        ],
    }
    campaign = services.save_draft(program=program, definition=definition)
    services.publish_campaign(campaign=campaign, effective_from=LONG_AGO, allow_past=True)
    return campaign
