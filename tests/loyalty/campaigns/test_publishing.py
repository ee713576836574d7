"""Drafts, publications and what the engine gets to see of them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django import forms
from django.db import transaction
from django.utils import timezone

from loyalty.exceptions import CampaignInvalid, CampaignStateInvalid, PastNotAllowed
from loyalty.models import Campaign, CampaignAction, CampaignPublication, CampaignRevision, Program
from loyalty.processing.campaigns import campaign_book
from loyalty.rules import Condition, Outcome
from loyalty.rules.compile_actions import slot_uuid
from loyalty.rules.registry import conditions
from loyalty.services.campaigns import (
    archive_campaign,
    pause_campaign,
    publish_campaign,
    resume_campaign,
    save_draft,
)
from loyalty.services.drafts import definition_of, written_definition

pytestmark = pytest.mark.django_db

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def in_effect(program: Program, at: datetime) -> list[str]:
    program.refresh_from_db()
    return [
        f"{campaign.key} r{CampaignRevision.objects.get(pk=campaign.revision_pk).number}"
        for campaign in campaign_book(program).in_effect(trigger="loyalty.purchase", at=at)
    ]


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
                "params": {},
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


def test_s5_the_last_written_row_in_effect_decides(program: Program, definition: dict[str, Any]) -> None:
    now = timezone.now()
    campaign = save_draft(program=program, definition=definition)
    assert in_effect(program, now) == []

    publish_campaign(campaign=campaign, effective_from=LONG_AGO, allow_past=True)
    assert in_effect(program, LONG_AGO) == ["five-percent r1"]
    assert in_effect(program, LONG_AGO - timedelta(seconds=1)) == []

    save_draft(program=program, definition=definition | {"name": "Second"})
    publish_campaign(campaign=campaign, effective_from=now + timedelta(days=2))
    assert in_effect(program, now + timedelta(days=1)) == ["five-percent r1"]
    assert in_effect(program, now + timedelta(days=2)) == ["five-percent r2"]

    pause_campaign(campaign=campaign, effective_from=now + timedelta(days=1))
    assert in_effect(program, now) == ["five-percent r1"]
    assert in_effect(program, now + timedelta(days=3)) == []  # written last, so it holds from its date on

    resume_campaign(campaign=campaign, effective_from=now + timedelta(days=5))
    assert in_effect(program, now + timedelta(days=4)) == []
    assert in_effect(program, now + timedelta(days=5)) == ["five-percent r2"]

    archive_campaign(campaign=campaign, effective_from=now + timedelta(days=7))
    assert in_effect(program, now + timedelta(days=6)) == ["five-percent r2"]
    assert in_effect(program, now + timedelta(days=7)) == []
    assert [row.action for row in CampaignPublication.objects.order_by("pk")] == [
        "publish",
        "publish",
        "pause",
        "resume",
        "archive",
    ]


def test_publishing_the_same_again_makes_no_revision(program: Program, definition: dict[str, Any]) -> None:
    campaign = save_draft(program=program, definition=definition)
    first = publish_campaign(campaign=campaign)

    second = publish_campaign(campaign=campaign)

    assert second.pk != first.pk
    assert second.revision_id == first.revision_id
    assert CampaignRevision.objects.get().number == 1


def test_a_setting_that_a_rule_has_got_since_is_no_change(
    program: Program, definition: dict[str, Any]
) -> None:
    campaign = save_draft(program=program, definition=definition)
    publish_campaign(campaign=campaign)
    older = CampaignRevision.objects.get()
    del older.definition["actions"][0]["amount"]["rounding"]
    CampaignRevision.objects.filter(pk=older.pk).update(definition=older.definition)

    publish_campaign(campaign=campaign)

    assert CampaignRevision.objects.count() == 1


def test_a_draft_that_does_not_compile_is_not_published(program: Program, definition: dict[str, Any]) -> None:
    campaign = save_draft(program=program, definition=definition)
    campaign.actions.update(amount_params={"percent": 5.0, "off": "total"})
    version = Program.objects.get().campaigns_version

    with pytest.raises(CampaignInvalid) as refused:
        publish_campaign(campaign=campaign)

    assert {one["path"] for one in refused.value.details} == {
        "actions[0].amount.percent",
        "actions[0].amount.off",
    }
    program.refresh_from_db()
    assert program.campaigns_version == version
    assert not CampaignPublication.objects.exists()


def test_publishing_takes_the_rows_as_they_are_stored(program: Program, definition: dict[str, Any]) -> None:
    stale = save_draft(program=program, definition=definition)
    save_draft(program=program, definition=definition | {"name": "Newer"})

    publication = publish_campaign(campaign=stale)

    assert publication.revision is not None
    assert publication.revision.definition["name"] == "Newer"


@pytest.mark.parametrize("act", [publish_campaign, pause_campaign, archive_campaign])
def test_the_past_needs_leave(program: Program, definition: dict[str, Any], act: Any) -> None:
    campaign = save_draft(program=program, definition=definition)
    publish_campaign(campaign=campaign, effective_from=LONG_AGO, allow_past=True)

    with pytest.raises(PastNotAllowed):
        act(campaign=campaign, effective_from=timezone.now() - timedelta(minutes=1))

    assert CampaignPublication.objects.count() == 1
    assert Campaign.objects.get().archived_at is None


def test_clocks_may_differ_by_a_moment(program: Program, definition: dict[str, Any]) -> None:
    campaign = save_draft(program=program, definition=definition)

    publish_campaign(campaign=campaign, effective_from=timezone.now() - timedelta(milliseconds=200))

    assert CampaignPublication.objects.count() == 1


def test_a_date_without_time_zone_is_refused(program: Program, definition: dict[str, Any]) -> None:
    campaign = save_draft(program=program, definition=definition)

    with pytest.raises(ValueError, match="time zone"):
        publish_campaign(campaign=campaign, effective_from=datetime(2030, 1, 1))


@pytest.mark.parametrize(
    ("before", "act"),
    [
        pytest.param([], pause_campaign, id="pause-draft"),
        pytest.param([], resume_campaign, id="resume-draft"),
        pytest.param([publish_campaign], resume_campaign, id="resume-published"),
        pytest.param([publish_campaign, pause_campaign], pause_campaign, id="pause-paused"),
        pytest.param([publish_campaign, archive_campaign], publish_campaign, id="publish-archived"),
        pytest.param([publish_campaign, archive_campaign], pause_campaign, id="pause-archived"),
        pytest.param([publish_campaign, archive_campaign], archive_campaign, id="archive-archived"),
        pytest.param([archive_campaign], publish_campaign, id="publish-archived-draft"),
    ],
)
def test_what_makes_no_sense_is_refused(
    program: Program, definition: dict[str, Any], before: list[Any], act: Any
) -> None:
    campaign = save_draft(program=program, definition=definition)
    for step in before:
        step(campaign=campaign)
    rows = CampaignPublication.objects.count()

    with pytest.raises(CampaignStateInvalid):
        act(campaign=campaign)

    assert CampaignPublication.objects.count() == rows


def test_an_archived_campaign_takes_no_draft(program: Program, definition: dict[str, Any]) -> None:
    campaign = save_draft(program=program, definition=definition)
    assert archive_campaign(campaign=campaign) is None
    assert campaign.archived_at is not None

    with pytest.raises(CampaignStateInvalid):
        save_draft(program=program, definition=definition)


def test_the_book_is_read_once_per_version(
    program: Program, definition: dict[str, Any], django_assert_num_queries: Any
) -> None:
    publish_campaign(campaign=save_draft(program=program, definition=definition))
    program.refresh_from_db()
    book = campaign_book(program)

    with django_assert_num_queries(0):
        assert campaign_book(program) is book

    publish_campaign(campaign=save_draft(program=program, definition=definition | {"key": "other"}))
    program.refresh_from_db()
    newer = campaign_book(program)
    assert [campaign.key for campaign in newer.campaigns] == ["five-percent", "other"]
    assert newer.campaigns[0] is book.campaigns[0]  # compiled once


def test_a_rolled_back_publication_leaves_nothing_behind(
    program: Program, definition: dict[str, Any]
) -> None:
    class Undone(Exception):
        pass

    def publish(name: str) -> str:
        publish_campaign(campaign=save_draft(program=program, definition=definition | {"name": name}))
        program.refresh_from_db()
        return campaign_book(program).campaigns[0].name

    def publish_and_fail() -> None:
        with transaction.atomic():
            assert publish("One") == "One"
            raise Undone

    with pytest.raises(Undone):
        publish_and_fail()

    assert publish("Two") == "Two"  # the same keys again on SQLite, and still not what was cached


def test_a_campaign_whose_kind_is_gone_stops_alone(
    program: Program, definition: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    class Temporary(Condition):
        kind = "tests.temporary"
        label = "Temporary"

        class Params(forms.Form):
            pass

        def check(self, about: Any, event: Any, params: Any) -> Outcome:
            return Outcome.when(True, code="no")

    with conditions.register_temporarily(Temporary):
        broken = definition | {"key": "broken", "conditions": [[{"kind": "tests.temporary"}]]}
        publish_campaign(campaign=save_draft(program=program, definition=broken))
        program.refresh_from_db()
        assert campaign_book(program).campaigns[0].error == ""
    publish_campaign(campaign=save_draft(program=program, definition=definition))
    program.refresh_from_db()

    gone, fine = campaign_book(program).campaigns

    assert gone.key == "broken"
    assert gone.trigger == "loyalty.purchase"
    assert gone.error.startswith("conditions[0][0].kind: “tests.temporary” is not registered.")
    assert not gone.actions
    assert fine.error == ""
    assert "Campaign broken does not compile" in caplog.text
