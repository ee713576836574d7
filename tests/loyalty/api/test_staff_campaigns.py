"""Campaigns over HTTP: listed, written, tried, backtested, published; each act with its own permission."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from loyalty import services
from loyalty.models import Campaign, CampaignPublication, Event, Reward
from loyalty.testing import process_inbox
from tests.loyalty.api.conftest import client_of, make_user
from tests.performance.counting import counted

pytestmark = pytest.mark.django_db

ALL = "/api/v1/staff/campaigns/"
VALIDATE = "/api/v1/staff/definitions/validate/"
START = datetime(2026, 1, 5, 10, tzinfo=UTC)
ACTS = ["publish", "pause", "resume", "archive"]


def percent(key: str = "five-percent", number: str = "5") -> dict[str, Any]:
    """A percentage of each purchase to the buyer."""
    amount = {"kind": "loyalty.percent", "percent": number}
    action = {"slot": "buyer", "kind": "loyalty.credit", "currency": "points", "amount": amount}
    return {"key": key, "trigger": {"kind": "loyalty.purchase"}, "actions": [action]}


def staff(*permissions: str) -> Any:
    """Somebody who may do this much."""
    return client_of(make_user(*permissions))


@pytest.fixture
def marketer(program):
    """Somebody who may do all with campaigns but decide about the past."""
    return staff(
        "view_campaign",
        "add_campaign",
        "change_campaign",
        "publish_campaign",
        "pause_campaign",
        "archive_campaign",
        "view_card",
        "view_dashboard",
    )


def put(client: Any, definition: dict[str, Any], key: str = "five-percent") -> Any:
    """Write a draft."""
    return client.put(f"{ALL}{key}/draft/", {"definition": definition})


def test_the_list(marketer, ten_percent):
    [one] = marketer.get(ALL).json()["results"]

    assert (one["key"], one["status"], one["since"]) == ("ten-percent", "published", "2020-01-01T00:00:00Z")
    assert "10" in one["sentence"]
    assert one["upcoming"] == []


def test_a_draft_is_written_and_shown(marketer, program):
    written = put(marketer, percent())

    assert written.status_code == 200
    assert written.json() == marketer.get(f"{ALL}five-percent/").json()
    assert (written.json()["status"], written.json()["problems"]) == ("draft", [])
    assert written.json()["definition"]["actions"][0]["amount"]["percent"] == "5"
    assert Campaign.objects.get().key == "five-percent"
    assert not CampaignPublication.objects.exists()


def test_writing_again_changes_the_draft(marketer, program):
    put(marketer, percent())

    again = put(marketer, percent(number="7"))

    assert again.json()["definition"]["actions"][0]["amount"]["percent"] == "7"
    assert Campaign.objects.count() == 1


@pytest.mark.parametrize(
    ("definition", "status", "code"),
    [
        ({}, 422, "campaign_invalid"),
        (percent() | {"surprise": 1}, 422, "campaign_invalid"),
        (percent(number="-5"), 422, "campaign_invalid"),
        (percent(key="other"), 400, "invalid_request"),
        (percent() | {"trigger": {"kind": "no.such"}}, 422, "campaign_invalid"),
        ([], 400, "invalid_request"),
        ("x", 400, "invalid_request"),
    ],
)
def test_definitions_that_are_none_write_nothing(marketer, definition, status, code):
    answer = put(marketer, definition)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["errors"]
    assert not Campaign.objects.exists()


def test_validating_writes_nothing(marketer, program):
    sound = marketer.post(VALIDATE, {"definition": percent()})
    broken = marketer.post(VALIDATE, {"definition": percent(number="x")})

    assert sound.status_code == 200
    assert sound.json()["definition"]["priority"] == 100
    assert "5" in sound.json()["sentence"]
    assert (broken.status_code, broken.json()["code"]) == (422, "campaign_invalid")
    assert not Campaign.objects.exists()


def test_from_draft_to_archive(marketer, program):
    put(marketer, percent())
    found = []

    for act in ("publish", "pause", "resume", "archive"):
        answer = marketer.post(f"{ALL}five-percent/{act}/", {})
        assert answer.status_code == 200, answer.json()
        found.append(answer.json()["status"])

    assert found == ["published", "paused", "published", "archived"]
    assert CampaignPublication.objects.first().actor is not None


def test_published_for_later(marketer, program):
    put(marketer, percent())

    answer = marketer.post(
        f"{ALL}five-percent/publish/", {"effective_from": "2090-01-01T00:00:00Z", "shadow": True}
    )

    assert answer.json()["status"] == "draft"
    assert answer.json()["upcoming"] == [{"status": "shadow", "effective_from": "2090-01-01T00:00:00Z"}]


def test_the_past_takes_a_permission_of_its_own(marketer, program):
    put(marketer, percent())
    body = {"effective_from": "2020-01-01T00:00:00Z"}

    refused = marketer.post(f"{ALL}five-percent/publish/", body)
    done = staff("view_campaign", "publish_campaign", "backdate_campaign").post(
        f"{ALL}five-percent/publish/", body
    )

    assert (refused.status_code, refused.json()["code"]) == (403, "past_not_allowed")
    assert done.json()["since"] == "2020-01-01T00:00:00Z"


@pytest.mark.parametrize("act", ["pause", "resume"])
def test_acts_that_do_not_fit_the_state(marketer, program, act):
    put(marketer, percent())

    answer = marketer.post(f"{ALL}five-percent/{act}/", {})

    assert (answer.status_code, answer.json()["code"]) == (409, "campaign_state_invalid")


@pytest.mark.parametrize("act", ACTS)
def test_to_see_and_to_change_is_not_to_publish(program, ten_percent, act):
    client = staff("view_campaign", "add_campaign", "change_campaign", "delete_campaign", "view_card")

    answer = client.post(f"{ALL}ten-percent/{act}/", {})

    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert CampaignPublication.objects.count() == 1


@pytest.mark.parametrize("act", ACTS)
def test_who_may_not_see_campaigns_is_shown_none_by_acting(program, ten_percent, act):
    client = staff("publish_campaign", "pause_campaign", "archive_campaign")

    assert client.post(f"{ALL}ten-percent/{act}/", {}).status_code == 403
    assert CampaignPublication.objects.count() == 1


def test_to_enter_the_admin_is_no_permission(program, ten_percent):
    user = make_user()
    user.is_staff = True
    user.save()

    assert client_of(user).get(ALL).status_code == 403


@pytest.mark.parametrize("act", [*ACTS, "draft", "test", "backtest"])
def test_nothing_is_done_by_looking(marketer, ten_percent, act):
    assert marketer.get(f"{ALL}ten-percent/{act}/").status_code == 405


@pytest.mark.parametrize("key", ["none", "TEN-PERCENT"])
def test_campaigns_that_are_none(marketer, ten_percent, key):
    assert marketer.get(f"{ALL}{key}/").json()["code"] == "not_found"


def test_idor_a_campaign_of_another_program(marketer, ten_percent):
    services.create_program(slug="other")

    assert marketer.get(f"{ALL}ten-percent/?program=club").status_code == 200
    assert marketer.get(f"{ALL}ten-percent/?program=other").status_code == 404
    assert marketer.get(f"{ALL}ten-percent/").json()["code"] == "program_ambiguous"


def test_trying_a_draft_on_a_card(marketer, card, ten_percent):
    put(marketer, percent())

    answer = marketer.post(f"{ALL}five-percent/test/", {"card": card.number, "total": "200.00"})

    assert answer.status_code == 200
    assert [(one["campaign"], one["granted"]) for one in answer.json()["rewards"]] == [
        ("five-percent", "10"),
        ("ten-percent", "20"),
    ]
    assert {one["key"]: one["applied"] for one in answer.json()["campaigns"]}["five-percent"] is True
    assert not Reward.objects.exists()
    assert not Event.objects.filter(kind="loyalty.purchase").exists()


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"card": "customer", "total": "1"}, 404, "card_not_found"),
        ({"card": "anna"}, 400, "invalid_request"),
        ({"card": "anna", "total": "-1"}, 400, "event_payload_invalid"),
        ({"card": "anna", "total": 1}, 400, "invalid_request"),
        ({"card": "anna", "total": "1", "payload": {}}, 400, "invalid_request"),
    ],
)
def test_trials_that_are_none(marketer, card, ten_percent, body, status, code):
    answer = marketer.post(f"{ALL}ten-percent/test/", body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_backtest(marketer, card):
    services.record_purchase(card=card, external_id=1, total=1000, occurred_at=START)
    process_inbox()
    put(marketer, percent())

    answer = marketer.post(f"{ALL}five-percent/backtest/", {"since": "2026-01-01", "until": "2026-01-31"})

    assert answer.status_code == 200
    told = answer.json()
    assert (told["stopped"], told["events"], told["members"], told["revenue"]) == (
        False,
        told["total"],
        1,
        "1000.00",
    )
    [row] = told["campaigns"]
    assert (row["campaign"], row["times"], row["granted"]) == ("five-percent", 1, "50")
    assert not Reward.objects.exists()


def test_a_backtest_that_takes_too_long_says_so(marketer, card, monkeypatch):
    for number in range(100):
        services.record_purchase(card=card, external_id=number, total=10, occurred_at=START)
    process_inbox()
    put(marketer, percent())
    monkeypatch.setattr("loyalty.api.staff.tryouts._SECONDS", -1)

    answer = marketer.post(f"{ALL}five-percent/backtest/", {"since": "2026-01-01", "until": "2026-01-31"})

    assert (answer.status_code, answer.json()["stopped"]) == (200, True)
    assert (answer.json()["events"], answer.json()["total"]) == (100, 101)


def test_a_backtest_of_too_many_cards_is_for_a_terminal(marketer, card, ten_percent, monkeypatch):
    monkeypatch.setattr("loyalty.services.backtests._MOST_CARDS", 0)

    answer = marketer.post(f"{ALL}ten-percent/backtest/", {"since": "2026-01-01", "until": "2026-01-31"})

    assert (answer.status_code, answer.json()["code"]) == (409, "backtest_too_large")


def test_a_period_that_is_none(marketer, ten_percent):
    answer = marketer.post(f"{ALL}ten-percent/backtest/", {"since": "2026-02-01", "until": "2026-01-31"})

    assert answer.json()["errors"][0]["path"] == "until"


@pytest.mark.parametrize("address", [ALL, f"{ALL}campaign-1/"])
def test_as_many_queries_for_many_campaigns(marketer, program, address):
    found = []
    for number in (2, 200):
        for one in range(Campaign.objects.count(), number):
            services.save_draft(program=program, definition=percent(key=f"campaign-{one}"))
        marketer.get(address)
        with counted() as queries:
            assert marketer.get(f"{address}?limit=200" if address == ALL else address).status_code == 200
        found.append(len(queries))

    assert found[0] == found[1] <= 12


@pytest.mark.parametrize(("since", "until"), [("0001-01-01", "9999-12-31"), ("9999-12-31", "9999-12-31")])
def test_a_backtest_knows_no_days_at_the_end_of_time(marketer, program, since, until):
    program.timezone = "America/New_York"
    program.save()
    put(marketer, percent())

    answer = marketer.post(f"{ALL}five-percent/backtest/", {"since": since, "until": until})

    assert answer.status_code == 400
    assert {one["code"] for one in answer.json()["errors"]} == {"out_of_range"}
