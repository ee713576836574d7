"""What a scheduler runs, each twice."""

import os
import subprocess
import sys
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loyalty import services, tasks
from loyalty.models import Event, LedgerEntry, Lot, OutboxMessage, Program, Wallet
from loyalty.testing import balance_of, captured_signals, give_points, process_inbox
from tests.factories import CurrencyFactory

DAY = timedelta(days=1)


@pytest.fixture
def year(program: Program):
    """Points that are valid for 365 days."""
    program.currencies.update(validity="P365D")
    program.currencies.get().save()
    program.refresh_from_db()


def entries():
    """What is posted."""
    return list(LedgerEntry.objects.order_by("pk").values_list("kind", "available", "pending"))


def test_the_sweep_posts_what_nobody_touches(card, year):
    give_points(card, 100)
    process_inbox()
    lot = Lot.objects.get()

    swept = services.sweep(at=lot.expires_at)

    assert swept == services.Swept(settled=1, announced=0, woken=0)
    assert entries() == [("adjust", 100, 0), ("expire", -100, 0)]
    assert Wallet.objects.get().clock == lot.expires_at
    event = Event.objects.get(kind="loyalty.settled")
    assert (event.card, event.status) == (card, "processed")
    assert LedgerEntry.objects.latest("pk").effective_at == lot.expires_at


def test_two_sweeps_make_one_event(card, year, monkeypatch):
    """The second finds the same due lot before the first is processed."""
    give_points(card, 100)
    at = Lot.objects.get().expires_at
    monkeypatch.setattr(services.upkeep, "process_pending", lambda **_options: 0)

    assert services.sweep(at=at).settled == 1
    assert services.sweep(at=at + DAY).settled == 0
    assert Event.objects.filter(kind="loyalty.settled").count() == 1


def test_nothing_due_makes_no_events(card, year):
    give_points(card, 100)

    assert services.sweep().settled == 0
    assert not Event.objects.filter(kind="loyalty.settled").exists()


def test_an_ended_hold_is_released(card):
    give_points(card, 100)
    hold = services.hold_points(card=card, amount=40)

    services.sweep(at=hold.expires_at)

    hold.refresh_from_db()
    assert (hold.status, Wallet.objects.get().held) == ("voided", 0)


def test_a_hold_of_earnings_ends(program, card, ten_percent):
    currency = program.currencies.get()
    currency.hold = "P14D"
    currency.save()
    services.record_purchase(card=card, external_id=1, total=100)
    process_inbox()
    lot = Lot.objects.get()
    assert Wallet.objects.get().pending == 10

    services.sweep(at=lot.available_at)

    assert (Wallet.objects.get().available, Wallet.objects.get().pending) == (10, 0)


def test_the_number_of_queries_of_a_sweep_does_not_grow(program, year):
    services.refresh_days()  # the first time counts all days at once
    counts = []
    for size in (2, 20):
        for number in range(size):
            give_points(services.enrol_card(external_id=f"{size}-{number}", process=False), 100)
        process_inbox()
        at = Lot.objects.latest("expires_at").expires_at + DAY
        with CaptureQueriesContext(connection) as queries:
            assert services.sweep(at=at).settled == size
        counts.append(len(queries))

    assert counts[1] <= counts[0] + 2


# Notices


def test_expiring_points_are_announced_once_for_each_day(program, card, year):
    give_points(card, 100)
    give_points(card, "50")
    first = Lot.objects.earliest("expires_at")
    day = first.expires_at.date().isoformat()

    with captured_signals("points_expiring") as told:
        assert services.sweep(at=first.expires_at - 31 * DAY).announced == 0
        assert services.sweep(at=first.expires_at - 29 * DAY).announced == 1
        assert services.sweep(at=first.expires_at - 28 * DAY).announced == 0

    assert [one.message for one in told] == [
        {"card": card.pk, "currency": "points", "amount": "150", "expires_on": day}
    ]
    assert told[0].arguments["card"] == card


def test_the_day_is_the_last_one_to_spend_on(program, card):
    """What expires at midnight can be spent until the day before, in the program's time zone."""
    program.timezone = "Asia/Tokyo"
    program.save()
    CurrencyFactory(program=program, code="daily", validity="P365D", expires_end_of_day=True)
    at = datetime(2026, 1, 10, 20, tzinfo=ZoneInfo("UTC"))  # the 11th in Tokyo
    services.adjust_balance(card=card, amount=5, currency="daily", reason="x", at=at, allow_past=True)

    with captured_signals("points_expiring") as told:
        services.sweep(at=at + 340 * DAY)

    assert told[0].message["expires_on"] == "2027-01-11"


def test_without_a_listener_nothing_is_announced(card, year):
    give_points(card, 100)

    services.sweep(at=Lot.objects.get().expires_at - DAY)

    assert OutboxMessage.objects.count() == 0


@pytest.mark.parametrize("days", [0, 60])
def test_how_far_ahead_is_a_setting(card, year, settings, days):
    settings.LOYALTY = {"EXPIRY_NOTICE_DAYS": days}
    give_points(card, 100)

    with captured_signals("points_expiring"):
        announced = services.sweep(at=Lot.objects.get().expires_at - 45 * DAY).announced

    assert announced == (1 if days == 60 else 0)


# Tasks


def test_tasks_may_run_twice(card, ten_percent):
    services.record_purchase(card=card, external_id=1, total=100)

    for _run in range(2):
        tasks.process_inbox()
        tasks.process_inbox(program_slug="club")
        tasks.relay_outbox()
        tasks.sweep()

    assert balance_of(card) == "10"


@pytest.mark.parametrize(
    "task", [tasks.process_inbox, tasks.relay_outbox, tasks.sweep], ids=lambda one: one.name
)
def test_a_task_whose_worker_is_killed_is_handed_out_again(task):
    assert (task.acks_late, task.reject_on_worker_lost, task.ignore_result) == (True, True, True)


def test_processing_of_one_program_leaves_the_others(program, card):
    services.create_program(slug="other")
    services.enrol_card(program="other", process=False)
    process_inbox(program="club")

    assert services.process_inbox(program="club") == 0
    assert services.process_inbox() == 1


@pytest.mark.once
def test_a_site_without_a_broker_never_looks_for_one():
    """Selling and enrolling load no Celery: only a worker's own discovery imports the tasks."""
    code = (
        "import sys, django; django.setup(); import loyalty.services, loyalty.receivers, loyalty.testing; "
        "found = {'celery', 'loyalty.tasks'} & set(sys.modules); sys.exit(' '.join(found) or 0)"
    )
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings_loyalty_only"}

    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
