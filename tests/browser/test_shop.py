"""The shop in Chromium: a friend's way on a phone, the parent's pages, with and without JavaScript, in both languages."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model

from loyalty.selectors import find_card, get_balances
from loyalty.services import enrol_card, issue_token, record_purchase
from referrals.services import get_link
from tests.browser.pages import fits, follow
from tests.shop.conftest import program, settings_of_the_shop, shelf  # noqa: F401 - fixtures

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("shelf")]

MEMBER_PAGES = ("/club/", "/club/statement/", "/club/token/", "/club/friends/", "/club/friends/invite/")
SHOP_PAGES = ("/", "/basket/", "/checkout/", "/orders/")
PASSWORD = "a long and quiet evening"


@pytest.fixture
def anna(shelf):  # noqa: F811
    """A member with a card and a purchase."""
    user = get_user_model().objects.create_user("anna", first_name="Anna", password=PASSWORD)
    card = enrol_card(user=user)
    record_purchase(card=card, external_id="before", total="30.00")
    return user


def points(user):
    balance = get_balances(find_card(user=user))["points"]
    return balance.available, balance.pending, balance.debt


def follow_link_and_join(page, address: str, name: str) -> None:
    page.goto(address)
    follow(page.locator(".greeting a"))
    page.fill("#id_first_name", name.capitalize())
    page.fill("#id_username", name)
    page.fill("#id_password1", PASSWORD)
    page.fill("#id_password2", PASSWORD)
    follow(page.locator("main form button"))
    page.wait_for_url("**/club/")


def buy(page, *slugs: str) -> None:
    follow(page.locator("header nav a[href='/']"))
    for slug in slugs:
        follow(page.locator(f"#{slug} button"))
    follow(page.locator(".basket-link"))
    assert fits(page)
    follow(page.locator("aside a.button"))
    page.fill("#id_email", "friend@example.com")
    follow(page.locator("form.form button"))
    page.wait_for_url("**/orders/*/")


@pytest.mark.parametrize(
    ("language", "javascript"),
    [("en", True), ("ru", True), ("en", False)],
    ids=["english", "russian", "without-javascript"],
)
def test_a_friend_comes_by_link_on_a_phone_buys_and_returns_a_part(
    live_server, new_page, sign_in, anna, language, javascript
):
    mine = new_page(language=language, javascript=javascript)
    sign_in(mine, anna)
    mine.goto(f"{live_server.url}/club/friends/invite/")
    address = mine.input_value("#referrals-link")

    phone = new_page(width=390, language=language, javascript=javascript)
    follow_link_and_join(phone, address, "boris")
    boris = get_user_model().objects.get(username="boris")
    assert find_card(user=boris).parent == find_card(user=anna)
    assert fits(phone)

    buy(phone, "everyday-mug", "slow-dripper")  # 40.00
    assert points(boris) == (0, 500, 0)
    assert points(anna) == (0, 150 + 500, 0)
    assert sorted(phone.locator(".earn-points").all_inner_texts()) == ["+200", "+300"]

    phone.select_option("#line-0", "1")
    follow(phone.locator("#return-form button"))
    phone.wait_for_selector(".message")
    assert points(boris) == (0, 120 + 300, 0)
    assert fits(phone)

    mine.goto(f"{live_server.url}/club/friends/")
    assert mine.locator(".loyalty-friend strong").inner_text() == "B•••"
    assert mine.locator(".loyalty-journey .loyalty-done").count() == 3
    mine.goto(f"{live_server.url}/club/")
    assert mine.locator(".loyalty-plus").all_inner_texts() == ["+500", "+150"]


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_axe_finds_nothing_serious(live_server, new_page, sign_in, serious_findings, anna, width, scheme):
    page = new_page(width=width, color_scheme=scheme)
    for path in ("/", "/login/", "/signup/"):
        page.goto(f"{live_server.url}{path}")
        assert serious_findings(page) == [], path
    sign_in(page, anna)
    page.goto(f"{live_server.url}/")
    follow(page.locator("#everyday-mug button"))
    for path in (*SHOP_PAGES, *MEMBER_PAGES):
        page.goto(f"{live_server.url}{path}")
        assert serious_findings(page) == [], path
        assert fits(page), path


def test_the_link_is_copied_by_a_button(live_server, new_page, sign_in, anna):
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    sign_in(page, anna)
    page.goto(f"{live_server.url}/club/friends/invite/")

    page.locator("#referrals-copy").click()

    page.wait_for_selector("#referrals-copy:has-text('Copied')")
    code = get_link(card=find_card(user=anna)).code
    assert page.evaluate("navigator.clipboard.readText()") == f"{live_server.url}/r/{code}"


def test_the_code_for_the_till_renews_itself(live_server, new_page, sign_in, settings, anna):
    settings.LOYALTY = {**settings.LOYALTY, "TOKEN_SECONDS": 10}
    page = new_page()
    sign_in(page, anna)
    page.goto(f"{live_server.url}/club/token/")
    first = page.locator("code").inner_text()
    assert first != issue_token(find_card(user=anna)).text

    page.wait_for_function(
        "text => document.querySelector('code').textContent !== text", arg=first, timeout=12_000
    )

    assert page.locator("#loyalty-token svg").count() == 1


def test_the_qr_codes_are_read_by_a_scanner(live_server, new_page, sign_in, anna):
    import io

    import zxingcpp
    from PIL import Image

    card = find_card(user=anna)
    page = new_page(color_scheme="dark")
    sign_in(page, anna)
    read = []
    for path in ("/club/", "/club/friends/invite/", "/club/token/"):
        page.goto(f"{live_server.url}{path}")
        image = Image.open(io.BytesIO(page.locator(".loyalty-qr").screenshot()))
        read.append(zxingcpp.read_barcodes(image)[0].text)

    assert read[:2] == [card.number, f"{live_server.url}/r/{get_link(card=card).code}"]
    assert read[2] == page.locator("code").inner_text()


def test_the_card_is_printed_alone(live_server, new_page, sign_in, anna):
    page = new_page()
    sign_in(page, anna)
    page.goto(f"{live_server.url}/club/")
    page.emulate_media(media="print")

    assert page.locator(".loyalty-card").is_visible()
    for other in (".top", ".bottom", ".loyalty-nav", ".loyalty-balances", ".loyalty-rows"):
        assert not page.locator(other).first.is_visible(), other
