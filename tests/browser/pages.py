"""What the browser tests do on a page: follow a link or a button, wait for a redrawn form, measure."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect


def follow(spot: Any) -> None:
    """Click a link or a button, and wait until the page that it opens is there, whole."""
    with spot.page.expect_navigation():
        spot.click()


def settle(page: Any) -> None:
    """Wait until the form that was asked for stands on the page."""
    page.wait_for_load_state("networkidle")
    expect(page.locator("form[aria-busy]")).to_have_count(0)


def fits(page: Any) -> bool:
    """Whether nothing hangs over the right edge."""
    return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
