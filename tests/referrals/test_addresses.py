"""The address that a member shares."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.test.utils import override_settings

from loyalty.models import Card
from loyalty.services import replace_number
from referrals.models import Visit
from referrals.selectors import link_address
from tests.referrals.rows import make_card, make_program
from tests.referrals.visiting import MIDDLEWARE, browser

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.referrals.site")]

NUMBER = "ACEFHJKMNPRC"


@pytest.fixture
def card() -> Card:
    return make_card(make_program(), NUMBER)


@pytest.mark.parametrize(
    ("site", "address"),
    [
        ("https://shop.example", f"https://shop.example/r/{NUMBER}"),
        ("https://shop.example/", f"https://shop.example/r/{NUMBER}"),
        ("https://shop.example/eu", f"https://shop.example/eu/r/{NUMBER}"),
        (None, f"http://testserver/r/{NUMBER}"),
    ],
)
def test_a_link_is_the_site_and_the_code_in_the_path(
    site: str | None, address: str, card: Card, rf: Any
) -> None:
    with override_settings(REFERRALS={"SITE_URL": site}):
        assert link_address(card, request=rf.get("/any/page/?a=1")) == address


def test_threat_a_forged_host_does_not_get_into_links_where_the_site_is_named(card: Card, rf: Any) -> None:
    request = rf.get("/", headers={"host": "evil.example"})
    with override_settings(REFERRALS={"SITE_URL": "https://shop.example"}):
        assert link_address(card, request=request) == f"https://shop.example/r/{NUMBER}"


def test_without_a_request_the_site_must_be_named(card: Card) -> None:
    with pytest.raises(ImproperlyConfigured, match="SITE_URL"):
        link_address(card)

    with override_settings(REFERRALS={"SITE_URL": "https://shop.example"}):
        assert link_address(card) == f"https://shop.example/r/{NUMBER}"


def test_the_site_may_be_that_of_django(card: Card, monkeypatch: Any) -> None:
    site = SimpleNamespace(domain="shop.example")
    monkeypatch.setattr("referrals.selectors.addresses.apps.is_installed", lambda _name: True)
    monkeypatch.setattr("referrals.selectors.addresses.get_current_site", lambda _request: site)

    assert link_address(card) == f"https://shop.example/r/{NUMBER}"


def test_each_of_several_programs_has_links_of_its_own(card: Card, rf: Any) -> None:
    other = make_card(make_program(slug="books"), NUMBER)

    assert link_address(other, request=rf.get("/")) == f"http://testserver/books/{NUMBER}"
    assert link_address(card, request=rf.get("/")) == f"http://testserver/r/{NUMBER}"


def test_the_link_stays_when_the_number_is_replaced(card: Card, rf: Any) -> None:
    before = link_address(card, request=rf.get("/"))
    replace_number(card=card)

    assert link_address(Card.objects.get(pk=card.pk), request=rf.get("/")) == before


@pytest.mark.urls("tests.referrals.bare_site")
def test_where_no_landing_page_is_included_the_code_is_in_the_query(card: Card, rf: Any) -> None:
    assert link_address(card, request=rf.get("/")) == f"http://testserver/?ref={NUMBER}"


@pytest.mark.parametrize("urls", ["tests.referrals.site", "tests.referrals.bare_site"])
def test_the_address_leads_to_a_visit(urls: str, card: Card, rf: Any, settings: Any) -> None:
    settings.ROOT_URLCONF, settings.MIDDLEWARE = urls, MIDDLEWARE
    cache.clear()

    browser().get(link_address(card, request=rf.get("/")))

    assert Visit.objects.get().link.card == card


def test_it_takes_one_statement(card: Card, rf: Any, django_assert_num_queries: Any) -> None:
    link_address(card, request=rf.get("/"))

    with django_assert_num_queries(1):
        link_address(card, request=rf.get("/"))
