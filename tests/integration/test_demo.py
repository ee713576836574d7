"""`manage.py demo` from nothing, as a newcomer runs it."""

from __future__ import annotations

import io
import os
import re
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from example_project import terminal

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.once


def run_demo(database: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """In a process of its own: the demo has settings, and a database, of its own."""
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    return subprocess.run(
        [sys.executable, "-W", "error", "manage.py", *(command or ["demo"])],
        cwd=ROOT,
        env={**environment, "LOYALTY_DATABASE": f"sqlite:///{database}"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> tuple[Path, subprocess.CompletedProcess[str], float]:
    database = tmp_path_factory.mktemp("demo") / "demo.sqlite3"
    started = time.monotonic()
    done = run_demo(database)
    return database, done, time.monotonic() - started


def figure(text: str, name: str) -> int:
    """The number that stands behind a name."""
    found = re.search(rf"{name}\s+([\d,]+)$", text, re.MULTILINE)
    assert found, f"{name} is missing in:\n{text}"
    return int(found[1].replace(",", ""))


def test_it_goes_through_without_a_word_on_stderr(demo):
    _database, done, seconds = demo

    assert done.stderr == ""
    assert done.returncode == 0
    assert seconds < 90 or os.getloadavg()[0] > (os.cpu_count() or 1)


def test_the_figures_agree_with_each_other(demo):
    _database, done, _seconds = demo

    assert figure(done.stdout, "Members") == 600
    assert figure(done.stdout, "Purchases") == 2052
    moved = figure(done.stdout, "Points granted") + figure(done.stdout, "Points adjusted")
    gone = figure(done.stdout, "Points reversed") + figure(done.stdout, "Points spent")
    assert moved - gone == figure(done.stdout, "Points owed to members") - figure(
        done.stdout, "Points members owe"
    )
    assert figure(done.stdout, "of them held") > 0
    assert figure(done.stdout, "Points members owe") > 0


def test_the_best_parents_a_history_and_a_reason_are_shown(demo):
    _database, done, _seconds = demo
    parents = done.stdout.partition("Top ten parent cards")[2].partition("The history of")[0]

    assert len(re.findall(r"^c\d{5} ", parents, re.MULTILINE)) == 10
    assert "newest first" in done.stdout
    assert "earned c00586 nothing" in done.stdout
    assert "gets nothing: it was blocked." in done.stdout


def ask(database: Path, query: str) -> list[tuple]:
    with closing(sqlite3.connect(database)) as rows:
        return rows.execute(query).fetchall()


def test_another_database_gets_no_password_that_everybody_knows(demo):
    database, done, _seconds = demo

    assert "manage.py changepassword" in done.stdout
    assert ask(database, "SELECT count(*) > 40 FROM auth_user") == [(1,)]
    assert ask(database, "SELECT username FROM auth_user WHERE password NOT LIKE '!%'") == []


def test_the_pages_are_named(demo):
    _database, done, _seconds = demo

    for path in ("", "club/", "club/friends/", "club/friends/invite/", "api/docs/", "admin/"):
        assert re.search(rf"http://127.0.0.1:8000/{path}\s*$", done.stdout, re.MULTILINE), path


def test_the_shop_of_today_has_friends_at_every_stage_and_drafts_to_try(demo):
    database, _done, _seconds = demo
    brought = """SELECT u.first_name, r.status, r.qualifying_purchases FROM loyalty_referrals_referral r
        JOIN loyalty_card c ON c.id = r.referee_id JOIN auth_user u ON u.id = c.user_id
        JOIN loyalty_card p ON p.id = r.referrer_id JOIN auth_user a ON a.id = p.user_id
        WHERE a.username = 'anna' ORDER BY u.first_name"""

    assert ask(database, brought) == [
        ("Boris", "qualified", 1),
        ("Clara", "qualified", 1),
        ("David", "registered", 0),
        ("Eva", "registered", 0),
        ("Felix", "qualified", 1),
        ("Greta", "qualified", 1),
    ]
    assert ask(database, "SELECT count(*) FROM shop_product") == [(16,)]
    assert ask(database, "SELECT count(*) > 100 FROM shop_order") == [(1,)]
    published = "SELECT campaign_id FROM loyalty_campaignrevision"
    drafts = f"SELECT count(*) > 0 FROM loyalty_campaign WHERE id NOT IN ({published})"
    assert ask(database, drafts) == [(1,)]


def test_all_events_of_both_programs_are_processed(demo):
    database, _done, _seconds = demo

    assert ask(database, "SELECT status, count(*) > 0 FROM loyalty_event GROUP BY status") == [
        ("processed", 1)
    ]


def test_a_database_that_holds_a_program_is_left_alone(demo):
    database, _done, _seconds = demo
    before = database.stat().st_mtime_ns

    again = run_demo(database)

    assert again.returncode == 1
    assert "This database holds a program already." in again.stderr
    assert database.stat().st_mtime_ns == before


def test_the_books_check(demo):
    database, _done, _seconds = demo

    checked = run_demo(database, "loyalty_check")

    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_backtest_of_what_is_published_gives_what_there_is(demo):
    database, _done, _seconds = demo

    there_is = run_demo(database, "loyalty_balances", "--program", "cdnow", "--format", "csv")
    again = run_demo(database, "loyalty_backtest", "--program", "cdnow", "--format", "csv")

    assert len(there_is.stdout.splitlines()) == 601
    assert again.stdout == there_is.stdout


def test_tables_do_without_rich(monkeypatch):
    monkeypatch.setattr(terminal, "Console", None)
    out = io.StringIO()
    plain = terminal.Terminal(out)

    plain.heading("Cards")
    plain.table(["card", "points"], [["anna", "5"], ["bo", "1,250"]])
    plain.table(["", ""], [["Members", "2"]])

    assert out.getvalue() == "\nCards\n=====\ncard  points\nanna       5\nbo     1,250\nMembers  2\n"


def test_make_demo_serves_at_a_terminal_or_when_asked():
    def commands(*options: str) -> str:
        made = subprocess.run(
            ["make", "--dry-run", "demo", *options], cwd=ROOT, capture_output=True, text=True, check=True
        )
        return made.stdout

    assert '[[ "0" == 1 ||' in commands("SERVE=0")
    assert "runserver 127.0.0.1:9000" in commands("ADDRESS=127.0.0.1:9000")
