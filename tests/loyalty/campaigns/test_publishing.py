"""Publications are dated rows; what makes no sense is refused."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from loyalty.exceptions import CampaignInvalid, CampaignStateInvalid, PastNotAllowed
from loyalty.models import Campaign, CampaignPublication, CampaignRevision, Program
from loyalty.processing.campaigns import campaign_book
from loyalty.services.campaigns import (
    archive_campaign,
    pause_campaign,
    publish_campaign,
    resume_campaign,
    save_draft,
)

pytestmark = pytest.mark.django_db

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def in_effect(program: Program, at: datetime) -> list[str]:
    program.refresh_from_db()
    return [
        f"{campaign.key} r{CampaignRevision.objects.get(pk=campaign.revision_pk).number}"
        for campaign in campaign_book(program).in_effect(trigger="loyalty.purchase", at=at)
    ]


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
