"""Fixtures for tests of rules."""

from collections.abc import Iterator

import pytest

from loyalty.rules.registry import conditions, event_kinds
from tests.loyalty.rules.definitions import Counted, Lesson


@pytest.fixture
def host_rules() -> Iterator[None]:
    """A condition and a kind of event as a host would register them."""
    with event_kinds.register_temporarily(Lesson), conditions.register_temporarily(Counted):
        yield
