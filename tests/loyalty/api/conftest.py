"""A till, a shop's backend that may let members spend by number, and their clients."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.cache import cache
from rest_framework.test import APIClient

from loyalty.models import Card, Program
from tests.factories import UserFactory


@pytest.fixture(autouse=True)
def no_throttles_from_before() -> None:
    """Each test begins with counters at nothing."""
    cache.clear()


def make_user(*permissions: str) -> Any:
    """A user of the host with these permissions of `loyalty`."""
    user = UserFactory()
    found = Permission.objects.filter(content_type__app_label="loyalty", codename__in=permissions)
    assert len(found) == len(permissions)
    user.user_permissions.add(*found)
    return user


def client_of(user: Any) -> APIClient:
    """A client that is signed in; a mistake of ours is raised."""
    client = APIClient()
    client.force_authenticate(user)
    return client


@pytest.fixture
def till(program: Program) -> APIClient:
    """A till: it needs a token to spend."""
    return client_of(make_user("use_till"))


@pytest.fixture
def backend(program: Program) -> APIClient:
    """A shop's backend, which knows who is signed in there."""
    return client_of(make_user("use_till", "spend_without_token", "upload_events"))


@pytest.fixture
def rich(card: Card) -> Card:
    """A card with 100 points."""
    from loyalty.testing import give_points

    give_points(card, 100)
    return card
