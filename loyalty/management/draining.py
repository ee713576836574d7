"""Draining the inbox from a command: until it is empty, or for as long as somebody lets us."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.core.management.base import OutputWrapper
from django.db import InterfaceError, OperationalError, close_old_connections
from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty.management.console import progress_bar
from loyalty.models import Event, Program
from loyalty.processing.process import count_pending, process_pending

logger = logging.getLogger("loyalty.processing")

IsStopped = Callable[[], bool]

# How many events are processed between two looks at the bar and at Ctrl-C.
_STEP = 500
_WAITING = {
    Event.Status.PENDING: gettext_lazy("%(count)s events wait for their next attempt or arrived meanwhile"),
    Event.Status.PARKED: gettext_lazy("%(count)s events wait for their purchase"),
    Event.Status.FAILED: gettext_lazy("%(count)s events failed and wait for a person"),
}


def drain(
    *,
    program: Program | None,
    stdout: OutputWrapper,
    stderr: OutputWrapper,
    batch: int,
    limit: int | None = None,
    is_stopped: IsStopped = lambda: False,
) -> int:
    """Process what is pending, at most `limit` events; says and answers how many."""
    waiting = count_pending(program=program)
    total = waiting if limit is None else min(waiting, limit)
    started, done = time.monotonic(), 0
    with progress_bar(stream=stderr, description=_("Processing")) as update:
        while not is_stopped() and (limit is None or done < limit):
            step = max(batch, _STEP)
            size = step if limit is None else min(step, limit - done)
            part = process_pending(program=program, batch_size=batch, limit=size)
            if not part:
                break
            done += part
            update(done, max(done, total))
    stdout.write(
        _("%(count)s events processed (%(seconds)s s)")
        % {"count": f"{done:,}", "seconds": f"{time.monotonic() - started:.1f}"}
    )
    return done


def follow(
    *,
    program: Program | None,
    batch: int,
    interval: float,
    is_stopped: IsStopped,
    stdout: OutputWrapper | None = None,
) -> None:
    """Process whatever comes, looking every `interval` seconds. A database that is away is waited for."""
    while not is_stopped():
        done = 0
        try:
            done = process_pending(program=program, batch_size=batch, limit=max(batch, _STEP))
        except (OperationalError, InterfaceError):
            logger.exception("The database does not answer; trying again.")
        if done and stdout is not None:
            stdout.write(_("%(count)s events processed") % {"count": f"{done:,}"})
        if not done:
            # A connection that broke, or is older than the host allows, is not used again.
            close_old_connections()
            _sleep(interval, is_stopped)


def say_what_waits(*, program: Program | None, stdout: OutputWrapper) -> None:
    """How many events are still in the inbox, by why they wait."""
    events = Event.objects.exclude(status=Event.Status.PROCESSED)
    if program is not None:
        events = events.filter(program=program)
    rows = dict(events.order_by().values_list("status").annotate(Count("pk")))
    for status, text in _WAITING.items():
        if rows.get(status):
            stdout.write(str(text) % {"count": f"{rows[status]:,}"})


def _sleep(seconds: float, is_stopped: IsStopped) -> None:
    until = time.monotonic() + seconds
    while not is_stopped() and (left := until - time.monotonic()) > 0:
        time.sleep(min(left, 0.2))
