"""Whatever is registered goes through the editor and comes back as it was: presets, and campaigns drawn at random."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from loyalty import services
from loyalty.models import Campaign, CampaignRevision, Program
from loyalty.presets import presets
from loyalty.rules import registry
from loyalty.rules.compile_actions import LimitParams
from tests.integration.law.histories import scene_of
from tests.integration.law.kinds import LessonFinished
from tests.integration.law.stage import put
from tests.loyalty.admin.editor_desk import Desk, definition

# A form and its rows: the database has no part in it but to keep the draft.
pytestmark = pytest.mark.once

SEEDS = range(40)


@pytest.fixture(autouse=True)
def lessons() -> Iterator[None]:
    """A host's kind of event, which campaigns drawn at random name."""
    with registry.event_kinds.register_temporarily(LessonFinished):
        yield


def kinds_of(told: dict[str, Any]) -> set[str]:
    """Everything registered that a definition names."""
    actions = told["actions"]
    return {
        told["trigger"]["kind"],
        *(one["kind"] for group in told["conditions"] for one in group),
        *(one["kind"] for one in actions),
        *(one["amount"]["kind"] for one in actions if one["amount"]),
    }


def pass_through(client: Client, campaign: Campaign) -> dict[str, Any]:
    """Open the campaign's page and save it as it stands."""
    before = definition(campaign)
    desk = Desk(client, campaign)
    assert desk.problems == {}

    saved = desk.save()

    assert saved == campaign, (before, desk.problems)
    assert definition(campaign) == before
    return before


@pytest.mark.parametrize("key", [preset.key for preset in presets])
def test_each_campaign_of_a_preset_comes_back_as_it_was(
    key: str, program: Program, admin_client: Client
) -> None:
    for campaign in services.fill_preset(preset=key, program=program):
        pass_through(admin_client, campaign)


@pytest.mark.django_db
def test_every_kind_of_rule_comes_back_as_it_was(admin_client: Client) -> None:
    missing = {
        *(rule.kind for rule in registry.conditions),
        *(rule.kind for rule in registry.amounts),
        *(rule.kind for rule in registry.actions),
    }
    seen: Counter[str] = Counter()
    for seed in SEEDS:
        program = put(scene_of(seed)).program
        for revision in CampaignRevision.objects.filter(campaign__program=program).order_by("pk"):
            campaign = services.save_draft(program=program, definition=revision.definition)
            told = definition(campaign)
            if seed >= 3 and not kinds_of(told) & missing:
                continue
            pass_through(admin_client, campaign)
            missing -= kinds_of(told)
            seen.update(kinds_of(told))
        Program.objects.filter(slug="law").update(slug=f"law-{seed}")

    assert missing == set()
    assert sum(seen.values()) > 60


@pytest.mark.parametrize("kind", [kind.kind for kind in registry.event_kinds if kind.triggers])
def test_each_trigger_comes_back_as_it_was(kind: str, program: Program, admin_client: Client) -> None:
    services.save_segment(program=program, key="regulars", listed=True)
    params: dict[str, Any] = {
        "loyalty.scheduled": {"time": "07:30", "weekdays": ["mon"], "day_of_month": 31},
        "loyalty.segment_entered": {"segment": "regulars"},
        "loyalty.segment_left": {"segment": "regulars", "time": "23:59:59"},
        "loyalty.reward_granted": {"currencies": ["points"], "campaigns": ["gone"]},
    }
    campaign = services.save_draft(
        program=program,
        definition={
            "key": "any",
            "trigger": {"kind": kind, "params": params.get(kind, {})},
            "actions": [
                {
                    "slot": "one",
                    "kind": "loyalty.credit",
                    "currency": "points",
                    "amount": {"kind": "loyalty.fixed", "value": "5"},
                }
            ],
        },
    )

    pass_through(admin_client, campaign)


@pytest.mark.parametrize("measure", ["times", "amount", "cost"])
@pytest.mark.parametrize("per", ["recipient", "campaign", "pair", "company"])
@pytest.mark.parametrize("period", [value for value, _label in LimitParams.base_fields["period"].choices])
def test_each_limit_comes_back_as_it_was(
    period: str, per: str, measure: str, program: Program, admin_client: Client
) -> None:
    program.currencies.update(worth="0.01")
    Program.objects.filter(pk=program.pk).update(campaigns_version=program.campaigns_version + 1)
    program.refresh_from_db()
    campaign = services.save_draft(
        program=program,
        definition={
            "key": "any",
            "trigger": {"kind": "loyalty.purchase"},
            "actions": [
                {
                    "slot": "one",
                    "kind": "loyalty.credit",
                    "currency": "points",
                    "amount": {"kind": "loyalty.percent", "percent": "5"},
                }
            ],
            "limits": [{"per": per, "measure": measure, "max": "1000", "period": period, "at_edge": "cut"}],
        },
    )

    pass_through(admin_client, campaign)


@pytest.fixture
def program(db: None) -> Program:
    """A club that counts points."""
    return services.create_program(slug="club")
