"""Fixtures of the races."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.concurrency.workers import Workshop, workshop


@pytest.fixture
def workers(transactional_db: None) -> Iterator[Workshop]:
    """Processes on the test database; one race at a time on a machine, for each wants all of it."""
    with (Path(tempfile.gettempdir()) / f"loyalty-races-{os.getuid()}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with workshop() as made:
            yield made
