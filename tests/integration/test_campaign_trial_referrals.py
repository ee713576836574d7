"""P3 from an empty site to the first reward, all of it through the admin; and triggers of referrals in a test."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from loyalty import services
from loyalty.models import Campaign, Program
from loyalty.rules.registry import event_kinds
from loyalty.selectors import all_balances
from referrals.services import get_link, register_via_link
from tests.loyalty.admin.trial_desk import basket, draft, page

pytestmark = pytest.mark.django_db

P3 = "referrals.parent_and_child"
SITE = {
    "program-name": "Coffee Club",
    "program-purchase_currency": "EUR",
    "program-timezone": "Europe/Berlin",
    "currency-name": "Points",
    "currency-hold": "0",
    "currency-validity": "",
    "currency-worth": "0.01",
}
FIGURES = {
    "preset-currency": "points",
    "preset-parent_percent": "10",
    "preset-minimum_total": "5",
    "preset-child_bonus": "50",
    "preset-friends": "3",
    "preset-friends_bonus": "250",
}


@pytest.fixture
def club(admin_client: Client) -> dict[str, Campaign]:
    """An empty site, set up and filled through the gallery. Anna has three friends, of whom two have bought."""
    admin_client.post(page("gallery_setup"), SITE)
    admin_client.post(page("gallery_preset", None, P3), FIGURES)
    return {campaign.key: campaign for campaign in Campaign.objects.all()}


def try_out(client: Client, campaign: Campaign, **data: Any) -> Any:
    answer = client.post(page("test", campaign), data)
    assert answer.status_code == 200
    return answer.context["outcome"]


def befriend(program: Program, name: str) -> None:
    anna = services.enrol_card(program=program, external_id="anna")
    friend = services.enrol_card(program=program, external_id=name)
    services.process_inbox()
    register_via_link(card=friend, code=get_link(card=anna).code)
    services.process_inbox()


def publish(client: Client, campaign: Campaign) -> None:
    seen = client.get(page("publish", campaign)).context["form"]["seen"].value()
    assert client.post(page("publish", campaign), {"seen": seen}).status_code == 302


def buy(program: Program, name: str, total: str) -> None:
    services.record_purchase(program=program, card=name, external_id=f"p-{name}", total=total)
    services.process_inbox()


def test_what_was_tried_is_what_is_given(admin_client: Client, club: dict[str, Campaign]) -> None:
    program = Program.objects.get()
    befriend(program, "boris")

    tried = try_out(admin_client, club["friends-first-purchase"], **basket(card="boris", total="120.00"))
    assert [(one.recipient, one.granted) for one in tried.given] == [
        ("its parent card", "12"),
        ("the card itself", "50"),
    ]

    for campaign in club.values():
        publish(admin_client, campaign)
    buy(program, "boris", "120.00")

    balances = {row.external_id: row.balances["points"].balance for row in all_balances(program=program)}
    assert balances == {"anna": 12, "boris": 50}
    again = try_out(admin_client, club["friends-first-purchase"], **basket(card="boris", total="120.00"))
    assert (again.applied, again.given) == (False, [])
    assert [one.result for told in again.asked for one in told.checklist] == ["pass", "fail"]


def test_the_purchase_of_the_third_friend_is_tried_for_the_milestone(
    admin_client: Client, club: dict[str, Campaign]
) -> None:
    program = Program.objects.get()
    for name in ("boris", "vera", "gleb"):
        befriend(program, name)
    milestone = club["every-nth-friend"]

    buy(program, "boris", "10.00")
    second = try_out(admin_client, milestone, **basket(card="vera", total="10.00"))
    buy(program, "vera", "10.00")
    third = try_out(admin_client, milestone, **basket(card="gleb", total="10.00"))

    assert (second.applied, second.given) == (False, [])
    assert [(one.recipient, one.granted) for one in third.given] == [("its parent card", "250")]
    # Who has bought already qualifies no second time.
    answer = admin_client.post(page("test", milestone), basket(card="boris", total="10.00"))
    assert answer.context["outcome"].asked == []
    assert "did not bring “Friend qualified” about" in answer.content.decode()


def test_a_registration_is_supposed(admin_client: Client, club: dict[str, Campaign]) -> None:
    program = Program.objects.get()
    befriend(program, "boris")
    gift = {
        "slot": "gift",
        "kind": "loyalty.credit",
        "recipient": "parent_card",
        "currency": "points",
        "amount": {"kind": "loyalty.fixed", "value": "5"},
    }
    welcome = draft(
        program,
        {
            "key": "welcome",
            "trigger": {"kind": "referrals.referral_registered"},
            "conditions": [[{"kind": "referrals.registered_via_link"}]],
            "actions": [gift],
        },
    )

    tried = try_out(admin_client, welcome, card="boris", occurred_at="")
    untied = try_out(admin_client, welcome, card="anna", occurred_at="")

    assert tried.preview.supposed
    assert [(one.recipient, one.granted) for one in tried.given] == [("its parent card", "5")]
    assert (untied.applied, untied.given) == (False, [])


def test_every_trigger_has_a_page_to_try_it(admin_client: Client, club: dict[str, Campaign]) -> None:
    program = Program.objects.get()
    befriend(program, "boris")
    gift = {
        "slot": "gift",
        "kind": "loyalty.credit",
        "currency": "points",
        "amount": {"kind": "loyalty.fixed", "value": "5"},
    }
    kinds = [
        kind.kind for kind in event_kinds if kind.triggers and not kind.kind.startswith("loyalty.segment")
    ]
    assert len(kinds) >= 6

    for number, kind in enumerate(kinds):
        campaign = draft(program, {"key": f"c{number}", "trigger": {"kind": kind}, "actions": [gift]})
        data = (
            basket(card="boris", total="10.00") if event_kinds.get(kind).about_purchase else {"card": "boris"}
        )

        answer = admin_client.post(page("test", campaign), {"occurred_at": "", **data})

        assert answer.status_code == 200
        assert "outcome" in answer.context or answer.context["payload_form"], kind
