"""Who may open the editor and what they see; what a page costs; what is deleted; two programs."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from loyalty import services
from loyalty.exceptions import CampaignStateInvalid
from loyalty.models import Campaign, Program
from loyalty.services.new_campaigns import key_of_name
from tests.loyalty.admin.editor_desk import Desk, definition
from tests.loyalty.admin.test_campaign_editor import draft

ADD = f"{reverse('admin:loyalty_campaign_add')}?blank=1"


def staff_with(*permissions: str) -> Client:
    """Somebody of the staff who may do just that with campaigns."""
    user = get_user_model().objects.create_user("somebody", password="x", is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(codename__in=[f"{one}_campaign" for one in permissions])
    )
    client = Client()
    client.force_login(user)
    return client


def address(campaign: Campaign, what: str = "change") -> str:
    return reverse(f"admin:loyalty_campaign_{what}", args=[campaign.pk])


@pytest.mark.parametrize(
    ("permissions", "codes"),
    [
        ((), {"add": 403, "open": 403, "save": 403, "delete": 403}),
        (("view",), {"add": 403, "open": 200, "save": 403, "delete": 403}),
        (("publish", "pause", "archive"), {"add": 403, "open": 403, "save": 403, "delete": 403}),
        (("view", "change"), {"add": 403, "open": 200, "save": 302, "delete": 403}),
        (("view", "add"), {"add": 200, "open": 200, "save": 403, "delete": 403}),
        (("view", "delete"), {"add": 403, "open": 200, "save": 403, "delete": 200}),
        (("view", "add", "change", "delete"), {"add": 200, "open": 200, "save": 302, "delete": 200}),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, tuple) else "",
)
def test_each_permission_opens_its_own_door(
    program: Program, permissions: Any, codes: dict[str, int]
) -> None:
    campaign = draft(program)
    typed = Desk(staff_with("view", "change"), campaign).data
    get_user_model().objects.all().delete()
    client = staff_with(*permissions)

    answers = {
        "add": client.get(ADD).status_code,
        "open": client.get(address(campaign)).status_code,
        "save": client.post(address(campaign), {**typed, "_save": "1"}).status_code,
        "delete": client.get(address(campaign, "delete")).status_code,
    }

    assert answers == codes


def test_whoever_may_only_look_reads_the_campaign_in_words(program: Program) -> None:
    campaign = draft(program, name="<script>alert(1)</script>")

    page = staff_with("view").get(address(campaign)).content.decode()

    assert "data-campaign-editor" not in page
    assert "<script>alert(1)</script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "data-sentence" in page
    assert "Total of the purchase" in page
    assert "not: Day of the week" in page


def test_a_stranger_is_sent_to_the_login(program: Program) -> None:
    campaign = draft(program)

    assert {Client().get(one).status_code for one in (ADD, address(campaign))} == {302}


def test_an_archived_campaign_is_only_looked_at(program: Program, admin_client: Client) -> None:
    campaign = draft(program)
    typed = Desk(admin_client, campaign).data
    services.archive_campaign(campaign=campaign)

    assert "data-campaign-editor" not in admin_client.get(address(campaign)).content.decode()
    assert admin_client.post(address(campaign), {**typed, "_save": "1"}).status_code == 403


def test_the_page_says_whether_the_draft_differs_from_what_is_published(
    program: Program, admin_client: Client
) -> None:
    campaign = draft(program)
    assert "Nothing of it has been published yet." in Desk(admin_client, campaign).html
    services.publish_campaign(campaign=campaign)
    desk = Desk(admin_client, campaign)
    assert "The draft below is what was published." in desk.html

    desk.type(l8__max="11")
    assert desk.save() == campaign

    assert "The draft below differs from what is published." in Desk(admin_client, campaign).html


def test_only_what_was_never_published_is_deleted(program: Program, admin_client: Client) -> None:
    never, once = draft(program), draft(program, key="once")
    services.publish_campaign(campaign=once)
    services.pause_campaign(campaign=once)

    answers = [
        admin_client.post(address(one, "delete"), {"post": "yes"}).status_code for one in (never, once)
    ]

    assert answers == [302, 403]
    assert list(Campaign.objects.values_list("key", flat=True)) == ["once"]
    with pytest.raises(CampaignStateInvalid):
        services.delete_draft(campaign=once)


def test_what_was_saved_is_in_the_history_of_the_admin(program: Program, admin_client: Client) -> None:
    desk = Desk(admin_client)
    desk.type(campaign__name="New", a1__amount__p__percent="5")
    saved = desk.save()
    assert saved is not None
    Desk(admin_client, saved).save()

    flags = list(LogEntry.objects.order_by("pk").values_list("object_id", "action_flag"))

    assert flags == [(str(saved.pk), 1), (str(saved.pk), 2)]


def test_parts_of_drafts_have_no_place_in_the_index(program: Program, admin_client: Client) -> None:
    page = admin_client.get(reverse("admin:app_list", args=["loyalty"])).content.decode()

    assert reverse("admin:loyalty_campaign_changelist") in page
    assert "campaigncondition" not in page
    assert "campaignaction" not in page
    assert "campaignlimit" not in page


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Friends & family", "friends-family"),
        ("Щедрый чай: ещё 10 %", "shchedryy-chay-eshchyo-10"),
        ("Їжа, ґава", "yizha-gava"),
        ("朋友", "campaign"),
        ("--- ", "campaign"),
        ("x" * 200, "x" * 80),
    ],
)
def test_a_key_is_made_from_the_name(name: str, key: str) -> None:
    assert key_of_name(name) == key


def test_the_same_name_gets_another_key_and_overwrites_nothing(
    program: Program, admin_client: Client
) -> None:
    keys = []
    for percent in ("5", "6", "7"):
        desk = Desk(admin_client)
        desk.type(campaign__name="Spring", a1__amount__p__percent=percent)
        saved = desk.save()
        assert saved is not None
        keys.append(saved.key)

    assert keys == ["spring", "spring-2", "spring-3"]
    first = Campaign.objects.get(key="spring")
    assert definition(first)["actions"][0]["amount"]["percent"] == "5"


def test_the_program_is_chosen_where_there_are_several(program: Program, admin_client: Client) -> None:
    assert 'name="program"' not in Desk(admin_client).html
    other = services.create_program(slug="shop", currencies=[{"code": "stars"}, {"code": "miles"}])
    desk = Desk(admin_client)
    assert desk.data["program"] == ["club"]
    desk.type(program="shop", campaign__name="Stars", a1__amount__p__percent="5")
    desk.press("redraw")
    desk.type(a1__currency="stars")

    saved = desk.save()

    assert saved is not None
    assert (saved.program, saved.actions.get().currency.code) == (other, "stars")


def test_without_a_program_the_way_leads_to_where_one_is_made(db: None, admin_client: Client) -> None:
    response = admin_client.get(ADD)

    assert response.status_code == 302
    assert response["Location"] == reverse("admin:loyalty_campaign_gallery")


def test_a_page_costs_the_same_whatever_stands_on_it(program: Program, admin_client: Client) -> None:
    small = draft(program)
    large = draft(
        program,
        key="large",
        conditions=[[{"kind": "loyalty.purchase_total", "params": {"minimum": "1"}}] * 10] * 4,
        limits=[
            {"per": f"field-{number}", "measure": "times", "max": "1", "period": "day"}
            for number in range(20)
        ],
    )
    Desk(admin_client, small)

    counts = []
    for campaign in (small, large):
        with CaptureQueriesContext(
            connection,
        ) as opened:
            desk = Desk(admin_client, campaign)
        with CaptureQueriesContext(connection) as drawn:
            desk.press("add limits")
        counts.append((len(opened), len(drawn)))

    assert counts[0] == counts[1]
    assert max(counts[0]) <= 20
