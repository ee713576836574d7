"""The middleware: a code on any page of the site, and what it never does."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.db import DatabaseError
from django.test.utils import override_settings

from loyalty.models import Card
from referrals.models import Visit
from tests.referrals.rows import make_card, make_program
from tests.referrals.visiting import MIDDLEWARE, browser, cookie_of

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.referrals.site")]

NUMBER = "ACEFHJKMNPRC"


@pytest.fixture(autouse=True)
def site(settings: Any) -> None:
    settings.MIDDLEWARE = MIDDLEWARE
    cache.clear()


@pytest.fixture(autouse=True)
def referrer() -> Card:
    return make_card(make_program(), NUMBER)


@pytest.mark.parametrize(
    ("address", "leads_to"),
    [
        (f"/?ref={NUMBER}", "/"),
        (f"/sale/?ref={NUMBER}", "/sale/"),
        (f"/sale/?a=1&ref={NUMBER}&b=2&a=3", "/sale/?a=1&a=3&b=2"),
        (f"/sale/?ref={NUMBER}&ref=x{NUMBER}&q=%D1%8F", "/sale/?q=%D1%8F"),
    ],
    ids=["alone", "page", "among others", "twice"],
)
def test_a_code_on_any_page_leads_to_the_same_page_without_it(address: str, leads_to: str) -> None:
    client = browser()
    # Of several the last one is read, as Django reads queries.
    address = address.replace(f"ref={NUMBER}&ref=x{NUMBER}", f"ref=x&ref={NUMBER}")

    response = client.get(address)

    assert (response.status_code, response["Location"]) == (302, leads_to)
    assert "no-store" in response["Cache-Control"]
    assert (Visit.objects.count(), bool(cookie_of(client))) == (1, True)


@pytest.mark.parametrize(
    "address", ["/sale/?ref=main", "/sale/?ref=", "/sale/?ref", "/sale/?q=ref", "/sale/"]
)
def test_a_parameter_that_is_the_hosts_own_stays(address: str) -> None:
    response = browser().get(address)

    assert (response.status_code, response.content) == (200, b"a page")
    assert "Cache-Control" not in response
    assert not Visit.objects.exists()


def test_the_parameter_may_have_another_name() -> None:
    with override_settings(REFERRALS={"PARAMETER": "friend"}):
        assert browser().get(f"/?ref={NUMBER}").status_code == 200
        assert browser().get(f"/?friend={NUMBER}")["Location"] == "/"


def test_a_page_without_a_code_costs_no_statement(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        browser().get("/sale/?page=2")


@pytest.mark.parametrize(
    "path", ["//evil.example", "//evil.example/", "/%2F/evil.example", "/\\evil.example", "/%5Cevil.example"]
)
def test_threat_open_redirect_by_the_path(path: str) -> None:
    response = browser().get("/", {"ref": NUMBER}, PATH_INFO=path)

    target = response["Location"]
    assert response.status_code == 302
    assert target.startswith("/")
    assert not target.startswith(("//", "/\\"))


@pytest.mark.parametrize(
    "target",
    ["https://evil.example", "//evil.example", "javascript:alert(1)", "/\\evil.example", "%0d%0aX: y", ".."],
)
@pytest.mark.parametrize("name", ["to", "next", "url", "redirect"])
def test_threat_open_redirect_by_the_query(name: str, target: str) -> None:
    location = browser().get(f"/r/{NUMBER}", {name: target})["Location"]

    assert location.split("?")[0] == "/"


def test_a_database_that_fails_breaks_no_page(monkeypatch: Any, caplog: Any) -> None:
    def fail(**_call: object) -> None:
        raise DatabaseError("The disk is full.")

    monkeypatch.setattr("referrals.arrivals.record_visit", fail)

    assert browser().get(f"/?ref={NUMBER}").status_code == 200
    assert browser().get(f"/r/{NUMBER}")["Location"] == "/"
    assert "could not be recorded" in caplog.text


def test_threat_mail_scanners_follow_links_and_nothing_comes_of_it(referrer: Card) -> None:
    from loyalty.models import Event
    from referrals.models import Referral

    before = Event.objects.count()
    for _ in range(20):
        browser().get(f"/r/{NUMBER}")
        browser().head(f"/r/{NUMBER}")

    assert (Event.objects.count(), Referral.objects.count()) == (before, 0)
    referrer.refresh_from_db()
    assert not referrer.children.exists()


def test_threat_code_enumeration_an_address_that_guesses_is_told_nothing_more() -> None:
    with override_settings(LOYALTY={"GUESS_RATE": "5/hour"}):
        for number in range(5):
            browser().get(f"/r/ACEFHJKMNP{number}X")
        guesser = browser()
        right = guesser.get(f"/r/{NUMBER}")
        elsewhere = browser()
        elsewhere.get(f"/r/{NUMBER}", REMOTE_ADDR="203.0.113.9")

    assert (right.status_code, right["Location"], cookie_of(guesser)) == (302, "/", "")
    assert (cookie_of(elsewhere) != "", Visit.objects.count()) == (True, 1)


def test_links_that_lead_somewhere_are_no_guesses() -> None:
    with override_settings(LOYALTY={"GUESS_RATE": "5/hour"}):
        for _ in range(20):
            browser().get(f"/r/{NUMBER}")

    assert Visit.objects.count() == 20


def test_threat_forged_forwarded_addresses_are_not_believed() -> None:
    with override_settings(LOYALTY={"GUESS_RATE": "5/hour"}):
        for number in range(6):
            browser().get("/r/NOBODYHASIT", headers={"X-Forwarded-For": f"203.0.113.{number}"})
        guesser = browser()
        guesser.get(f"/r/{NUMBER}", headers={"X-Forwarded-For": "203.0.113.77"})

    assert cookie_of(guesser) == ""


def test_a_network_of_ipv6_is_one_guesser() -> None:
    with override_settings(LOYALTY={"GUESS_RATE": "5/hour"}):
        for number in range(6):
            browser().get("/r/NOBODYHASIT", REMOTE_ADDR=f"2001:db8:1:2::{number:x}")
        same, other = browser(), browser()
        same.get(f"/r/{NUMBER}", REMOTE_ADDR="2001:db8:1:2:ffff::1")
        other.get(f"/r/{NUMBER}", REMOTE_ADDR="2001:db8:1:3::1")

    assert (cookie_of(same), cookie_of(other) != "") == ("", True)


def test_personal_data_and_codes_stay_out_of_the_logs(caplog: Any) -> None:
    caplog.set_level("DEBUG")

    browser().get(f"/r/{NUMBER}")
    browser().get("/r/ACEFHJKMNPRE")

    ours = [record.getMessage() for record in caplog.records if record.name.startswith("referrals")]
    assert ours
    assert [text for text in ours if "ACEF" in text] == []
