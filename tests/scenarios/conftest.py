"""The stage, swept clean after each story."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from loyalty.auditing import run_invariants
from tests.scenarios.stage import Stage


@pytest.fixture
def stage(db: None) -> Iterator[Callable[..., Stage]]:
    """Opens a program with a preset; when the story is over, the books must be sound."""
    yield Stage
    assert [finding for finding in run_invariants() if not finding.is_sound] == []
