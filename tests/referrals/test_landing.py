"""Following a link: where it leads, what is kept, and who is no visitor."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.test.utils import override_settings

from loyalty.models import Card, Program
from loyalty.services import block_card, close_card, replace_number
from referrals.models import ReferralLink, Visit
from tests.referrals.rows import make_card, make_program
from tests.referrals.visiting import COOKIE, MIDDLEWARE, browser, cookie_of

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.referrals.site")]

NUMBER = "ACEFHJKMNPRC"
LINK = f"/r/{NUMBER}"


@pytest.fixture(autouse=True)
def site(settings: Any) -> None:
    settings.MIDDLEWARE = MIDDLEWARE
    cache.clear()


@pytest.fixture
def program() -> Program:
    return make_program(name="Book club")


@pytest.fixture
def referrer(program: Program) -> Card:
    return make_card(program, NUMBER)


def test_a_link_leads_to_a_clean_address_and_the_visit_is_kept(referrer: Card) -> None:
    client = browser()

    response = client.get(LINK)

    assert (response.status_code, response["Location"]) == (302, "/")
    visit = Visit.objects.get()
    assert (visit.link.card, visit.program, visit.code) == (referrer, referrer.program, NUMBER)
    assert (visit.repaired, visit.channel, len(visit.visitor)) == (False, "", 32)
    assert cookie_of(client)


def test_the_cookie_is_first_party_unreadable_for_scripts_and_says_nothing_of_the_person(
    referrer: Card,
) -> None:
    plain = browser().get(LINK).cookies[COOKIE]
    secret = browser().get(LINK, secure=True).cookies[COOKIE]

    assert (plain["httponly"], plain["samesite"], plain["secure"], plain["path"]) == (True, "Lax", "", "/")
    assert (plain["domain"], plain["max-age"]) == ("", 90 * 24 * 60 * 60)
    assert secret["secure"] is True
    assert NUMBER not in plain.value


def test_no_cache_no_search_engine_and_no_referrer_keeps_it(referrer: Card) -> None:
    response = browser().get(LINK)

    assert {"no-store", "private"} <= set(response["Cache-Control"].split(", "))
    assert "Cookie" in response["Vary"]
    assert (response["X-Robots-Tag"], response["Referrer-Policy"]) == ("noindex, nofollow", "strict-origin")


@pytest.mark.parametrize(
    ("settings_of", "query", "leads_to"),
    [
        ({"LANDING_URL": "/welcome/"}, "", "/welcome/"),
        ({"LANDING_URL": "welcome"}, "", "/welcome/"),
        ({"LANDING_URL": "nowhere"}, "", "/"),
        ({"LANDING_PAGES": {"sale": "/sale/"}}, "?to=sale", "/sale/"),
        ({"LANDING_PAGES": {"sale": "/sale/"}}, "?to=other", "/"),
        ({}, "?utm_source=letter&via=mail", "/?utm_source=letter"),
        ({"LANDING_URL": "/welcome/?from=friend"}, "?utm_source=a", "/welcome/?from=friend&utm_source=a"),
        ({}, "?utm_source=" + "a" * 2_000, "/"),
    ],
    ids=["path", "name", "no such name", "chosen", "not on the list", "marks", "own query", "too long"],
)
def test_the_page_is_chosen_by_the_host(
    settings_of: dict[str, Any], query: str, leads_to: str, referrer: Card
) -> None:
    with override_settings(REFERRALS=settings_of):
        assert browser().get(LINK + query)["Location"] == leads_to
    assert Visit.objects.count() == 1


def test_the_channel_by_which_it_was_shared_is_kept(referrer: Card) -> None:
    browser().get(f"{LINK}?via=tele\0gram{'x' * 100}")

    assert Visit.objects.get().channel == "telegram" + "x" * 56


@pytest.mark.parametrize("code", ["ACEFHJKMNPRE", "", "nonsense", "🎁"])
def test_a_link_of_nobody_leads_to_the_same_page_with_a_note(code: str, referrer: Card) -> None:
    client = browser()

    response = client.get(f"/r/{code}", follow=True)

    assert response.redirect_chain == [("/", 302)]
    note = "This link does not work any more. Ask the person who sent it to you for a new one."
    assert response.content.decode() == note
    assert (Visit.objects.count(), cookie_of(client)) == (0, "")


def test_where_there_is_no_program_a_link_still_leads_somewhere(db: None) -> None:
    assert browser().get(LINK)["Location"] == "/"


def test_several_programs_have_links_of_their_own(referrer: Card) -> None:
    books = make_program(slug="books")
    card = make_card(books, NUMBER)

    browser().get(f"/books/{NUMBER}")
    assert [visit.link.card for visit in Visit.objects.all()] == [card]

    browser().get(LINK)  # which of the two is not said
    assert Visit.objects.count() == 1


def test_s13_the_link_of_a_blocked_card_works_that_of_a_closed_one_does_not(
    referrer: Card, program: Program
) -> None:
    closed = make_card(program)
    block_card(card=referrer, reason="Under review.")
    close_card(card=closed, reason="Left.")

    for number in (NUMBER, closed.number):
        browser().get(f"/r/{number}")

    assert [visit.link.card for visit in Visit.objects.all()] == [referrer]


def test_s30_a_replaced_number_still_leads_to_its_card(referrer: Card) -> None:
    replace_number(card=referrer)

    browser().get(LINK)

    assert Visit.objects.get().link.card == referrer


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec_Fetch_Dest": "image", "Sec_Fetch_Mode": "no-cors"},
        {"Sec_Fetch_Dest": "iframe"},
        {"Sec_Fetch_Dest": "embed"},
        {"Sec_Fetch_Dest": "empty", "Sec_Fetch_Mode": "cors"},
        {"Sec_Fetch_Dest": "style", "Sec_Fetch_Mode": "no-cors"},
        {"Sec_Purpose": "prefetch"},
        {"Sec_Purpose": "prefetch;prerender"},
        {"Purpose": "prefetch"},
        {"X_Moz": "prefetch"},
        {"Sec_Fetch_Dest": "", "Sec_Fetch_Mode": "", "Accept": "image/avif,image/webp,*/*"},
        {"Sec_Fetch_Dest": "", "Sec_Fetch_Mode": "", "Accept": "application/json"},
    ],
    ids=lambda headers: " ".join(filter(None, headers.values())),
)
def test_threat_cookie_stuffing_by_iframe_image_and_prefetch(headers: dict[str, str], referrer: Card) -> None:
    for address in (LINK, f"/welcome/?ref={NUMBER}"):
        client = browser(**headers)
        assert client.get(address).status_code in (200, 302, 425)
        assert cookie_of(client) == ""

    assert not Visit.objects.exists()


@pytest.mark.parametrize("address", [LINK, f"/sale/?ref={NUMBER}", "/r/NOBODYHASIT"])
@pytest.mark.parametrize("purpose", ["prefetch", "prefetch;prerender", "prefetch;anonymous-client-ip"])
def test_a_browser_that_fetches_ahead_has_to_ask_again(address: str, purpose: str, referrer: Card) -> None:
    """Chromium shows what it has prefetched, `no-store` or not: the visit itself would never reach the site."""
    response = browser(Sec_Purpose=purpose).get(address)

    assert (response.status_code, response.content) == (425, b"")
    assert "no-store" in response["Cache-Control"]


def test_pages_without_a_code_are_fetched_ahead_as_ever(referrer: Card) -> None:
    assert browser(Sec_Purpose="prefetch").get("/sale/").status_code == 200


@pytest.mark.parametrize("headers", [{}, {"Sec_Fetch_Mode": "", "Sec_Fetch_Dest": ""}], ids=["new", "old"])
def test_a_navigation_counts_with_and_without_sec_fetch_headers(
    headers: dict[str, str], referrer: Card
) -> None:
    browser(**headers).get(LINK)

    assert Visit.objects.count() == 1


def test_a_browser_that_says_nothing_at_all_counts(referrer: Card) -> None:
    Client().get(LINK)

    assert Visit.objects.count() == 1


def test_neither_head_nor_post_is_a_visit(referrer: Card) -> None:
    head, post = browser().head(LINK), browser().post(LINK)

    assert (head.status_code, post.status_code) == (302, 405)
    assert [COOKIE in one.cookies for one in (head, post)] == [False, False]
    assert not Visit.objects.exists()


PREVIEWERS = [
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "TelegramBot (like TwitterBot)",
    "WhatsApp/2.23.20.0 A",
    "Mozilla/5.0 (compatible; vkShare; +http://vk.com/dev/Share)",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
    "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
    "Viber/13.3.0",
]


@pytest.mark.parametrize("agent", PREVIEWERS, ids=lambda agent: agent[:40])
@pytest.mark.parametrize("code", [NUMBER, "NOBODYHASIT"], ids=["known", "unknown"])
def test_threat_link_preview_bots(agent: str, code: str, referrer: Card) -> None:
    client = browser(User_Agent=agent)

    response = client.get(f"/r/{code}")

    page = response.content.decode()
    assert (response.status_code, cookie_of(client)) == (200, "")
    assert '<meta property="og:title" content="You are invited to Book club">' in page
    assert f'<meta property="og:url" content="http://testserver/r/{code}">' in page
    assert '<meta name="robots" content="noindex, nofollow">' in page
    assert "no-store" in response["Cache-Control"]
    assert (Visit.objects.count(), ReferralLink.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    "agent",
    [
        "Mozilla/5.0 (Linux; Android 9; CUBOT_X19) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36",
        "Mozilla/5.0 (Linux; Android 11; CUBOT NOTE 20) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) [FBAN/FBIOS;FBAV/440.0]",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Instagram 300.0",
        "Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 Chrome/120.0 Mobile [Pinterest/Android]",
    ],
)
def test_people_with_odd_browsers_are_no_bots(agent: str, referrer: Card) -> None:
    browser(User_Agent=agent).get(LINK)

    assert Visit.objects.count() == 1


def test_the_preview_page_has_no_inline_style_and_no_script(referrer: Card) -> None:
    page = browser(User_Agent=PREVIEWERS[0]).get(LINK).content.decode()

    assert "<script" not in page
    assert "style" not in page


def test_a_link_that_is_opened_takes_as_many_statements_however_many_came_before(
    referrer: Card, program: Program, django_assert_num_queries: Any
) -> None:
    browser().get(LINK)
    for number in (1, 50):
        for _ in range(number):
            browser().get(LINK)
        with django_assert_num_queries(6):  # savepoint, program, number, link, visit, release
            browser().get(LINK)
