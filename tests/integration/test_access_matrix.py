"""R11: nobody reads or moves another's value. Role x address x owner, the addresses taken from the resolver."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from loyalty.api.nothing import NothingHere
from loyalty.api.views import LoyaltyAPIView
from tests.integration.access.sharing import shared_world, undone, world
from tests.integration.access.table import TABLE, Access
from tests.integration.access.world import ROLES, World, rows

URLS = "tests.integration.access.urls"
pytestmark = [pytest.mark.django_db, pytest.mark.once, pytest.mark.urls(URLS)]
__all__ = ["shared_world", "world"]  # fixtures

HIDDEN, REFUSED, NOT_SIGNED_IN = 404, 403, (401, 403)


def walk(patterns: list[Any], before: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every address that the resolver knows, as it is written."""
    for one in patterns:
        written = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from walk(one.url_patterns, written)
        else:
            yield written, one


def operations() -> dict[str, type[LoyaltyAPIView]]:
    """Every operation of the API: method and address."""
    found = {}
    for written, one in walk(get_resolver(URLS).url_patterns):
        cls = getattr(one.callback, "cls", None)
        if cls is None or cls is NothingHere:
            continue
        for method in cls.operations:
            found[f"{method} {written}"] = cls
    return found


def test_every_operation_of_the_api_is_in_the_table():
    assert set(operations()) == set(TABLE)


def test_every_view_of_the_api_states_its_permission():
    stated = {
        cls: vars(cls).get("permission_classes") or cls.permission_classes for cls in operations().values()
    }

    assert all(len(permissions) == 1 for permissions in stated.values())


def address_of(world: World, written: str, access: Access) -> str:
    """The address of something of the owner's."""
    known = {
        "card": world.card.pk,
        "spend": world.own_spend.pk,
        "event": world.failed.pk,
        "external_id": "order-1",
        "key": "draft",
    } | (access.address(world) if access.address else {})
    return "/" + re.sub(r"<\w+:(\w+)>", lambda found: str(known[found[1]]), written)


def ask(world: World, role: str, operation: str) -> Any:
    """Somebody in this role does it."""
    method, written = operation.split(" ", 1)
    access = TABLE[operation]
    body = None if access.body is None else access.body(world)
    address = address_of(world, written, access)
    return world.ask(role, method, address, body, content_type=access.content_type)


@pytest.mark.parametrize("role", ROLES)
def test_others_are_refused_and_change_nothing(world, role):
    before = rows()

    for operation, access in TABLE.items():
        if role in access.roles:
            continue
        answer = ask(world, role, operation)
        expected = NOT_SIGNED_IN if role == "anonymous" else (HIDDEN if access.hidden else REFUSED,)
        assert answer.status_code in expected, (operation, answer.content)
        assert answer["Content-Type"] == "application/problem+json"
        assert set(answer.json()) <= {"type", "title", "status", "code", "detail"}

    assert rows() == before


@pytest.mark.parametrize("role", ROLES)
def test_whoever_may_can(world, role):
    found, wanted = {}, {}

    for operation, access in TABLE.items():
        if operation.startswith("get ") or role not in access.roles:
            continue
        with undone():
            found[operation] = ask(world, role, operation).status_code
        wanted[operation] = access.status or min(max(found[operation], 200), 201)

    assert found == wanted


@pytest.mark.parametrize("role", ROLES)
def test_whoever_may_look_changes_nothing_by_it(world, role):
    before = rows()

    looked = [one for one, access in TABLE.items() if one.startswith("get ") and role in access.roles]
    found = {operation: ask(world, role, operation).status_code for operation in looked}

    assert found == dict.fromkeys(looked, 200)
    assert rows() == before


def test_every_cell_is_one_of_the_three():
    """Nobody is named who is no role, so that no cell is left out."""
    assert all(access.roles and set(access.roles) <= set(ROLES) for access in TABLE.values())
