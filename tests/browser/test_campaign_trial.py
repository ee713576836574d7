"""From the gallery to a published campaign in a browser, under the strictest policy, by script and without one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import expect

from loyalty import services
from loyalty.models import Campaign, Card, Program
from loyalty.selectors import get_campaign_state
from tests.browser.pages import fits, follow
from tests.loyalty.admin.trial_desk import page as address_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

START = datetime(2026, 1, 5, 12, tzinfo=UTC)
TABS = ("audience", "test", "changes", "backtest", "publications", "publish")


@pytest.fixture
def program() -> Program:
    return services.create_program(slug="cafe", currencies=[{"code": "points", "worth": "0.01"}])


@pytest.fixture
def anna(program: Program) -> Card:
    card = services.enrol_card(program=program, external_id="anna", at=START)
    for number, total in enumerate(("40.00", "60.00")):
        services.record_purchase(card=card, external_id=f"p{number}", total=total, occurred_at=START)
    return card


def fill_points(page: Any, site: str) -> None:
    """Through the gallery to the drafts of points on purchases."""
    page.goto(f"{site}{address_of('gallery')}")
    follow(page.get_by_role("link", name="Points on purchases"))
    page.get_by_label("For every").fill("5")
    follow(page.get_by_role("button", name="Make the drafts"))


def test_a_preset_is_filled_tried_and_published(
    live_server: Any,
    browser_page: Any,
    sign_in: Callable[..., None],
    admin_user: Any,
    anna: Card,
    serious_findings: Callable[..., list[str]],
) -> None:
    sign_in(browser_page, admin_user)
    page, site = browser_page, live_server.url

    fill_points(page, site)
    assert page.get_by_text("5 drafts were made.").is_visible()
    campaign = Campaign.objects.get(key="points-on-purchases")

    page.goto(f"{site}{address_of('test', campaign)}")
    page.get_by_role("button", name="Add lines").click()
    expect(page.locator("#id_lines-2-amount")).to_be_visible()
    page.locator("#id_lines-2-amount").fill("52.00")
    page.locator("#id_card").fill("anna")
    follow(page.get_by_role("button", name="Test", exact=True))
    assert page.get_by_text("10 points").first.is_visible()
    assert serious_findings(page) == []

    page.goto(f"{site}{address_of('backtest', campaign)}")
    follow(page.get_by_role("button", name="Run the backtest"))
    assert page.get_by_role("heading", name="In all").is_visible()
    assert page.locator(".loyalty-chart svg[role=img] rect").count() >= 1
    assert page.get_by_text("0.20 EUR").first.is_visible()  # 100.00 : 5.00 points at 0.01
    assert serious_findings(page) == []

    page.goto(f"{site}{address_of('audience', campaign)}")
    follow(page.get_by_role("link", name="Publish…"))
    follow(page.get_by_role("button", name="Publish", exact=True))
    assert page.get_by_text("was published.").is_visible()
    assert get_campaign_state(campaign).status == "published"


@pytest.mark.parametrize("width", [390, 1280])
def test_no_page_is_wider_than_the_screen_or_hard_to_use(
    live_server: Any,
    new_page: Callable[..., Any],
    sign_in: Callable[..., None],
    admin_user: Any,
    anna: Card,
    program: Program,
    width: int,
    serious_findings: Callable[..., list[str]],
) -> None:
    made = services.fill_preset(preset="loyalty.points_on_purchases", program=program)
    services.publish_campaign(campaign=made[0])
    page = new_page(width=width)
    sign_in(page, admin_user)
    addresses = [address_of(name, made[0]) for name in TABS]
    addresses += [address_of("gallery"), address_of("gallery_preset", None, "loyalty.levels_of_purchase")]
    addresses += [address_of("gallery_setup"), address_of("changelist")]

    for address in addresses:
        page.goto(f"{live_server.url}{address}")
        assert fits(page), address
        assert serious_findings(page) == [], address


def test_without_a_script_a_button_brings_more_lines_and_keeps_what_was_typed(
    live_server: Any,
    new_page: Callable[..., Any],
    sign_in: Callable[..., None],
    admin_user: Any,
    anna: Card,
    program: Program,
) -> None:
    made = services.fill_preset(preset="loyalty.points_on_purchases", program=program)
    page = new_page(width=390, javascript=False)
    sign_in(page, admin_user)

    page.goto(f"{live_server.url}{address_of('test', made[0])}")
    page.locator("#id_lines-0-sku").fill("tea")
    follow(page.get_by_role("button", name="Add lines"))

    assert page.locator("#id_lines-4-sku").is_visible()
    assert page.locator("#id_lines-0-sku").input_value() == "tea"
