"""Several processes that drain the inbox together. Imports nothing of Django until a process has set it up."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.core.management.base import OutputWrapper

    from loyalty.models import Program

_POLL = 0.2


def drain_with_workers(
    *,
    program: Program | None,
    batch: int,
    workers: int,
    interval: float | None,
    is_stopped: Callable[[], bool],
    stdout: OutputWrapper,
    stderr: OutputWrapper,
) -> None:
    """Start the processes, show how far they are, wait for them; with an `interval` they go on for ever.

    Once `is_stopped` says so, each ends after the batch at hand. Raises CommandError when one of them died.
    """
    from django.core.management.base import CommandError
    from django.db import connections
    from django.utils.translation import gettext as _

    # A process never shares a connection with another one.
    connections.close_all()
    context = get_context("spawn")
    slug = None if program is None else program.slug
    processes: list[BaseProcess] = [
        context.Process(
            target=run_worker, args=(slug, batch, interval), name=f"loyalty-{number}", daemon=True
        )
        for number in range(1, workers + 1)
    ]
    try:
        for process in processes:
            process.start()
        _watch(processes, program, is_stopped, stderr)
    finally:
        for process in processes:
            process.terminate()
            process.join()
    died = [process.name for process in processes if process.exitcode]
    if died:
        raise CommandError(
            _("%(count)d of %(workers)d workers died: %(names)s. What they left waits in the inbox.")
            % {"count": len(died), "workers": workers, "names": ", ".join(died)}
        )
    stdout.write(_("%(workers)d workers are through") % {"workers": workers})


def run_worker(slug: str | None, batch: int, interval: float | None) -> None:
    """The whole life of one process. SIGTERM ends it after the batch at hand; Ctrl-C is for its parent to hear."""
    stopped = False

    def note(*_signal: object) -> None:
        nonlocal stopped
        stopped = True

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, note)
    import django

    django.setup()
    from loyalty.management.draining import follow
    from loyalty.processing.process import process_pending
    from loyalty.selectors import get_program

    program = None if slug is None else get_program(slug)
    if interval is not None:
        follow(program=program, batch=batch, interval=interval, is_stopped=lambda: stopped)
        return
    while not stopped and process_pending(program=program, batch_size=batch, limit=batch):
        pass


def _watch(
    processes: list[BaseProcess],
    program: Program | None,
    is_stopped: Callable[[], bool],
    stderr: OutputWrapper,
) -> None:
    """Until all are through, or until somebody wants them to end."""
    from django.utils.translation import gettext as _

    from loyalty.management.console import progress_bar
    from loyalty.processing.process import count_pending

    total = count_pending(program=program)
    with progress_bar(stream=stderr, description=_("Processing")) as update:
        while any(process.is_alive() for process in processes) and not is_stopped():
            waiting = count_pending(program=program) if stderr.isatty() else total
            update(max(0, total - waiting), total)
            time.sleep(_POLL)
