"""Draining the inbox from a command, with progress."""

from __future__ import annotations

import time

from django.core.management.base import OutputWrapper

from loyalty.management.console import progress_bar
from loyalty.models import Program
from loyalty.processing.process import count_pending, process_pending


def drain(
    *,
    program: Program | None,
    stdout: OutputWrapper,
    stderr: OutputWrapper,
    batch: int | None = None,
    limit: int | None = None,
) -> int:
    """Process what is pending, at most `limit` events; says and answers how many."""
    waiting = count_pending(program=program)
    total = waiting if limit is None else min(waiting, limit)
    started, done = time.monotonic(), 0
    with progress_bar(stream=stderr, description="Processing") as update:
        while limit is None or done < limit:
            step = batch or 1_000
            part = process_pending(
                program=program,
                batch_size=batch,
                limit=step if limit is None else min(step, limit - done),
            )
            if not part:
                break
            done += part
            update(done, total)
    stdout.write(f"{done:,} events processed ({time.monotonic() - started:.1f} s)")
    return done
