"""Scheduled campaigns: birthdays, win-back, anniversaries, who entered or left a segment (S7).

Each local date of a campaign is a row that is locked while a chunk of cards is looked at. So two schedulers share the
work, one that is killed is followed by another where it stood, and each date is run once, in order, after any outage.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import InterfaceError, OperationalError, router, transaction
from django.db.models import Max
from django.utils import timezone

from loyalty.models import CampaignPublication, Program, ScheduleRun
from loyalty.processing.campaigns import campaign_book, load_program_rules
from loyalty.processing.inbox import EventWritten, NewEvent, write_events
from loyalty.processing.process import process_pending
from loyalty.rules.base import Asking
from loyalty.rules.schedule import Schedule, Turn, in_order, schedules_of
from loyalty.rules.state import ProgramRules
from loyalty.selectors.programs import ProgramLike, get_program
from loyalty.services.schedule_looks import Look, look_for

__all__ = ["Scheduled", "run_schedules"]

logger = logging.getLogger("loyalty.schedules")

_CHUNK = 1_000

# Hears the number of events written so far.
Progress = Callable[[int], None]


@dataclass(slots=True)
class Scheduled:
    """What a look at the calendar did: dates of campaigns that it finished, and events that it wrote."""

    dates: int = 0
    events: int = 0


@dataclass(slots=True)
class _Work:
    """One program, what was done in it, and the campaigns that failed and wait for the next time."""

    program: Program
    rules: ProgramRules
    using: str
    done: Scheduled
    progress: Progress | None
    failed: set[str] = field(default_factory=set)


def run_schedules(
    *, program: ProgramLike = None, at: datetime | None = None, progress: Progress | None = None
) -> Scheduled:
    """Bring about what the calendar asks for up to `at` (default now), in one program or in all, and process it.

    For each campaign every local date since its last run that it asks for, in order; a campaign that was never run
    begins with its publication. Safe to run twice, at once, and after having been killed. Raises ProgramNotFound.
    """
    moment = at or timezone.now()
    programs = Program.objects.order_by("pk") if program is None else [get_program(program)]
    done = Scheduled()
    for one in programs:
        using = router.db_for_write(ScheduleRun, instance=one)
        # As it is now: its version says which campaigns are published.
        fresh = Program.objects.using(using).get(pk=one.pk)
        work = _Work(fresh, load_program_rules(fresh), using, done, progress)
        for number, (schedule, turn) in enumerate(_turns(work, moment)):
            if not number:
                # Cards are asked as they stand when all that is known of them has been processed.
                process_pending(program=fresh)
            if schedule.key not in work.failed:
                _run_safely(work, schedule, turn)
    return done


def _turns(work: _Work, until: datetime) -> Iterator[tuple[Schedule, Turn]]:
    """What is to be run."""
    schedules = schedules_of(campaign_book(work.program), work.rules.zone)
    if not schedules:
        return
    begun, ran = _begun(work, schedules), _last_dates(work, schedules)
    plans = []
    for one in schedules:
        since, last = begun.get(one.campaign_pk), ran.get(one.campaign_pk)
        if since is not None:
            first = last + timedelta(1) if last else date.min
            plans.append((one, one.turns(first=first, since=since, until=until)))
    yield from in_order(plans)


def _begun(work: _Work, schedules: list[Schedule]) -> dict[int | None, datetime]:
    """Since when each campaign is asked for: published, however far back it was dated, is when it was written."""
    revisions = {one.revision_pk for schedule in schedules for one in schedule.revisions}
    rows = CampaignPublication.objects.using(work.using).filter(
        campaign__program=work.program, revision__in=revisions
    )
    begun: dict[int | None, datetime] = {}
    for campaign_pk, effective_from, created_at in rows.values_list(
        "campaign_id", "effective_from", "created_at"
    ):
        since = max(effective_from, created_at)
        begun[campaign_pk] = min(since, begun.get(campaign_pk, since))
    return begun


def _last_dates(work: _Work, schedules: list[Schedule]) -> dict[int | None, date]:
    """The last date that was run to its end, by campaign."""
    runs = ScheduleRun.objects.using(work.using).filter(
        campaign__in=[one.campaign_pk for one in schedules], finished_at__isnull=False
    )
    return dict(runs.order_by().values("campaign").annotate(last=Max("date")).values_list("campaign", "last"))


def _run_safely(work: _Work, schedule: Schedule, turn: Turn) -> None:
    """A host's condition that raises stops its own campaign, until the next time."""
    try:
        before = work.done.events
        _run(work, schedule, turn)
        if work.done.events > before:
            process_pending(program=work.program)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("The schedule of campaign %s failed on %s", schedule.key, turn.day)
        work.failed.add(schedule.key)


def _run(work: _Work, schedule: Schedule, turn: Turn) -> None:
    """One date of one campaign, chunk by chunk, in turns with whoever else is at it."""
    runs, campaign_pk = ScheduleRun.objects.using(work.using), turn.campaign.pk
    assert campaign_pk is not None  # what is published is stored
    run, _created = runs.get_or_create(
        campaign_id=campaign_pk, date=turn.day, defaults={"started_at": timezone.now()}
    )
    asking = Asking(work.rules, turn.moment, turn.campaign.key)
    look: Look | None = None
    while True:
        with transaction.atomic(using=work.using):
            # Waited for, at most as long as a chunk takes: whoever skips a lock that is let go the same moment is lost.
            mine = runs.select_for_update().get(pk=run.pk)
            if mine.finished_at is not None:
                return
            look = look or look_for(schedule, turn, asking, work.using)
            written, is_last = _look_on(work, mine, turn, look)
        work.done.events += written
        if work.progress is not None and written:
            work.progress(work.done.events)
        if is_last:
            work.done.dates += 1
            return


def _look_on(work: _Work, run: ScheduleRun, turn: Turn, look: Look) -> tuple[int, bool]:
    """The next chunk of cards, in the caller's transaction; answers (new events, whether it was the last one)."""
    seen, tells = look.next_cards(after=run.reached, most=_CHUNK)
    written = write_events(program=work.program, items=[_event(turn, card_pk) for card_pk in tells])
    new = sum(isinstance(one, EventWritten) and one.created for one in written)
    run.events += new
    is_last = len(seen) < _CHUNK
    if is_last:
        run.finished_at = timezone.now()
    if seen:
        run.reached = seen[-1]
    run.save(update_fields=["events", "reached", "finished_at"])
    return new, is_last


def _event(turn: Turn, card_pk: int) -> NewEvent:
    return NewEvent("loyalty", turn.kind.kind, turn.key_for(card_pk), card_pk, turn.moment, turn.payload)
