"""A purchase that pays the buyer and eight cards above: its statements against one that pays the buyer alone, and
batches of 500 against hand-written psycopg that writes the same nine rewards, lots, entries and wallets.

`python -m tests.benchmarks.levels [--rounds 7]`
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from typing import Any

from tests.benchmarks.measuring import Pair, measure, scratch_database

BATCH, LINES, DEEP = 500, 200, 10
AT = datetime(2025, 3, 1, 12, tzinfo=UTC)
PERCENTS = ["10", "5", "4", "3", "2", "2", "1", "1"]


def main() -> int:
    """Print the figures; 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    with scratch_database():
        more = count_statements("levels", levels=True) - count_statements("alone", levels=False)
        print(
            f"8 levels paid: {more} statements more, target at most 2: {'reached' if more <= 2 else 'MISSED'}"
        )
        bench = Bench()
        try:
            pair = bench.in_batches(options.rounds)
            bench.compare_rows()
        finally:
            bench.connection.close()
    return 0 if pair.report(target=0.5) and more <= 2 else 1


def open_lines(slug: str, *, levels: bool, lines: int) -> tuple[Any, list[Any]]:
    """A program and lines of ten cards, each the parent of the next; answers the cards that have eight above."""
    from tests.concurrency.shop import hand_out_cards, open_shop, percent_to

    above = percent_to("ancestors")
    above["actions"][0]["amount"] = {"kind": "loyalty.percent_by_level", "of": "total", "percents": PERCENTS}
    program = open_shop(slug, percent_to("card"), *([above] if levels else []))
    cards = hand_out_cards(
        program, count=lines * DEEP, parent_of={n: n - 1 for n in range(lines * DEEP) if n % DEEP}
    )
    return program, [card for n, card in enumerate(cards) if n % DEEP >= 8]


def count_statements(slug: str, *, levels: bool) -> int:
    """What the second purchase of a card asks of the database."""
    from loyalty.services.purchases import record_purchase
    from tests.performance.counting import counted

    program, buyers = open_lines(slug, levels=levels, lines=1)
    for number in range(2):
        with counted() as statements:
            record_purchase(
                card=buyers[0], external_id=number, total="100.00", occurred_at=AT, program=program
            )
    return len(statements)


class Bench:
    """Lines of ten cards, and a connection of our own for the hand-written side."""

    def __init__(self) -> None:
        import psycopg
        from django.db import connection

        from loyalty.models import CampaignRevision, Currency
        from loyalty.processing.campaigns import campaign_book

        self.program, self.buyers = open_lines("benchmark", levels=True, lines=LINES)
        self.currency = Currency.objects.get(program=self.program).pk
        self.shares = []
        revisions = {
            row.campaign_id: row.pk for row in CampaignRevision.objects.filter(campaign__program=self.program)
        }
        for campaign in campaign_book(self.program).campaigns:
            percents = ["10"] if campaign.key == "percent-to-card" else PERCENTS
            first = 0 if campaign.key == "percent-to-card" else 1
            slot = str(campaign.actions[0].slot)
            self.shares += [
                (first + number, campaign.pk, revisions[campaign.pk], slot, int(percent))
                for number, percent in enumerate(percents)
            ]
        self.shares.sort()
        settings = connection.settings_dict
        self.connection: psycopg.Connection[Any] = psycopg.connect(
            host=settings["HOST"] or None,
            port=settings["PORT"] or None,
            user=settings["USER"] or None,
            password=settings["PASSWORD"] or None,
            dbname=settings["NAME"],
            autocommit=True,
        )
        self.next, self.trace = 0, ""

    def in_batches(self, rounds: int) -> Pair:
        """Told together and processed in one batch."""
        from loyalty.models import Evaluation
        from loyalty.processing.inbox import NewEvent, write_events
        from loyalty.processing.process import process_pending
        from tests.benchmarks.handwritten_levels import buy_all

        def ours(_round: int) -> None:
            events = [
                NewEvent("shop", "loyalty.purchase", key, card, at, {"total": total})
                for card, key, total, at in self._orders("ours")
            ]
            write_events(program=self.program, items=events)
            assert process_pending(program=self.program, batch_size=BATCH) == BATCH

        def theirs(_round: int) -> None:
            buy_all(
                self.connection, self.program.pk, self.currency, self.shares, self.trace, self._orders("hand")
            )

        ours(-1)
        written = Evaluation.objects.filter(event__program=self.program).order_by("-pk").first()
        assert written is not None
        self.trace = json.dumps(written.trace)
        name = f"batches of {BATCH}, nine rewards each"
        return measure(name, rounds=rounds, work=BATCH, ours=ours, theirs=theirs)

    def compare_rows(self) -> None:
        """Both sides must have written as many rows of each kind, with the same values."""
        from django.db import connection

        with connection.cursor() as cursor:
            shapes = []
            for side in ("ours", "hand"):
                cursor.execute(ROWS_OF, [self.program.pk, f"{side}-%"])
                shapes.append(cursor.fetchall())
        if shapes[0] != shapes[1]:
            sys.exit(f"The two sides do not write the same rows:\nours {shapes[0]}\nhand {shapes[1]}")

    def _orders(self, side: str) -> list[tuple[int, str, str, datetime]]:
        """Buyers in turn, a new key for each; 100.00 each, so that every level earns and both sides alike."""
        self.next += BATCH
        return [
            (self.buyers[n * 7 % len(self.buyers)].pk, f"{side}-{n}", "100.00", AT)
            for n in range(self.next - BATCH, self.next)
        ]


ROWS_OF = """
    WITH told AS (SELECT * FROM loyalty_event WHERE program_id = %s AND key LIKE %s)
    SELECT r.level, r.granted, r.base, r.terms::text, count(DISTINCT r.id) * 9 = (SELECT count(*) * 9 FROM told),
        count(DISTINCT l.id) = count(DISTINCT r.id), count(DISTINCT t.id) = count(DISTINCT r.id),
        min(l.remaining), min(t.available), min(length(v.trace::text)) / 50
    FROM told e JOIN loyalty_reward r ON r.event_id = e.id JOIN loyalty_evaluation v ON v.event_id = e.id
        LEFT JOIN loyalty_lot l ON l.reward_id = r.id LEFT JOIN loyalty_ledgerentry t ON t.reward_id = r.id
    GROUP BY 1, 2, 3, 4 ORDER BY 1"""

if __name__ == "__main__":
    sys.exit(main())
