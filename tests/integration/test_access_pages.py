"""R11 in the admin, on the member's pages and behind links: every address taken from the resolver."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.urls import URLPattern, get_resolver

from loyalty.services.groups import GROUPS as GROUPS_OF_STAFF
from tests.integration.access.admin_table import BUTTONS, PAGES, SEEN, STANDARD, WRITTEN
from tests.integration.access.sharing import shared_world, undone, world
from tests.integration.access.world import GROUPS, ROLES, STAFF, World, rows
from tests.integration.test_access_matrix import URLS, walk

pytestmark = [pytest.mark.django_db, pytest.mark.once, pytest.mark.urls(URLS)]
__all__ = ["shared_world", "world"]  # fixtures

# Who is signed in, and who is not; what a visitor sees of a link is the same for all.
MEMBER_PAGES = {
    "get club/": True,
    "get club/statement/": True,
    "get club/token/": True,
    "post club/enrol/": True,
    "get club/friends/": True,
    "get club/friends/invite/": True,
    "post club/friends/code/": True,
    "get r/<referral_code:code>": False,
}
NOT_STAFF = [role for role in ROLES if role not in STAFF]


def pages() -> Iterator[tuple[str, URLPattern]]:
    """Every address of ours that is not of the API."""
    for written, one in walk(get_resolver(URLS).url_patterns):
        if getattr(one.callback, "cls", None) is None and not written.startswith(("admin/", "language/")):
            yield written, one


def admin_pages() -> dict[str, str]:
    """Every address of our models in the admin, by its name."""
    known = {
        model._meta.model_name
        for model in admin.site._registry
        if model._meta.app_label in ("loyalty", "loyalty_referrals")
    }
    found = {}
    for written, one in walk(admin.site.get_urls()):
        label = re.match(r"(loyalty_referrals|loyalty)_([a-z]+)_", one.name or "")
        if label and label[2] in known:
            found[str(one.name)] = written
    return found


def split(name: str) -> tuple[str, str]:
    """The model and the page of a name: ("card", "change")."""
    found = re.fullmatch(r"(?:loyalty_referrals|loyalty)_([a-z]+)_(\w+)", name)
    assert found is not None
    return found[1], found[2]


def fill(world: World, written: str) -> str:
    """The address of something that is there."""
    keys = {"campaign/": world.campaigns["draft"].pk, "card/": world.card.pk, "event/": world.failed.pk}
    pk = next((key for part, key in keys.items() if f"/{part}" in f"/{written}"), 1)
    named = {"code": world.card.number, "key": "loyalty.points_on_purchases"}
    return "/" + re.sub(r"<\w+:(\w+)>", lambda found: str(named.get(found[1], pk)), written)


def test_every_page_is_in_the_tables():
    assert {written for written, _one in pages()} == {one.split(" ", 1)[1] for one in MEMBER_PAGES}
    own = {name for name in admin_pages() if split(name)[1] not in STANDARD}
    assert own == set(PAGES) | set(BUTTONS)
    models = {split(name)[0] for name in admin_pages()}
    assert models == set(SEEN["superuser"].split())


def test_the_groups_are_those_of_the_matrix():
    assert set(GROUPS.values()) == set(GROUPS_OF_STAFF)


@pytest.mark.parametrize("role", ROLES)
def test_members_pages_show_nothing_of_another(world, role):
    secrets = [world.card.number, world.friend.number, "boris", "order-1", "spend-1"]

    for page, is_private in MEMBER_PAGES.items():
        method, written = page.split(" ", 1)
        with undone():
            answer = getattr(world.clients[role], method)(fill(world, written))
        assert answer.status_code in (200, 302), page
        if is_private and role == "anonymous":
            assert "login" in answer["Location"]
        if is_private and role not in ("owner", "holder"):
            assert not [one for one in secrets if one in answer.content.decode()], page


def test_members_pages_that_write_are_not_written_by_looking(world):
    before = rows()

    for page in MEMBER_PAGES:
        if page.startswith("post "):
            answer = world.clients["owner"].get(fill(world, page.split(" ", 1)[1]))
            assert answer.status_code == 405, page

    assert rows() == before


@pytest.mark.parametrize("role", ["anonymous", "owner", "till"])
def test_who_is_not_staff_is_shown_no_page_of_the_admin(world, role):
    assert role in NOT_STAFF
    client, before = world.clients[role], rows()

    for written in admin_pages().values():
        address = fill(world, f"admin/{written}")
        for answer in (client.get(address), client.post(address)):
            assert answer.status_code == 302, address
            assert answer["Location"].startswith("/admin/login/"), address

    assert rows() == before


def expected(role: str, name: str) -> tuple[int, ...]:
    """The statuses that a page may answer somebody of the staff with."""
    model, page = split(name)
    sees, writes = model in SEEN[role].split(), role in WRITTEN.get(model, ())
    if page in ("changelist", "change", "history"):
        # A row that is not there leads back; of its history Django says so to who may not see it, too.
        return (200, 302) if sees else (403, 302) if page == "history" else (403,)
    if page in ("add", "delete"):
        return (200, 302) if writes else (403,)
    if name in BUTTONS:
        return (405,)
    return (200, 302) if role in PAGES[name] else (403,)


@pytest.mark.parametrize("role", STAFF)
def test_staff_see_what_their_work_needs_and_change_nothing_by_looking(world, role):
    client, before = world.clients[role], rows()
    found: dict[str, Any] = {}

    for name, written in admin_pages().items():
        status = client.get(fill(world, f"admin/{written}")).status_code
        if status not in expected(role, name):
            found[name] = status

    assert found == {}
    assert rows() == before


@pytest.mark.parametrize("role", STAFF)
def test_staff_who_may_not_change_nothing_by_posting_either(world, role):
    client, before = world.clients[role], rows()
    found: dict[str, Any] = {}

    for name, written in admin_pages().items():
        if expected(role, name) == (403,):
            status = client.post(fill(world, f"admin/{written}"), {"post": "yes"}).status_code
            if status != 403:
                found[name] = status

    assert found == {}
    assert rows() == before


@pytest.mark.parametrize("role", STAFF)
def test_buttons_are_pressed_by_who_may(world, role):
    for name, allowed in BUTTONS.items():
        with undone():
            answer = world.clients[role].post(fill(world, f"admin/{admin_pages()[name]}"))
        assert answer.status_code == (302 if role in allowed else 403), name
