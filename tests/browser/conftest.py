"""Chromium against a live server. Whatever a page complains of (errors, the policy, outside requests) fails its test.

    pytestmark = pytest.mark.browser

    def test_something(live_server, browser_page, sign_in, admin_user):
        sign_in(browser_page, admin_user)
        browser_page.goto(f"{live_server.url}/admin/")

`browser_page` is 1280 pixels wide; `new_page(width=390)`, `new_page(javascript=False)` and `new_page(language="ru")` make
others. `screenshot(page, "name")` takes a picture if SCREENSHOTS names a folder, `serious_findings(page)` is what axe-core
says.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.test import Client

from tests.database import in_ci

HERE = Path(__file__).parent
HEIGHTS = {390: 844}
PATIENCE = 30_000  # milliseconds: a busy machine is no mistake of a page
_TURN = Lock()
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


def chromium_path() -> str:
    """Where Chromium is installed; empty where it is not. CHROMIUM names another one."""
    names = (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if name and (path := shutil.which(name))), "")


def leave_out(reason: str) -> None:
    """Skip with one line; an automatic run must not leave anything out quietly."""
    if in_ci():
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """These tests stand together and come first, so that one Chromium does for all of them."""
    items.sort(key=lambda item: HERE not in item.path.parents)


@pytest.fixture(autouse=True)
def _requests_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """One request after the other: the live server's threads share the one connection of a database in memory.

    A page that asks for something in the background while it is left would otherwise write into the transaction of the
    request that leaves it.
    """
    answer = WSGIHandler.get_response

    def answer_in_turn(handler: WSGIHandler, request: Any) -> Any:
        with _TURN:
            return answer(handler, request)

    monkeypatch.setattr(WSGIHandler, "get_response", answer_in_turn)


@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    """One Chromium for the tests of this folder. (Its event loop must not be seen by other tests.)"""
    path = chromium_path()
    if not path:
        leave_out("needs Chromium: install it, or name it in CHROMIUM")
    try:
        from playwright.sync_api import expect, sync_playwright
    except ImportError:
        leave_out("needs playwright: pip install playwright")
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright runs an event loop under the tests; their own calls of the database are synchronous all the same.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        expect.set_options(timeout=PATIENCE)
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page_problems() -> list[str]:
    """What the pages of the test complained of. A test that provokes an answer such as 403 clears it again."""
    return []


@pytest.fixture
def new_page(browser: Any, live_server: Any, page_problems: list[str]) -> Iterator[Callable[..., Any]]:
    """Make a page: `new_page(width=1280, javascript=True, language="en", **options of Playwright's new_context)`."""
    contexts = []

    def make(*, width: int = 1280, javascript: bool = True, language: str = "en", **options: Any) -> Any:
        context = browser.new_context(
            viewport={"width": width, "height": HEIGHTS.get(width, 900)},
            locale=language,
            java_script_enabled=javascript,
            **options,
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        watch(page, page_problems, live_server.url)
        return page

    yield make
    for context in contexts:
        context.close()
    assert page_problems == []


@pytest.fixture
def browser_page(new_page: Callable[..., Any]) -> Any:
    """A page as wide as a desktop's."""
    return new_page()


@pytest.fixture
def sign_in(live_server: Any) -> Callable[[Any, Any], None]:
    """Sign a user in on a page without typing a password: `sign_in(page, user)`."""

    def put_cookie(page: Any, user: Any) -> None:
        client = Client()
        client.force_login(user)
        name = settings.SESSION_COOKIE_NAME
        page.context.add_cookies(
            [{"name": name, "value": client.cookies[name].value, "url": live_server.url}]
        )

    return put_cookie


@pytest.fixture
def serious_findings() -> Callable[[Any], list[str]]:
    """What axe-core finds on a page that is serious or critical, one line each: `serious_findings(page) == []`."""
    from axe_playwright_python.sync_playwright import Axe

    def find(page: Any) -> list[str]:
        # Django's own: links of the breadcrumbs and of how many rows a list has are told by colour alone.
        own = {"exclude": [[".breadcrumbs"], [".small.quiet"]]}
        violations = Axe().run(page, context=own).response["violations"]
        return [
            f"{found['id']}: {found['help']}: {', '.join(str(node['target']) for node in found['nodes'][:5])}"
            for found in violations
            if found["impact"] in ("serious", "critical")
        ]

    return find


@pytest.fixture
def screenshot() -> Callable[[Any, str], None]:
    """Take a picture of the whole page, to be looked at, into the folder that SCREENSHOTS names; without one, none."""

    def take(page: Any, name: str) -> None:
        if folder := os.environ.get("SCREENSHOTS"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)

    return take


def watch(page: Any, problems: list[str], site: str) -> None:
    """Note errors of scripts, of the policy and of requests, and every request that leaves the site."""

    def note_console(message: Any) -> None:
        if message.type == "error" and not message.location.get("url", "").endswith("/favicon.ico"):
            problems.append(f"{urlsplit(page.url).path}: {message.text}")

    def note_request(request: Any) -> None:
        if urlsplit(request.url).scheme in ("http", "https") and not request.url.startswith(site):
            problems.append(f"outside request: {request.url}")

    page.on("console", note_console)
    page.on("pageerror", lambda error: problems.append(f"{urlsplit(page.url).path}: {error}"))
    page.on("request", note_request)
