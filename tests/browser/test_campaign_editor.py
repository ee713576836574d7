"""The editor in a browser: with JavaScript and without, by keyboard, at a phone's width, in both languages."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from loyalty import services
from loyalty.models import Campaign
from tests.browser.pages import follow, settle
from tests.loyalty.admin.editor_desk import definition

pytestmark = pytest.mark.browser


@pytest.fixture
def club(transactional_db):
    """A club that counts points."""
    return services.create_program(slug="club", name="Club")


def open_new(page, live_server):
    page.goto(f"{live_server.url}/admin/loyalty/campaign/add/?blank=1")


@pytest.mark.parametrize(("width", "javascript"), [(1280, True), (390, False)], ids=["script", "no-script"])
def test_parent_and_child_is_set_up_from_nothing(
    club, live_server, new_page, sign_in, admin_user, screenshot, javascript, width
):
    """P3: a friend who registered by link makes the first purchase; the parent card gets 10 %, at most 10 times a month."""
    page = new_page(width=width, javascript=javascript)
    sign_in(page, admin_user)
    open_new(page, live_server)

    def choose(name, value):
        page.locator(f'[name="{name}"]').select_option(value)
        if not javascript:
            page.locator('button[value="redraw"]').first.click()
        settle(page)

    page.get_by_label("Name", exact=True).fill("Friend's first purchase")
    page.get_by_role("button", name="Add a condition").click()
    choose("c2-kind", "referrals.registered_via_link")
    page.get_by_role("button", name="And …").click()
    choose("c3-kind", "loyalty.purchase_number")
    choose("a1-recipient", "parent_card")
    page.locator('[name="a1-amount-p-percent"]').fill("10")
    page.get_by_role("button", name="Add a limit").click()
    page.locator('[name="l4-max"]').fill("10")
    page.locator('[name="l4-period"]').select_option("month")
    if javascript:
        expect(page.locator("[data-sentence]")).to_contain_text("10 %")
    settle(page)
    screenshot(page, f"editor-p3-{width}-{'script' if javascript else 'plain'}")
    follow(page.get_by_role("button", name="Save draft"))
    expect(page.get_by_text("Nothing is published yet.")).to_be_visible()

    told = definition(Campaign.objects.get(key="friends-first-purchase"))
    assert [one["kind"] for one in told["conditions"][0]] == [
        "referrals.registered_via_link",
        "loyalty.purchase_number",
    ]
    assert told["actions"][0]["recipient"] == {"role": "parent_card"}
    assert told["actions"][0]["amount"]["percent"] == "10"
    assert [(one["per"], one["max"], one["period"]) for one in told["limits"]] == [
        ("recipient", "10", "month")
    ]


def test_rows_move_by_keyboard_and_the_focus_goes_along(club, live_server, browser_page, sign_in, admin_user):
    page = browser_page
    sign_in(page, admin_user)
    open_new(page, live_server)

    page.locator("#add-limits").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#row-l2")).to_be_focused()
    page.keyboard.press("Tab")  # past the buttons that cannot be pressed, to "Remove"
    expect(page.get_by_role("button", name="Remove: limit 1")).to_be_focused()
    page.locator('[name="l2-max"]').fill("3")
    page.locator("#add-limits").press("Enter")
    expect(page.locator("#row-l3")).to_be_focused()
    page.locator('[name="l3-max"]').fill("not a number")
    page.locator("#up-l3").press("Enter")
    expect(page.locator("#down-l3")).to_be_focused()
    expect(page.locator("[data-note]")).to_have_text("Moved to place 1 of 2.")

    assert page.locator('[name="limits"]').evaluate_all("boxes => boxes.map(box => box.value)") == [
        "l3",
        "l2",
    ]
    assert page.locator('[name="l3-max"]').input_value() == "not a number"
    page.get_by_role("button", name="Remove: limit 1").press("Enter")
    expect(page.locator("#add-limits")).to_be_focused()
    assert page.locator('[name="l2-max"]').input_value() == "3"
    assert not Campaign.objects.exists()


def test_enter_in_a_box_saves_nothing(club, live_server, browser_page, sign_in, admin_user):
    page = browser_page
    sign_in(page, admin_user)
    open_new(page, live_server)

    page.get_by_label("Name", exact=True).fill("Points")
    page.locator('[name="a1-amount-p-percent"]').fill("x")
    page.keyboard.press("Enter")

    expect(page.locator('[data-field="a1-amount-p-percent"] .errorlist')).to_have_text("Enter a number.")
    assert page.get_by_label("Name", exact=True).input_value() == "Points"
    assert not Campaign.objects.exists()


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_serious_is_found_and_nothing_runs_over_the_edge(
    club, live_server, new_page, sign_in, admin_user, serious_findings, screenshot, language, width
):
    campaigns = services.fill_preset(preset="loyalty.levels_of_purchase", program=club)
    page = new_page(width=width, language=language)
    sign_in(page, admin_user)
    page.goto(f"{live_server.url}/admin/loyalty/campaign/{campaigns[0].pk}/change/")
    page.locator("#add-groups").click()
    settle(page)
    page.locator('[name$="-kind"]').nth(1).select_option("loyalty.card_attribute")
    settle(page)
    page.locator('.ce-save [value="check"]').click()
    settle(page)
    screenshot(page, f"editor-{language}-{width}")

    assert serious_findings(page) == []
    over = page.evaluate(
        "document.querySelector('.ce').scrollWidth - document.querySelector('.ce').clientWidth"
    )
    assert over <= 0
    assert page.locator("[data-sentence]").inner_text() != ""
    assert re.search("[а-я]", page.locator("[data-sentence]").inner_text()) or language == "en"
