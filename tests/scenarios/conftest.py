"""The stage, swept clean after each story."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from loyalty.auditing import run_invariants
from tests.scenarios.stage import Stage


@pytest.fixture
def stage(db: None) -> Iterator[Callable[..., Stage]]:
    """Opens a program with a preset; when the story is over, the books must be sound, and a replay come to the same."""
    opened: list[Stage] = []

    def open_one(*args: Any, **options: Any) -> Stage:
        opened.append(Stage(*args, **options))
        return opened[-1]

    yield open_one
    assert [finding for finding in run_invariants() if not finding.is_sound] == []
    for one in opened:
        assert one.replayed() == one.balances()
