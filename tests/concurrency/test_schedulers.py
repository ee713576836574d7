"""Two schedulers at once, and schedulers that are killed (S7): each campaign, card and date gets one event."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from loyalty import services
from loyalty.models import CampaignPublication, Event, Program, SchedulePresence, ScheduleRun
from tests.concurrency import books, jobs
from tests.concurrency.shop import LONG_AGO, START, hand_out_cards, open_shop
from tests.concurrency.test_workers import deadlocks
from tests.concurrency.workers import Workshop

pytestmark = [pytest.mark.postgres]

CARDS, DAYS, CHUNK = 60, 6, 7
UNTIL = START + timedelta(days=DAYS)
GIFT = [
    {
        "slot": "main",
        "kind": "loyalty.credit",
        "currency": "points",
        "amount": {"kind": "loyalty.fixed", "value": "1"},
    }
]
DAILY = {"key": "daily", "trigger": {"kind": "loyalty.scheduled"}, "actions": GIFT}
EVENING = {
    "key": "evening",
    "trigger": {"kind": "loyalty.scheduled", "params": {"time": "20:00"}},
    "actions": GIFT,
}


def open_calendar(slug: str, *campaigns: Any) -> Program:
    """A shop whose campaigns were published long ago, and whose schedulers have stood still for days."""
    program = open_shop(slug, *campaigns)
    hand_out_cards(program, count=CARDS)
    CampaignPublication.objects.filter(campaign__program=program).update(created_at=START)
    return program


def told(program: Program) -> Counter[tuple[str, str, int]]:
    """How often each campaign, date and card got an event."""
    rows = Event.objects.filter(program=program, source="loyalty", status="processed")
    return Counter(
        (payload["campaign"], payload["date"], card)
        for payload, card in rows.values_list("payload", "card_id")
    )


def test_s7_four_schedulers_after_an_outage_make_each_event_once(workers: Workshop) -> None:
    program = open_calendar("calendar", DAILY, EVENING)
    before = deadlocks()

    done = workers.together(jobs.keep_calendar, [(UNTIL, CHUNK)] * 4)

    assert (sum(done), deadlocks() - before) == (2 * DAYS * CARDS, 0)
    assert set(told(program).values()) == {1}
    assert len(told(program)) == 2 * DAYS * CARDS
    runs = ScheduleRun.objects.filter(campaign__program=program)
    assert [*{(run.events, run.finished_at is not None) for run in runs}] == [(CARDS, True)]
    assert books.out_of_order() == []
    assert set(books.balances(program).values()) == {(2 * DAYS, 0, 0, 0)}
    assert books.problems() == {}


def test_s7_fails_without_lock_and_keys(workers: Workshop) -> None:
    """The race is there: unguarded schedulers give the same gift several times."""
    program = open_calendar("unguarded", DAILY)

    workers.together(jobs.keep_calendar, [(UNTIL, CHUNK, False)] * 4)

    assert max(told(program).values()) > 1


def test_s7_schedulers_at_once_see_everybody_enter_a_segment_once(workers: Workshop) -> None:
    program = open_shop("segment")
    cards = hand_out_cards(program, count=CARDS)
    segment = services.save_segment(
        program=program, key="vip", listed=True, effective_from=LONG_AGO, allow_past=True
    )
    trigger = {"kind": "loyalty.segment_entered", "params": {"segment": "vip"}}
    campaign = services.save_draft(
        program=program, definition={"key": "hello", "trigger": trigger, "actions": GIFT}
    )
    services.publish_campaign(campaign=campaign, effective_from=LONG_AGO, allow_past=True)
    CampaignPublication.objects.update(created_at=START)
    services.add_to_segment(segment=segment, cards=cards[:50], since=START + timedelta(days=2))
    services.add_to_segment(segment=segment, cards=cards[50:], since=LONG_AGO)

    done = workers.together(jobs.keep_calendar, [(UNTIL, CHUNK)] * 4)

    assert sum(done) == 50
    assert told(program) == {("hello", "2025-01-03", card.pk): 1 for card in cards[:50]}
    assert SchedulePresence.objects.count() == CARDS
    assert books.problems() == {}


@pytest.mark.parametrize("kills", [15, pytest.param(150, marks=pytest.mark.soak)])
def test_s7_kill_9_of_the_scheduler(workers: Workshop, kills: int) -> None:
    program = open_calendar("killed", DAILY, EVENING)

    for _kill in range(kills):
        workers.start(jobs.keep_calendar_until_killed, UNTIL, CHUNK, random.randint(1, 60)).receive()
    services.run_schedules(at=UNTIL)
    services.process_inbox(program=program)

    assert set(told(program).values()) == {1}
    assert len(told(program)) == 2 * DAYS * CARDS
    assert sum(ScheduleRun.objects.values_list("events", flat=True)) == 2 * DAYS * CARDS
    assert books.out_of_order() == []
    assert books.problems() == {}
