"""From Anna's link to the friend's points, a return, and what Anna sees of it: exact at every step."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth import get_user_model

from loyalty.models import Purchase
from loyalty.selectors import find_card, get_balances
from referrals.models import Referral
from tests.shop.visiting import Visitor, order, sign_up, text_of

pytestmark = pytest.mark.django_db(
    transaction=True
)  # real commits: what follows on them is part of the story


def user_card(name: str):
    return find_card(user=get_user_model().objects.get(username=name))


def points(name: str):
    balance = get_balances(user_card(name))["points"]
    return balance.available, balance.pending, balance.debt


@pytest.fixture
def anna(shelf) -> Visitor:
    browser = Visitor()
    sign_up(browser, "anna")
    return browser


def link_on(page) -> str:
    return re.search(r'value="http://testserver(/r/[^"]+)"', page.content.decode())[1]


def test_a_friend_comes_by_link_buys_and_returns_a_part(anna, browser):
    path = link_on(anna.get("/club/friends/invite/"))

    landed = browser.get(path, follow=True)
    assert "A••• sends you here." in text_of(landed)
    assert landed.request["PATH_INFO"] == "/"

    assert sign_up(browser, "boris").url == "/club/"
    referral = Referral.objects.get()
    assert (referral.referrer, referral.referee) == (user_card("anna"), user_card("boris"))
    assert "Has joined" in text_of(anna.get("/club/friends/"))

    placed = order(browser, everyday_mug=2, dark_chocolate=1)  # 32.00 + 4.90
    page = text_of(browser.get(placed.get_absolute_url()))
    assert "+180" in page  # five for each of 36 whole euros
    assert "+300" in page  # for who came by a link
    assert "can be spent from" in page
    assert points("boris") == (0, 480, 0)
    assert points("anna") == (0, 500, 0)
    assert "Your points are on the way" in text_of(anna.get("/club/friends/"))

    # One mug goes back: 20.90 remain, the minimum of 20.00 holds.
    browser.post(f"{placed.get_absolute_url()}return/", {"seen": "0", "line-0": "1", "line-1": "0"})
    assert Purchase.objects.get().remaining == 20_90
    assert points("boris") == (0, 400, 0)  # five for each of 20 whole euros, and 300
    assert points("anna") == (0, 500, 0)

    # The chocolate too: 16.00 remain, which is less than 20.00.
    browser.post(f"{placed.get_absolute_url()}return/", {"seen": "1", "line-0": "0", "line-1": "1"})
    assert Purchase.objects.get().remaining == 16_00
    assert points("boris") == (0, 80, 0)  # five for each of 16 whole euros
    assert points("anna") == (0, 0, 0)
    friends = text_of(anna.get("/club/friends/"))
    assert "your points were taken back" in friends
    assert "boris" not in friends.lower()


def test_a_typed_code_does_what_the_link_does(anna, browser):
    code = link_on(anna.get("/club/friends/invite/")).rpartition("/")[2]

    sign_up(browser, "boris", code=f" {code.lower()} ")

    assert Referral.objects.get().referrer == user_card("anna")


@pytest.mark.parametrize("code", ["nonsense", "\x00", "ЖЖЖ", "2" * 100])
def test_a_bad_code_breaks_no_sign_up(shelf, browser, code):
    response = sign_up(browser, "boris", code=code)

    assert response.status_code in {200, 302}  # a NUL byte is refused by the form itself
    if response.status_code == 302:
        assert user_card("boris").parent is None


def test_the_code_of_a_friend_may_come_later_until_the_first_purchase(anna, browser):
    code = link_on(anna.get("/club/friends/invite/")).rpartition("/")[2]
    sign_up(browser, "boris")
    assert "Did a friend send you?" in text_of(browser.get("/club/friends/invite/"))

    browser.post("/club/friends/code/", {"code": code})

    assert user_card("boris").parent == user_card("anna")
    page = text_of(browser.get("/club/friends/invite/"))
    assert "You were sent by A•••." in page
    assert "Did a friend send you?" not in page
    own = anna.post("/club/friends/code/", {"code": code}, follow=True)
    assert user_card("anna").parent is None
    assert own.status_code == 200
