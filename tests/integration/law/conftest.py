"""A host's kind of event is registered while these tests run."""

import pytest

from loyalty.rules.registry import event_kinds
from tests.integration.law.kinds import LessonFinished


@pytest.fixture(autouse=True)
def lessons():
    with event_kinds.register_temporarily(LessonFinished):
        yield
