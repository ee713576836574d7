"""A real browser follows a link of a member, from a page that would rather have stuffed the cookie."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from django.core.cache import cache

from referrals.models import Visit
from tests.referrals.rows import make_card, make_program
from tests.referrals.visiting import COOKIE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NUMBER = "ACEFHJKMNPRC"

ELSEWHERE = """<!doctype html><title>Elsewhere</title>
<link rel="prefetch" href="{link}">
<script type="speculationrules">{{"prefetch": [{{"urls": ["{link}"], "eagerness": "immediate"}}]}}</script>
<iframe src="{link}"></iframe><img src="{link}"><object data="{link}"></object>
<script>fetch("{link}", {{mode: "no-cors", credentials: "include"}})</script>
<a href="{link}">a friend's link</a>"""


@pytest.fixture
def link(live_server: Any, settings: Any) -> str:
    """The address that a member shares."""
    settings.ROOT_URLCONF = "tests.referrals.site"
    cache.clear()
    make_card(make_program(name="Book club"), NUMBER)
    return f"{live_server.url}/r/{NUMBER}"


@pytest.fixture
def elsewhere(link: str) -> Iterator[str]:
    """The address of a page on another site that does all it can to be taken for a visit."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(ELSEWHERE.format(link=link).encode())

        def log_message(self, *_words: object) -> None:
            """In silence."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


def cookies(page: Any) -> list[dict[str, Any]]:
    return [cookie for cookie in page.context.cookies() if cookie["name"] == COOKIE]


def test_threat_cookie_stuffing_only_who_opens_the_link_is_a_visitor(
    link: str, elsewhere: str, browser: Any
) -> None:
    context = browser.new_context()
    page = context.new_page()

    page.goto(elsewhere)
    page.wait_for_load_state("networkidle")
    assert (Visit.objects.count(), cookies(page)) == (0, [])

    page.get_by_role("link", name="a friend's link").click()
    page.wait_for_url("**/")
    page.wait_for_load_state()

    assert page.url == link.removesuffix(f"r/{NUMBER}")
    assert [visit.code for visit in Visit.objects.all()] == [NUMBER]
    (cookie,) = cookies(page)
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Lax", "/")
    context.close()


def test_the_page_for_previews_is_sound(
    link: str, new_page: Any, serious_findings: Any, screenshot: Any
) -> None:
    for width in (390, 1280):
        page = new_page(width=width, user_agent="TelegramBot (like TwitterBot)")
        page.goto(link)

        assert page.get_by_role("heading").inner_text() == "You are invited to Book club"
        assert serious_findings(page) == []
        screenshot(page, f"link-preview-{width}")
    assert not Visit.objects.exists()
