"""The member's pages of both apps on a host that has no template of its own."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loyalty.models import Card
from loyalty.selectors import get_balances
from loyalty.services import enrol_card, import_campaigns, record_purchase
from loyalty.testing import process_inbox
from referrals.services import get_link, register_via_link
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.integration.member_urls")]

PAGES = ("/me/", "/me/statement/", "/me/token/", "/me/friends/", "/me/friends/invite/")
CAMPAIGNS = """
format: loyalty-campaigns/1
program: {slug: club, name: "Tea & <Cake>", purchase_currency: EUR, timezone: Europe/Moscow}
currencies:
- {code: points, name: Points, hold: P14D, validity: P1Y}
campaigns:
- key: friend
  name: A friend buys
  trigger: {kind: loyalty.purchase}
  conditions:
  - - {kind: referrals.registered_via_link}
  actions:
  - slot: parent
    kind: loyalty.credit
    recipient: parent_card
    currency: points
    amount: {kind: loyalty.fixed, value: "50"}
  - {slot: friend, kind: loyalty.credit, currency: points, amount: {kind: loyalty.fixed, value: "5"}}
"""


@pytest.fixture
def anna(client) -> Card:
    """Signed in with a card."""
    import_campaigns(text=CAMPAIGNS, kind="yaml", publish=True)
    user = UserFactory(username="anna", first_name="Anna <i>", email="anna@example.com")
    client.force_login(user)
    return enrol_card(user=user)


def bring(card: Card, name: str, *, buys: bool = True, processes: bool = True) -> Card:
    """A friend of the card's, who buys something."""
    friend = enrol_card(user=UserFactory(username=name, first_name=name.capitalize()))
    register_via_link(card=friend, code=get_link(card=card).code)
    if buys:
        record_purchase(card=friend, external_id=f"of-{name}", total="20.00")
    if processes:
        process_inbox()
    return friend


def queries(client, path: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert client.get(path).status_code == 200
    return len(seen)


def test_pages_cost_as_many_queries_with_200_friends_as_with_one(client, anna):
    bring(anna, "boris")
    for path in PAGES:
        client.get(path)
    before = {path: queries(client, path) for path in PAGES}
    for number in range(199):
        bring(anna, f"friend{number}", processes=False)
    process_inbox()

    after = {path: queries(client, path) for path in PAGES}

    assert after == before
    assert max(after.values()) <= 40


def test_friends_are_shown_fifty_at_a_time(client, anna):
    for number in range(51):
        bring(anna, f"friend{number}", buys=False, processes=False)
    process_inbox()

    page = client.get("/me/friends/")
    older = re.search(r'href="\?before=(\d+)"', page.content.decode())[1]
    rest = client.get(f"/me/friends/?before={older}")

    assert page.content.decode().count("F•••") == 50
    assert rest.content.decode().count("F•••") == 1


def test_nothing_of_a_friend_but_a_masked_name_is_shown(client, anna):
    friend = bring(anna, "boris")

    for path in PAGES:
        text = client.get(path).content.decode()
        assert "boris" not in text.lower(), path
        assert friend.number not in text, path
        assert "20.00" not in text, path


def test_names_are_escaped(client, anna):
    for path in PAGES:
        text = client.get(path).content.decode()
        assert "<i>" not in text
        assert "<Cake>" not in text


def test_the_navigation_names_every_page(client, anna):
    text = client.get("/me/").content.decode()

    assert re.findall(r'<li><a href="([^"]+)"( aria-current="page")?>', text) == [
        ("/me/", ' aria-current="page"'),
        ("/me/statement/", ""),
        ("/me/friends/invite/", ""),
        ("/me/friends/", ""),
    ]


def test_the_link_can_be_sent_in_four_ways_without_javascript(client, anna):
    text = client.get("/me/friends/invite/").content.decode()
    link = f"http://testserver/r/{get_link(card=anna).code}"

    assert f'value="{link}"' in text
    sent = {
        urlsplit(way.replace("&amp;", "&")) for way in re.findall(r'href="(https:[^"]+|mailto:[^"]+)"', text)
    }
    asked = {(way.netloc or way.scheme): parse_qs(way.query) for way in sent}
    words = "Join me at Tea & <Cake>"
    assert asked == {
        "t.me": {"url": [link], "text": [words]},
        "wa.me": {"text": [f"{words}: {link}"]},
        "vk.com": {"url": [link], "title": [words]},
        "mailto": {"subject": [words], "body": [f"{words}: {link}"]},
    }


def test_a_member_sees_when_the_points_can_be_spent_by_the_programs_clock(client, anna, time_machine):
    time_machine.move_to("2030-03-01T22:30:00Z")  # in Moscow it is the 2nd already
    client.force_login(anna.user)  # the session of before is long over
    bring(anna, "boris")

    text = " ".join(client.get("/me/").content.decode().split())

    assert get_balances(anna)["points"].pending == 50
    assert "<strong>50</strong> on the way: the next 50 on March 16, 2030" in text
    assert "March 2, 2030 · can be spent from March 16, 2030" in text
    assert "<strong>50</strong> expire on March 16, 2031" in text


def test_the_token_is_another_one_each_time_and_never_cached(client, anna):
    first, second = client.get("/me/token/"), client.get("/me/token/")

    assert first.context["token"].text != second.context["token"].text
    assert 50 <= first.context["seconds"] <= 60
    assert "no-store" in first["Cache-Control"]
    assert first.content.count(b"<svg") == 1


@pytest.mark.parametrize("before", ["", "x", "-1", "0", "9" * 19, "9" * 60, "١٢", "\x00"])
@pytest.mark.parametrize("path", ["/me/statement/", "/me/friends/"])
def test_a_nonsensical_page_is_the_first_or_an_empty_one(client, anna, path, before):
    assert client.get(path, {"before": before}).status_code == 200


def test_an_unknown_currency_leads_back_to_the_card(client, anna):
    assert client.get("/me/statement/?currency=gold").url == "/me/"


def test_a_member_sees_their_own_card_alone(client, anna):
    boris = bring(anna, "boris")
    client.force_login(boris.user)

    text = client.get("/me/").content.decode()

    assert anna.number not in text.replace(" ", "")
    assert boris.number in text.replace(" ", "")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("", "not a referral code"),
        ("nonsense", "not a referral code"),
        ("own", "your own"),
    ],
)
def test_a_bad_code_is_refused_in_words(client, anna, code, said):
    typed = get_link(card=anna).code if code == "own" else code

    client.post("/me/friends/code/", {"code": typed})

    text = " ".join(client.get("/me/friends/invite/").content.decode().split())
    assert said in text.lower()
    anna.refresh_from_db()
    assert anna.parent is None


def test_who_guesses_codes_is_slowed_down(client, anna, settings):
    settings.LOYALTY = {"GUESS_RATE": "3/hour"}
    cache.clear()
    other = enrol_card(user=UserFactory(username="boris"))
    for _guess in range(3):
        client.post("/me/friends/code/", {"code": "23456789CFGH"})

    client.post("/me/friends/code/", {"code": get_link(card=other).code})

    anna.refresh_from_db()
    assert anna.parent is None
    assert "too many wrong codes" in client.get("/me/friends/invite/").content.decode()
    cache.clear()
