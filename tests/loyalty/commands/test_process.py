"""`loyalty_process` and `loyalty_sweep`: what runs beside the site."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from loyalty.management import draining
from loyalty.models import Card, Event, Program
from loyalty.processing.inbox import NewEvent, write_events
from loyalty.testing import captured_signals, give_points, process_inbox

ROOT = Path(__file__).resolve().parents[3]
AT = datetime(2025, 1, 1, 12, tzinfo=UTC)


def fill(card: Card, count: int, *, first: int = 0) -> None:
    """Purchases that wait in the inbox."""
    write_events(
        program=card.program,
        items=[
            NewEvent(
                "shop", "loyalty.purchase", f"p{n}", card.pk, AT + timedelta(minutes=n), {"total": "10.00"}
            )
            for n in range(first, first + count)
        ],
    )


def run(name: str, **options: Any) -> str:
    out = io.StringIO()
    call_command(name, stdout=out, stderr=out, **options)
    return out.getvalue()


def waiting() -> int:
    return Event.objects.filter(status="pending").count()


def test_everything_that_waits_is_processed(card: Card, ten_percent) -> None:
    process_inbox()
    fill(card, 25)

    assert run("loyalty_process", batch=10).startswith("25 events processed")
    assert waiting() == 0
    assert run("loyalty_process").startswith("0 events processed")


def test_a_limit_is_kept(card: Card) -> None:
    process_inbox()
    fill(card, 25)

    printed = run("loyalty_process", batch=10, limit=12)

    assert "12 events processed" in printed
    assert "13 events wait for their next attempt or arrived meanwhile" in printed
    assert waiting() == 13


def test_of_one_program_only(card: Card) -> None:
    from loyalty.services import create_program, enrol_card

    other = enrol_card(program=create_program(slug="other"), external_id="x")
    process_inbox()
    fill(card, 2)
    fill(other, 3)

    assert "3 events processed" in run("loyalty_process", program="other")
    assert waiting() == 2


@pytest.mark.parametrize(
    "options",
    [
        {"batch": 0},
        {"workers": 0},
        {"workers": 65},
        {"limit": 0},
        {"limit": 5, "workers": 2},
        {"limit": 5, "follow": True},
        {"interval": 0},
        {"program": "nobody"},
    ],
    ids=str,
)
def test_mistakes_in_the_options_are_told(options: dict[str, Any], program: Program) -> None:
    with pytest.raises(CommandError):
        run("loyalty_process", **options)


@pytest.fixture
def same_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test's transaction lives on its connection, which must not be given up between two looks."""
    monkeypatch.setattr(draining, "close_old_connections", lambda: None)


def test_following_goes_on_until_it_is_stopped(card: Card, same_connection: None) -> None:
    process_inbox()
    fill(card, 3)
    looks: list[int] = []

    def is_stopped() -> bool:
        looks.append(waiting())
        if len(looks) == 4:
            fill(card, 2, first=10)
        return len(looks) > 12

    draining.follow(program=None, batch=10, interval=0.01, is_stopped=is_stopped)

    assert looks[0] == 3
    assert waiting() == 0
    assert Event.objects.filter(kind="loyalty.purchase", status="processed").count() == 5


def test_a_database_that_is_away_is_waited_for(
    card: Card, same_connection: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import OperationalError

    calls: list[int] = []

    def fail_once(**options: Any) -> int:
        calls.append(1)
        if len(calls) == 1:
            raise OperationalError("the connection is closed")
        return 0

    monkeypatch.setattr(draining, "process_pending", fail_once)

    draining.follow(program=None, batch=10, interval=0.01, is_stopped=lambda: len(calls) > 2)

    assert len(calls) > 2


def test_the_sweep_settles_and_announces(card: Card, program: Program) -> None:
    program.currencies.update(validity="P20D")
    program.currencies.get().save()
    with captured_signals("points_expiring") as told:
        give_points(card, 10)
        process_inbox()

        first, second = run("loyalty_sweep"), run("loyalty_sweep")

    assert "0 cards settled, 1 notices of expiring points" in first
    assert "0 cards settled, 0 notices of expiring points" in second
    assert [one.message["amount"] for one in told] == ["10"]


@pytest.fixture
def start(tmp_path: Path) -> Any:
    """Start a command in a process of its own, on the database of the test."""
    settings = connection.settings_dict
    place = f"{quote(settings['USER'])}:{quote(settings['PASSWORD'])}@{settings['HOST']}:{settings['PORT']}"
    environment = os.environ | {
        "LOYALTY_TEST_DATABASE_URL": f"postgres://{place}/{quote(settings['NAME'])}",
        "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "tests.settings"),
        "PYTHONPATH": str(ROOT),
    }
    started: list[subprocess.Popen[str]] = []

    def run_command(*arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "django", *arguments],
            env=environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield run_command
    for process in started:
        process.kill()
        process.communicate()


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.1)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_follower_takes_what_comes_and_ends_cleanly_on_ctrl_c(
    workers: str, transactional_db, start
) -> None:
    from loyalty.services import create_program, enrol_card

    card = enrol_card(program=create_program(slug="club"), external_id="anna")
    follower = start("loyalty_process", "--follow", "--interval", "0.1", "--workers", workers)
    fill(card, 5)
    wait_for(lambda: waiting() == 0)
    fill(card, 5, first=5)
    wait_for(lambda: waiting() == 0)

    follower.send_signal(signal.SIGINT)
    printed, _nothing = follower.communicate(timeout=60)

    assert follower.returncode == 0, printed
    assert "Traceback" not in printed
    assert Event.objects.filter(kind="loyalty.purchase", status="processed").count() == 10
