"""One world for all tests of a module: the transaction of each, of which nothing stays, is a savepoint within its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction

from tests.integration.access.world import World


@contextmanager
def undone() -> Iterator[None]:
    """A transaction of which nothing stays; as that of Django's TestCase, it passes for none with durable ones within."""
    block: Any = transaction.atomic()
    block._from_testcase = True
    with block:
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def shared_world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """The world, made once."""
    with django_db_blocker.unblock(), undone():
        yield World()


@pytest.fixture
def world(shared_world: World, settings: Any) -> World:
    """The world as it was made, whatever other tests did; members may take back what they spent."""
    settings.LOYALTY = {"CANCEL_MINUTES": 15}
    cache.clear()
    return shared_world
