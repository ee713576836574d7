"""Real purchases through the importer give exactly the balances that an independent model worked out.

Two programmes of tests/data/README.md: 5 % with refunds, and referrals with a share of each friend's first purchase
and a bonus for every third friend. However the events are cut into transactions, the balances are the same.
"""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from loyalty.models import Event, LedgerEntry, Reward
from loyalty.services import import_campaigns

DATA = Path(__file__).resolve().parent.parent / "data"
ROOT = DATA.parent.parent

needs_referrals = pytest.mark.skipif(
    not apps.is_installed("referrals"), reason="the programme is about referrals"
)


@dataclass(frozen=True)
class Programme:
    """A campaign file, the files to import, and the balances that must come out."""

    campaigns: str
    files: tuple[str, ...]
    expected: str

    def publish(self) -> None:
        import_campaigns(text=(DATA / self.campaigns).read_text(), publish=True, allow_past=True)

    def paths(self) -> list[str]:
        return [str(DATA / name) for name in self.files]

    def balances(self) -> dict[str, int]:
        with (DATA / self.expected).open() as stream:
            return {row["customer"]: int(row["balance"]) for row in csv.DictReader(stream)}


REFUNDS = Programme(
    "points_with_refunds.yaml", ("cdnow_small_refunds.jsonl",), "expected_points_with_refunds.csv"
)
REFERRALS = Programme(
    "first_purchase_and_every_third.yaml",
    ("cdnow_small_tree.jsonl", "cdnow_small_purchases.jsonl"),
    "expected_first_purchase_and_every_third.csv",
)
PROGRAMMES = [
    pytest.param(REFUNDS, id="refunds"),
    pytest.param(REFERRALS, id="referrals", marks=needs_referrals),
]


def run(*arguments: object, **options: object) -> str:
    """Run a command; answers what it printed."""
    out = io.StringIO()
    call_command(*arguments, stdout=out, **options)
    return out.getvalue()


def read_balances() -> dict[str, int]:
    """What loyalty_balances prints."""
    rows = csv.DictReader(io.StringIO(run("loyalty_balances", format="csv")))
    return {row["external_id"]: int(row["balance"]) for row in rows if row["currency"] == "points"}


def families(count: int) -> set[str]:
    """Customers such that nobody outside of them invited or was invited by one of them."""
    lines = [json.loads(line) for line in (DATA / "cdnow_small_tree.jsonl").read_text().splitlines()]
    root: dict[str, str] = {}
    for line in lines:
        root[line["child"]] = root[line["parent"]] if line["parent"] else line["child"]
    chosen: set[str] = set()
    for head in dict.fromkeys(root.values()):
        members = {child for child, of in root.items() if of == head}
        if len(chosen) + len(members) <= count:
            chosen |= members
    return chosen


def write_part(path: Path, source: str, customers: Iterable[str]) -> Path:
    """The lines of a file that are about these customers."""
    wanted = set(customers)
    lines = (DATA / source).read_text().splitlines(keepends=True)
    target = path / source
    target.write_text(
        "".join(
            line
            for line in lines
            if wanted & {json.loads(line).get("customer"), json.loads(line).get("child")}
        )
    )
    return target


@pytest.mark.django_db
@pytest.mark.parametrize("programme", PROGRAMMES)
@pytest.mark.parametrize("batch", [100, 5_000])
def test_balances_are_exact_in_batches(programme: Programme, batch: int) -> None:
    programme.publish()

    run("loyalty_import", *programme.paths(), batch=batch)

    assert read_balances() == programme.balances()


@pytest.mark.django_db
@pytest.mark.parametrize("programme", PROGRAMMES)
@pytest.mark.parametrize("batch", [1, 7])
def test_balances_of_some_families_are_exact_one_by_one_and_by_seven(
    programme: Programme, batch: int, tmp_path: Path
) -> None:
    programme.publish()
    customers = families(40)
    paths = [write_part(tmp_path, name, customers) for name in programme.files]

    run("loyalty_import", *paths, batch=batch)

    expected = programme.balances()
    assert len(customers) > 30
    assert read_balances() == {customer: expected[customer] for customer in sorted(customers)}


@pytest.mark.soak
@pytest.mark.django_db
@pytest.mark.parametrize("programme", PROGRAMMES)
@pytest.mark.parametrize("batch", [1, 7])
def test_balances_are_exact_one_by_one_and_by_seven(programme: Programme, batch: int) -> None:
    programme.publish()

    run("loyalty_import", *programme.paths(), batch=batch)

    assert read_balances() == programme.balances()


@pytest.mark.django_db
@pytest.mark.parametrize("programme", PROGRAMMES)
def test_importing_everything_twice_changes_nothing(programme: Programme) -> None:
    programme.publish()
    run("loyalty_import", *programme.paths())
    counted = [model.objects.count() for model in (Event, Reward, LedgerEntry)]

    printed = run("loyalty_import", *programme.paths())

    assert [model.objects.count() for model in (Event, Reward, LedgerEntry)] == counted
    assert printed.count(" 0 new,") == len(programme.files)
    assert printed.count(" 0 rejected;") == len(programme.files)
    assert "\n0 events processed" in printed
    assert read_balances() == programme.balances()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("programme", PROGRAMMES)
def test_balances_are_exact_with_four_workers(programme: Programme) -> None:
    programme.publish()
    run("loyalty_import", *programme.paths(), no_process=True)
    assert not Reward.objects.exists()

    printed = run_elsewhere("loyalty_process", "--workers", "4", "--batch", "50")

    assert "4 workers are through" in printed
    assert read_balances() == programme.balances()
    assert not Event.objects.exclude(status="processed").exists()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@needs_referrals
def test_two_imports_of_the_same_files_at_once_count_everything_once() -> None:
    REFERRALS.publish()

    both = [start_elsewhere("loyalty_import", "--batch", "200", *REFERRALS.paths()) for _each in range(2)]
    printed = [finish(process) for process in both]

    assert all(" 0 rejected;" in text for text in printed)
    assert read_balances() == REFERRALS.balances()
    assert Event.objects.filter(kind="loyalty.purchase").count() == 2_051
    assert "invariants hold" in run("loyalty_check")


def run_elsewhere(*arguments: str) -> str:
    """Run a command in a process of its own, on the database of this test."""
    return finish(start_elsewhere(*arguments))


def finish(process: subprocess.Popen[str]) -> str:
    """What the process printed; it must end well."""
    printed, problems = process.communicate(timeout=300)
    assert process.returncode == 0, problems
    return printed


def start_elsewhere(*arguments: str) -> subprocess.Popen[str]:
    settings = connection.settings_dict
    place = f"{quote(settings['USER'])}:{quote(settings['PASSWORD'])}@{settings['HOST']}:{settings['PORT']}"
    environment = os.environ | {
        "LOYALTY_TEST_DATABASE_URL": f"postgres://{place}/{quote(settings['NAME'])}",
        "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "tests.settings"),
        "PYTHONPATH": str(ROOT),
    }
    return subprocess.Popen(
        [sys.executable, "-m", "django", *arguments],
        env=environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
