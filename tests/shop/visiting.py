"""What visitors of the shop do, as a browser without JavaScript does it: open pages and send their forms."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from django.test import Client, TestCase

from example_project.shop.models import Order

PASSWORD = "a long and quiet evening"


class Visitor(Client):
    """A browser without JavaScript; what follows on commit follows each request, within a test's transaction too."""

    def request(self, **request: Any) -> Any:
        with TestCase.captureOnCommitCallbacks(execute=True):
            return super().request(**request)


def sign_up(browser: Client, name: str, **more: str) -> Any:
    """Join the shop; answers the response to the form."""
    form = {
        "first_name": name.capitalize(),
        "username": name,
        "email": f"{name}@example.com",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    return browser.post("/signup/", form | more)


def put(browser: Client, **pieces: int) -> None:
    """Put pieces of products into the basket; a name in Python's way, with underscores."""
    for slug, quantity in pieces.items():
        browser.post(f"/basket/change/{slug.replace('_', '-')}/", {"quantity": str(quantity)})


def order(browser: Client, *, use_points: bool = False, **pieces: int) -> Order:
    """Put things into the basket and order them; answers the order."""
    put(browser, **pieces)
    response = browser.post(
        "/checkout/", checkout_form(browser) | ({"use_points": "on"} if use_points else {})
    )
    assert response.status_code == 302, response.content.decode()
    return Order.objects.get(number=response.url.split("/")[2])


def checkout_form(browser: Client) -> dict[str, str]:
    """The filled form of the checkout."""
    key = browser.get("/checkout/").context["key"]
    return {"key": key, "name": "Whoever", "email": "who@example.com"}


def text_of(response: Any) -> str:
    """What stands on a page, without tags, each run of blanks as one."""
    reader = _Reader()
    reader.feed(response.content.decode())
    return " ".join(" ".join(reader.words).split())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def handle_data(self, data: str) -> None:
        self.words.append(data)
