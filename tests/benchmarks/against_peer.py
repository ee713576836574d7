"""One purchase inline against the purchase of django-referral-system, which does less: no inbox, no trace, no locks.

It is installed in an environment of its own, whose Python is named:
`python -m venv /tmp/peer && /tmp/peer/bin/pip install django-referral-system 'psycopg[binary]'`
`python -m tests.benchmarks.against_peer /tmp/peer/bin/python`
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from tests.benchmarks.measuring import measure, scratch_database

PURCHASES = 4
AT = datetime(2025, 3, 1, 12, tzinfo=UTC)


def main() -> int:
    """Print the ratio; 1 when the peer is faster."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("python", help="of the environment with django-referral-system")
    parser.add_argument("--rounds", type=int, default=120)
    options = parser.parse_args()
    with scratch_database(), peer_process(options.python) as peer:
        from tests.concurrency.shop import hand_out_cards, open_shop, percent_to

        program = open_shop("peer", percent_to("parent_card"))
        friends = dict.fromkeys(range(1, 2001), 0)
        cards = hand_out_cards(program, count=2_001, parent_of=friends)
        orders = iter(range(1, 10_000_000))

        def ours(_round: int) -> None:
            from loyalty.services.purchases import record_purchase

            for _purchase in range(PURCHASES):
                number = next(orders)
                card = cards[1 + number % 2_000]
                record_purchase(
                    card=card, external_id=number, total="100.00", occurred_at=AT, program=program
                )

        def theirs(_round: int) -> float:
            assert peer.stdin is not None
            assert peer.stdout is not None
            print(PURCHASES, file=peer.stdin, flush=True)
            return float(peer.stdout.readline())

        pair = measure(
            "django-referral-system", rounds=options.rounds, work=PURCHASES, ours=ours, theirs=theirs
        )
    return 0 if pair.report(target=1.0) else 1


@contextlib.contextmanager
def peer_process(python: str) -> Iterator[subprocess.Popen[str]]:
    """The peer at work on a database of its own on the same server."""
    from django.db import connection

    name = f"peer_{os.getpid()}"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    settings = connection.settings_dict | {"NAME": name}
    keys = ("HOST", "PORT", "USER", "PASSWORD", "NAME")
    environment = {"PATH": os.environ["PATH"]} | {f"PEER_{key}": str(settings[key]) for key in keys}
    script = Path(__file__).with_name("peer.py")
    process = subprocess.Popen(
        [python, str(script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
        cwd="/",
    )
    try:
        assert process.stdout is not None
        if process.stdout.readline() != "ready\n":
            sys.exit("The peer did not start: is django-referral-system installed there?")
        yield process
    finally:
        process.kill()
        process.communicate()
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


if __name__ == "__main__":
    sys.exit(main())
