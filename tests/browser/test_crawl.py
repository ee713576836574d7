"""Every page of the admin as each group: links that are shown lead somewhere, forms that are shown can be sent.

Django's test client goes through them in Russian, for nothing of it depends on a script. What the pages do in a real
browser under the same policy is for the other tests of this folder.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from io import StringIO
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.management import call_command
from django.test import Client

from loyalty.models import Card
from loyalty.services import refresh_days
from tests.browser.crawling import TYPED, Page, Press, english_sentences
from tests.integration.access.world import STAFF, World
from tests.integration.test_access_matrix import URLS

pytestmark = [pytest.mark.once, pytest.mark.django_db, pytest.mark.urls(URLS)]

# So many pages of one kind are opened: of campaigns a draft, one that runs and one that is paused; of a list that is
# sorted or narrowed down, one.
SAME_KIND = {"/admin/loyalty/campaign/N/": 3, "?": 1}
USUALLY = 1
# Django's own page of a row links the rows that it belongs to, without asking whether they may be seen.
OF_DJANGO = re.compile(
    r"/admin/loyalty/(wallet|ledgerentry|adjustment|lot|spend|refund|purchaseline)/N/change/"
)
LEFT_OUT = ("/admin/logout/", "/admin/password_change/", "/admin/jsi18n/", "/language/", "/admin/auth/")
# What changes most comes last, so that the other pages are still there.
ORDER = ("test", "backtest", "delete", "publish", "pause", "resume", "move", "unblock", "block", "archive")


class Crawler:
    """One person who opens whatever is linked, and then presses whatever button there is."""

    def __init__(self, world: World, role: str) -> None:
        self.client = Client()
        self.client.force_login(world.users[role])
        self.client.defaults["HTTP_ACCEPT_LANGUAGE"] = "ru"
        self.typed = {**TYPED, "parent": Card.objects.get(user=world.users["stranger"]).number}
        self.opened: Counter[str] = Counter()
        self.presses: dict[tuple[str, str], Press] = {}
        self.problems: list[str] = []
        self.sent: set[tuple[str, str]] = set()
        self.done: set[str] = set()
        self.whole, self.pieces = english_sentences()

    def walk(self, *starts: str, within: tuple[str, ...] = ("/admin/",)) -> None:
        """Open these pages and all that they lead to."""
        waiting, seen = deque((one, "the start") for one in starts), set(starts)
        while waiting:
            address, linked_from = waiting.popleft()
            if self.opened[kind_of(address)] >= most_of(kind_of(address)):
                continue
            self.opened[kind_of(address)] += 1
            page = self.open(address, linked_from)
            for link in [] if page is None else page.links:
                link = link.partition("#")[0].partition("?_changelist_filters")[0]
                if is_ours(link) and link.startswith(within) and link not in seen:
                    seen.add(link)
                    waiting.append((link, address))

    def open(self, address: str, linked_from: str) -> Page | None:
        """One page, looked over."""
        answer = self.client.get(address)
        if answer.status_code == 302 and is_ours(answer["Location"]):
            answer = self.client.get(address := answer["Location"])
        return self.look(address, answer, linked_from)

    def look(self, address: str, answer: Any, linked_from: str) -> Page | None:
        """Note what is wrong with an answer, and the forms that it has."""
        if answer.status_code == 403 and OF_DJANGO.fullmatch(kind_of(linked_from)):
            return None
        if answer.status_code != 200:
            self.problems.append(f"{address}: {answer.status_code}, linked from {linked_from}")
            return None
        if answer.streaming or not answer["Content-Type"].startswith("text/html"):
            return None
        page = Page(address, answer.content.decode())
        self.problems += [f"{address}: {one}" for one in page.breaches]
        told = "\n".join(page.texts)
        english = [one for one in page.texts if one in self.whole] + [
            one for one in self.pieces if one in told
        ]
        self.problems += [f"{address}: in English: {one}" for one in english]
        for form in page.forms:
            if form.method == "post" and is_ours(form.address):
                for press in form.presses(self.typed):
                    self.presses.setdefault((kind_of(form.address).rstrip("?"), press.button), press)
        return page

    def press_all(self) -> None:
        """Send every form by each of its buttons; what comes of it is looked over too."""
        while waiting := sorted(set(self.presses) - self.sent, key=rank):
            self.sent.add(waiting[0])
            self.press(waiting[0], self.presses[waiting[0]])

    def press(self, name: tuple[str, str], press: Press) -> None:
        if rank(name)[0] >= 0:
            # Who confirms looks at it first; what is not offered any more may be offered elsewhere.
            del self.presses[name]
            answer = self.client.get(press.address)
            if answer.status_code == 200:
                self.look(press.address, answer, press.address)
            if name not in self.presses:
                self.sent.remove(name)
                return
            press = self.presses[name]
        data: dict[str, list[str]] = {}
        for key, value in press.data:
            data.setdefault(key, []).append(value)
        answer = self.client.post(press.address, data)
        if answer.status_code == 302:
            self.done.add(" ".join(name).strip())
            self.open(answer["Location"], press.address)
        else:
            self.look(press.address, answer, press.address)


def is_ours(address: str) -> bool:
    """Whether it is a page of the admin that the crawl opens."""
    return address.startswith("/admin/") and not address.startswith(LEFT_OUT)


def kind_of(address: str) -> str:
    """Pages that differ in a row alone, or in how a list is sorted or narrowed down, are of one kind."""
    parts = urlsplit(address)
    return re.sub(r"\d+", "N", parts.path) + ("?" if parts.query else "")


def most_of(kind: str) -> int:
    """How many pages of a kind are opened."""
    return next((most for part, most in SAME_KIND.items() if part in kind), USUALLY)


def rank(name: tuple[str, str]) -> tuple[int, str, str]:
    """In which order forms are sent."""
    place = next((number for number, word in enumerate(ORDER) if f"/{word}/" in name[0]), -1)
    return place, *name


@pytest.fixture
def world() -> World:
    """Something behind every address."""
    world = World()
    refresh_days()
    return world


WORK = {
    "marketer": {
        "/admin/loyalty/campaign/N/archive/",
        "/admin/loyalty/campaign/N/delete/",
        "/admin/loyalty/campaign/N/pause/",
        "/admin/loyalty/campaign/N/publish/",
        "/admin/loyalty/campaign/N/resume/",
        "/admin/loyalty/campaign/N/change/ _save N",
        "/admin/loyalty/campaign/gallery/preset/referrals.parent_and_child/",
        "/admin/loyalty/campaign/gallery/setup/",
    },
    "support": {
        *(f"/admin/loyalty/card/N/{act}/" for act in ("adjust", "block", "move", "replace", "unblock")),
        "/admin/loyalty/event/ action retry_selected",
        "/admin/loyalty/event/N/retry/",
    },
    "accountant": {"/admin/loyalty/dashboard/refresh/"},
    "auditor": {"/admin/loyalty/dashboard/refresh/"},
}
CHANGED = tuple(f"/admin/loyalty/{name}/" for name in ("campaign", "card", "event"))
WORK["superuser"] = WORK["marketer"] | WORK["support"]


@pytest.mark.parametrize("role", STAFF)
def test_every_page_opens_and_every_form_can_be_sent(world, role):
    crawler = Crawler(world, role)

    crawler.walk("/admin/")
    crawler.press_all()
    # What was done opens other pages: of what is paused, blocked, made.
    crawler.opened.clear()
    crawler.walk("/admin/", within=CHANGED)
    crawler.press_all()

    assert not crawler.problems, "\n".join(sorted(set(crawler.problems)))
    assert WORK[role] - crawler.done == set()
    call_command("loyalty_check", stdout=StringIO())
