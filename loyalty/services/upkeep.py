"""What a scheduler runs: drain the inbox, send the outbox, make visible what fell due. All are safe to run twice.

No balance depends on what the sweep settles: every touch of a wallet does so first. It posts the entries of cards
that nobody touches, and announces what will expire. Scheduled campaigns do depend on it: it is their clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby, islice

from django.db import router
from django.utils import timezone

from loyalty.conf import loyalty_settings
from loyalty.models import Lot, OutboxMessage, Program
from loyalty.money import to_decimal_string
from loyalty.periods import format_instant, local_date
from loyalty.processing.inbox import EventWritten, NewEvent, write_events
from loyalty.processing.outbox import relay
from loyalty.processing.process import process_pending
from loyalty.selectors.due import due_cards
from loyalty.selectors.programs import ProgramLike, get_program
from loyalty.services.days import refresh_days
from loyalty.services.parked import wake_parked
from loyalty.services.schedules import run_schedules
from loyalty.services.traces import prune_traces
from loyalty.signals import subscribed_topics

__all__ = ["Swept", "process_inbox", "relay_outbox", "sweep"]

_CHUNK = 1_000
_EXPIRING = "points_expiring"


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did: cards to settle, notices of expiring points written, parked refunds woken.

    `scheduled` are the events of scheduled campaigns, `traces` the evaluations that are too old to keep their trace.
    """

    settled: int
    announced: int
    woken: int
    scheduled: int = 0
    traces: int = 0


def process_inbox(*, program: ProgramLike = None, limit: int | None = None) -> int:
    """Process what is pending, of one program or of all; answers how many events."""
    return process_pending(program=None if program is None else get_program(program), limit=limit)


def relay_outbox(*, limit: int | None = None) -> int:
    """Send what the outbox holds; answers how many messages."""
    return relay(limit=limit)


def sweep(*, at: datetime | None = None) -> Swept:
    """Run scheduled campaigns up to `at` (default now), settle what fell due by then, announce what will expire.

    Empties a bounded number of traces that are older than LOYALTY["TRACE_DAYS"], and brings the stored days of the
    dashboard up to date.

    Let it run hourly at least: a scheduled campaign acts with the first sweep after its time of day.
    """
    moment = at or timezone.now()
    woken = wake_parked()
    # Before settling, which would bring the wallets' clocks beyond the times of these events.
    scheduled = run_schedules(at=moment).events
    settled = announced = 0
    for program in Program.objects.order_by("pk"):
        settled += _settle(program, moment)
        if _EXPIRING in subscribed_topics():
            announced += _announce(program, moment)
        refresh_days(program=program)
    if announced:
        relay()
    return Swept(settled, announced, woken, scheduled, prune_traces(at=moment))


def _settle(program: Program, moment: datetime) -> int:
    """An event for each card in which something is due, then process them as any others."""
    settled = 0
    due = iter(due_cards(program=program, at=moment).items())
    while chunk := list(islice(due, _CHUNK)):
        # Keyed by what is due, so that two sweeps at once make one event.
        items = [
            NewEvent("loyalty", "loyalty.settled", f"{card_id}/{format_instant(first)}", card_id, moment)
            for card_id, first in chunk
        ]
        written = write_events(program=program, items=items)
        settled += sum(isinstance(one, EventWritten) and one.created for one in written)
    if settled:
        process_pending(program=program)
    return settled


def _announce(program: Program, moment: datetime) -> int:
    """One message for each wallet and day within the notice, unless there has been one."""
    until = moment + timedelta(days=loyalty_settings.EXPIRY_NOTICE_DAYS)
    messages = OutboxMessage.objects.using(router.db_for_write(OutboxMessage))
    announced = 0
    notices = _notices(program, moment, until)
    while chunk := list(islice(notices, _CHUNK)):
        known = set(messages.filter(key__in=[row.key for row in chunk]).values_list("key", flat=True))
        fresh = [row for row in chunk if row.key not in known]
        messages.bulk_create(fresh, ignore_conflicts=True)
        announced += len(fresh)
    return announced


def _notices(program: Program, moment: datetime, until: datetime) -> Iterator[OutboxMessage]:
    lots = Lot.objects.filter(
        wallet__currency__program=program, remaining__gt=0, expires_at__gt=moment, expires_at__lte=until
    )
    rows = lots.order_by("wallet_id", "expires_at", "pk").values_list(
        "wallet_id",
        "expires_at",
        "remaining",
        "wallet__card_id",
        "wallet__currency__code",
        "wallet__currency__decimals",
    )
    by_day = groupby(rows.iterator(), key=lambda row: (row[0], _last_day(row[1] or moment, program)))
    for (wallet_id, day), group in by_day:
        several = list(group)
        _wallet_id, _expires_at, _remaining, card_id, code, decimals = several[0]
        amount = sum(row[2] for row in several)
        yield OutboxMessage(
            program=program,
            topic=_EXPIRING,
            key=f"{_EXPIRING}/{wallet_id}/{day.isoformat()}",
            payload={
                "card": card_id,
                "currency": code,
                "amount": to_decimal_string(amount, decimals),
                "expires_on": day.isoformat(),
            },
        )


def _last_day(expires_at: datetime, program: Program) -> date:
    """The last local day on which the points can be spent: what expires at midnight does so the day before."""
    return local_date(expires_at - timedelta(microseconds=1), program.zone)
