"""Every page of the shop: strict policy, no script or style inside, both languages, names that are markup."""

from __future__ import annotations

import ast
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model

from example_project import settings as shop_settings
from tests.shop.visiting import Visitor, order, put, sign_up, text_of

ROOT = Path(shop_settings.HERE).parent
PAGES = ("/", "/basket/", "/checkout/", "/orders/", "/club/", "/club/statement/", "/club/token/",
         "/club/friends/", "/club/friends/invite/")  # fmt: skip
OUTSIDE = ("/", "/basket/", "/login/", "/signup/")


class Markup(HTMLParser):
    """Gathers what a strict policy forbids, and ids that stand twice."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.ids: list[str] = []
        self.inside = ""

    def handle_starttag(self, tag, attrs):
        names = dict(attrs)
        self.inside = tag if tag in {"script", "style"} and "src" not in names else ""
        self.faults += [f"{tag} {name}" for name in names if name == "style" or name.startswith("on")]
        for name in ("src", "href", "action"):
            address = names.get(name) or ""
            if tag != "a" and re.match(r"\w+:|//", address):
                self.faults.append(f"{tag} {address}")
        if tag == "style":
            self.faults.append("style")
        if tag in {"input", "select", "textarea"} and names.get("type") not in {"hidden", "checkbox"}:
            self.ids.append(names.get("id") or f"{tag} without an id")

    def handle_data(self, data):
        if self.inside and data.strip():
            self.faults.append(f"<{self.inside}>{data[:40]}")

    def handle_endtag(self, tag):
        self.inside = ""


def faults_of(response) -> list[str]:
    markup = Markup()
    markup.feed(response.content.decode())
    return markup.faults + [one for one in set(markup.ids) if markup.ids.count(one) > 1 or " " in one]


@pytest.fixture
def anna(shelf) -> Visitor:
    browser = Visitor()
    sign_up(browser, "anna")
    order(browser, everyday_mug=2)
    put(browser, dark_chocolate=1)
    return browser


@pytest.mark.parametrize("language", ["en", "ru"])
def test_pages_hold_no_script_or_style_and_send_the_policy(anna, language):
    anna.cookies["django_language"] = language
    for path in PAGES:
        page = anna.get(path)

        assert page.status_code == 200, path
        assert faults_of(page) == [], path
        assert "default-src 'none'" in page["Content-Security-Policy"]
        assert "unsafe" not in page["Content-Security-Policy"]
        assert f'<html lang="{language}">' in page.content.decode()


def test_pages_for_everybody_hold_none_either(shelf, browser):
    for path in OUTSIDE:
        page = browser.get(path)

        assert page.status_code == 200, path
        assert faults_of(page) == [], path


@pytest.mark.parametrize("path", [path for path in PAGES if path not in {"/", "/basket/", "/checkout/"}])
def test_pages_of_a_member_ask_to_sign_in(shelf, browser, path):
    answer = browser.get(path)

    assert answer.status_code == 302
    assert answer.url == f"/login/?next={path}"


def test_a_name_that_is_markup_is_shown_as_it_is_written(shelf, browser):
    evil = "<script>alert(1)</script>\"'&"
    sign_up(browser, "mallory", first_name=evil)
    placed = order(browser, everyday_mug=1)
    placed.name = evil
    placed.save()

    for path in ("/", "/club/", placed.get_absolute_url()):
        page = browser.get(path)
        assert "<script>alert" not in page.content.decode(), path
        assert faults_of(page) == [], path


def test_the_referrers_name_is_masked_and_escaped(shelf, browser):
    anna = Visitor()
    sign_up(anna, "anna", first_name="<b>Anna")
    link = re.search(
        r'value="http://testserver(/r/[^"]+)"', anna.get("/club/friends/invite/").content.decode()
    )

    landed = browser.get(link[1], follow=True)

    assert "B••• sends you here." in text_of(landed)
    assert "Anna" not in text_of(landed)


def test_products_speak_the_visitors_language(shelf, browser):
    assert "Everyday mug" in text_of(browser.get("/"))
    assert "€16.00" in text_of(browser.get("/"))

    browser.post("/i18n/setlang/", {"language": "ru", "next": "/"})

    page = text_of(browser.get("/"))
    assert "Кружка на каждый день" in page
    assert "16,00 €" in page


@pytest.mark.parametrize("path", ["/basket/add/mug/", "/basket/change/mug/", "/orders/X/cancel/", "/orders/X/return/",
                                  "/logout/", "/club/enrol/", "/club/friends/code/"])  # fmt: skip
def test_looking_changes_nothing(anna, path):
    assert anna.get(path).status_code == 405


def test_who_has_no_card_yet_gets_one_by_a_button(shelf, browser):
    user = get_user_model().objects.create_user("dora", password="a long and quiet evening")
    browser.force_login(user)
    assert "You have no card yet." in text_of(browser.get("/club/"))
    assert user.loyalty_cards.count() == 0

    browser.post("/club/enrol/")

    assert user.loyalty_cards.count() == 1
    assert "You have no card yet." not in text_of(browser.get("/club/"))


def test_the_shop_uses_public_names_only():
    """The modules are those that the README lists as public."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8").rpartition("Public API")[2]
    public = set(re.findall(r"`(loyalty\.\w+)`", readme)) | {"loyalty.models"}
    public |= {name.replace("loyalty", "referrals", 1) for name in public} | {"loyalty.money"}
    used = {
        node.module
        for path in (ROOT / "example_project").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in {"loyalty", "referrals"}
    }

    assert "loyalty.services" in public
    assert used <= public
