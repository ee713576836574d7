"""Publish, pause, resume and archive by hand: what they write, what they refuse, and what is said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from loyalty import services
from loyalty.models import Campaign, CampaignPublication, Program
from loyalty.selectors import get_campaign_state
from tests.loyalty.admin.trial_desk import boss, draft, make_program, page, percent, spoil, staff, stored

pytestmark = pytest.mark.django_db

MAY = ("view_campaign", "publish_campaign", "pause_campaign", "archive_campaign")


@pytest.fixture
def program() -> Program:
    return make_program(timezone="Europe/Moscow")


@pytest.fixture
def campaign(program: Program) -> Campaign:
    return draft(program, percent("5"))


def act(client: Client, name: str, campaign: Campaign, **data: Any) -> Any:
    """Confirm what the page shows."""
    shown = client.get(page(name, campaign)).context["form"]["seen"].value()
    return client.post(page(name, campaign), {"seen": shown, **data})


def written() -> list[tuple[str, str]]:
    rows = CampaignPublication.objects.order_by("pk").select_related("actor")
    return [(row.action, row.actor.get_username() if row.actor else "") for row in rows]


def test_the_whole_life_of_a_campaign(campaign: Campaign) -> None:
    client = staff(*MAY)

    for name in ("publish", "pause", "resume", "archive"):
        answer = act(client, name, campaign)
        assert (answer.status_code, answer.url) == (302, page("publications", campaign))

    assert written() == [("publish", "mary"), ("pause", "mary"), ("resume", "mary"), ("archive", "mary")]
    assert get_campaign_state(Campaign.objects.get()).status == "archived"
    messages = [entry.change_message for entry in LogEntry.objects.order_by("pk")]
    assert messages == [f"“Bonus” was {done}." for done in ("published", "paused", "resumed", "archived")]


def test_publishing_from_a_moment_is_in_the_time_zone_of_the_program(campaign: Campaign) -> None:
    tomorrow = timezone.now() + timedelta(days=1)
    act(boss(), "publish", campaign, effective_from=f"{tomorrow:%Y-%m-%d}T10:00")

    (row,) = CampaignPublication.objects.all()
    assert row.effective_from == datetime(tomorrow.year, tomorrow.month, tomorrow.day, 7, tzinfo=UTC)
    state = get_campaign_state(campaign)
    assert (state.status, state.decided, [one.status for one in state.upcoming]) == (
        "draft",
        "published",
        ["published"],
    )


def test_the_past_needs_a_permission_of_its_own(campaign: Campaign) -> None:
    before = stored()
    answer = act(staff(*MAY), "publish", campaign, effective_from="2020-01-01T03:00")

    assert answer.status_code == 200
    assert "This lies in the past." in answer.content.decode()
    assert stored() == before

    assert (
        act(
            staff(*MAY, "backdate_campaign", name="may"),
            "publish",
            campaign,
            effective_from="2020-01-01T03:00",
        ).status_code
        == 302
    )
    assert CampaignPublication.objects.get().effective_from == datetime(2020, 1, 1, tzinfo=UTC)


def test_who_may_backdate_still_publishes_from_now_on_by_default(campaign: Campaign) -> None:
    before = timezone.now()
    act(boss(), "publish", campaign)

    assert before <= CampaignPublication.objects.get().effective_from <= timezone.now()


def test_publishing_for_the_shadow(campaign: Campaign) -> None:
    act(boss(), "publish", campaign, shadow="on")

    assert CampaignPublication.objects.get().action == "shadow"


def test_what_was_not_seen_is_not_published(program: Program, campaign: Campaign) -> None:
    client = boss()
    shown = client.get(page("publish", campaign)).context["form"]["seen"].value()
    draft(program, percent("50"))

    answer = client.post(page("publish", campaign), {"seen": shown})

    assert answer.status_code == 200
    assert "The draft was changed meanwhile." in answer.content.decode()
    assert written() == []
    again = answer.context["form"]["seen"].value()
    assert client.post(page("publish", campaign), {"seen": again}).status_code == 302


def test_an_unfinished_draft_cannot_be_published_but_can_be_archived(campaign: Campaign) -> None:
    spoil(campaign)
    client = boss()

    answer = client.post(page("publish", campaign), {"seen": ""})
    assert answer.status_code == 200
    assert "This draft is not finished." in answer.content.decode()
    assert written() == []

    assert act(client, "archive", campaign).status_code == 302
    assert written() == []  # it never decided anything
    assert Campaign.objects.get().archived_at is not None


@pytest.mark.parametrize("name", ["pause", "resume"])
def test_what_the_state_does_not_allow_is_said(name: str, campaign: Campaign) -> None:
    before = stored()
    answer = boss().post(page(name, campaign), {"seen": "x"})

    assert answer.status_code == 200
    assert "does not allow this" in answer.content.decode()
    assert stored() == before


def test_an_archived_campaign_stays_archived(campaign: Campaign) -> None:
    services.archive_campaign(campaign=campaign)
    client = boss()

    for name in ("publish", "pause", "resume", "archive"):
        assert client.post(page(name, campaign), {"seen": "x"}).status_code == 200
    assert written() == []


def test_a_refusal_that_came_meanwhile_is_shown_in_words(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    from loyalty.admin.campaign_trial.publishing import PublishPage
    from loyalty.exceptions import CampaignStateInvalid

    def refuse(**_named: Any) -> None:
        raise CampaignStateInvalid(key="bonus", status="archived")

    monkeypatch.setattr(PublishPage, "service", refuse)

    answer = act(boss(), "publish", campaign)

    assert answer.status_code == 200
    assert "Load it again and check its status." in answer.content.decode()


def test_a_moment_that_cannot_be_read_is_told_at_its_field(campaign: Campaign) -> None:
    answer = act(boss(), "publish", campaign, effective_from="soon")

    assert answer.context["form"].errors == {
        "effective_from": ["Give a date and a time, such as 2026-11-21T10:00."]
    }
    assert written() == []
