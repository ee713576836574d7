"""Import of the 2,051 purchases and 600 cards on SQLite, against a plain executemany of the very rows that it leaves.

`python -m tests.benchmarks.importing [--rounds 3]`
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import shutil
import sqlite3
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

DATA = Path(__file__).parent.parent / "data"
FILES = ("cdnow_small_tree.jsonl", "cdnow_small_purchases.jsonl")
PURCHASES, CARDS = 2_051, 600


def main() -> int:
    """Print seconds and ratio; 1 when the target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    os.environ["LOYALTY_TEST_DB"] = "sqlite"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()
    with tempfile.TemporaryDirectory() as folder:
        template = make_template(Path(folder))
        ours, plain, processor = [], [], []
        for number in range(options.rounds + 1):
            target = Path(folder) / f"{number}.sqlite3"
            shutil.copy(template, target)
            used = time.process_time()
            imported = import_all(target)
            used = time.process_time() - used
            copied = copy_rows(target, template, Path(folder) / "plain.sqlite3")
            if number:  # the first warms up
                ours.append(imported)
                processor.append(used)
                plain.append(copied)
    seconds = median(ours)
    print(
        f"import of {PURCHASES:,} purchases and {CARDS} cards: {seconds:.2f} s ({median(processor):.2f} s of a "
        f"processor), target under 3 s: "
        f"{'reached' if seconds < 3 else 'MISSED'}; {seconds / median(plain):.1f} times a plain executemany of the "
        f"same rows ({median(plain):.2f} s); load {os.getloadavg()[0]:.1f}"
    )
    return 0 if seconds < 3 else 1


def make_template(folder: Path) -> Path:
    """An empty database, as migrated, with the campaigns published."""
    from django.core.management import call_command
    from django.db import connection

    from loyalty.services import import_campaigns

    template = folder / "template.sqlite3"
    connection.close()
    connection.settings_dict["NAME"] = str(template)
    with contextlib.redirect_stdout(io.StringIO()):
        call_command("migrate", verbosity=0)
    campaigns = (DATA / "first_purchase_and_every_third.yaml").read_text()
    import_campaigns(text=campaigns, publish=True, allow_past=True)
    connection.close()
    return template


def import_all(target: Path) -> float:
    """Seconds of the command, with what it prints and with all events processed."""
    from django.core.management import call_command
    from django.db import connection

    from loyalty.models import Card, Event, Purchase

    connection.settings_dict["NAME"] = str(target)
    started, out = time.perf_counter(), io.StringIO()
    call_command("loyalty_import", *(str(DATA / name) for name in FILES), stdout=out, stderr=out)
    took = time.perf_counter() - started
    assert (Purchase.objects.count(), Card.objects.count()) == (PURCHASES, CARDS)
    assert not Event.objects.exclude(status="processed").exists()
    connection.close()
    return took


def copy_rows(filled: Path, template: Path, target: Path) -> float:
    """Seconds to write all rows that the import made into an empty database of the same schema, in one go."""
    shutil.copy(template, target)
    source, plain = sqlite3.connect(filled), sqlite3.connect(target, isolation_level=None)
    tables = [name for (name,) in source.execute(TABLES)]
    rows = {name: source.execute(f"SELECT * FROM {name}").fetchall() for name in tables}
    plain.execute("BEGIN")
    for name in reversed(tables):
        plain.execute(f"DELETE FROM {name}")
    plain.execute("COMMIT")
    started = time.perf_counter()
    plain.execute("BEGIN")
    for name in tables:
        if rows[name]:
            places = ", ".join("?" * len(rows[name][0]))
            plain.executemany(f"INSERT INTO {name} VALUES ({places})", rows[name])
    plain.execute("COMMIT")
    took = time.perf_counter() - started
    plain.close()
    source.close()
    return took


TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'loyalty_%' ORDER BY rowid"

if __name__ == "__main__":
    sys.exit(main())
