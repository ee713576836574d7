"""What a site without the extra `qr` answers: it is told in a problem document, and is no mistake of the server's."""

from __future__ import annotations

import sys

import pytest

from tests.integration.access.sharing import shared_world, world
from tests.integration.access.table import CARD
from tests.integration.access.world import World
from tests.integration.test_access_matrix import URLS, operations

pytestmark = [pytest.mark.django_db, pytest.mark.once, pytest.mark.urls(URLS)]
__all__ = ["shared_world", "world"]  # fixtures

PICTURES = ["token.svg", "link/qr.svg", "link/qr.png"]


def test_these_are_all_pictures_of_the_api() -> None:
    found = {
        name
        for name, view in operations().items()
        if view.operations[name.partition(" ")[0]].media.startswith("image/")
    }

    assert found == {f"get {CARD}{picture}" for picture in PICTURES}


@pytest.mark.parametrize("picture", PICTURES)
def test_without_segno_a_picture_is_a_refusal(
    world: World, monkeypatch: pytest.MonkeyPatch, picture: str
) -> None:
    monkeypatch.setitem(sys.modules, "segno", None)

    answer = world.ask("owner", "get", f"/api/v1/me/cards/{world.card.pk}/{picture}")

    assert (answer.status_code, answer["Content-Type"]) == (501, "application/problem+json")
    assert answer.json() == {
        "type": "about:blank",
        "title": "Not Implemented",
        "status": 501,
        "code": "qr_not_available",
        "detail": "This site draws no QR codes. Show the text instead.",
    }
