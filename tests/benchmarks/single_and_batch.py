"""One purchase inline, and batches of 1,000, against hand-written psycopg that writes the same rows.

`python -m tests.benchmarks.single_and_batch [--rounds 9]`
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from statistics import median
from typing import Any

from tests.benchmarks.measuring import Pair, measure, scratch_database

PURCHASES = 4  # a round, one by one: short rounds, and many, for the machine is shared
BATCH = 1_000
CARDS = 2_000
AT = datetime(2025, 3, 1, 12, tzinfo=UTC)


def main() -> int:
    """Print the ratios; 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument(
        "--prepared", action="store_true", help="with server-side binding and prepared statements"
    )
    options = parser.parse_args()
    with scratch_database():
        if options.prepared:
            prepare()
        bench = Bench()
        try:
            one, many = bench.one_by_one(options.rounds * 20), bench.in_batches(options.rounds)
            bench.compare_rows()
        finally:
            bench.connection.close()
    reached = [one.report(target=0.5), many.report(target=0.5)]
    times = median(many.ours) / median(one.ours)
    print(
        f"a batch against one by one: {times:.1f} times, target 10: {'reached' if times >= 10 else 'MISSED'}"
    )
    return 0 if all(reached) and times >= 10 else 1


def prepare() -> None:
    """The connection as docs/performance.md recommends it."""
    from django.db import connection

    connection.close()
    connection.settings_dict["OPTIONS"] |= {"server_side_binding": True, "prepare_threshold": 2}


class Bench:
    """A program with one campaign, 2,000 cards with numbers, and a connection of our own for the hand-written side."""

    def __init__(self) -> None:
        import psycopg
        from django.db import connection

        from loyalty.models import CampaignRevision, CardNumber, Currency
        from loyalty.processing.campaigns import campaign_book
        from tests.benchmarks.handwritten import Campaign
        from tests.concurrency.shop import hand_out_cards, open_shop, percent_to

        definition = percent_to("card") | {
            "conditions": [[{"kind": "loyalty.purchase_total", "params": {"minimum": "1.00"}}]]
        }
        self.program = open_shop("benchmark", definition)
        self.cards = hand_out_cards(self.program, count=CARDS)
        CardNumber.objects.bulk_create(
            CardNumber(program=self.program, card=card, number=f"N{card.pk:011}", issued_at=AT)
            for card in self.cards
        )
        revision = CampaignRevision.objects.select_related("campaign").get()
        self.campaign = Campaign(
            pk=revision.campaign_id,
            revision=revision.pk,
            key=revision.campaign.key,
            slot=next(iter(campaign_book(self.program).campaigns)).actions[0].slot,
            currency=Currency.objects.get().pk,
            terms="{}",
        )
        settings = connection.settings_dict
        self.connection: psycopg.Connection[Any] = psycopg.connect(
            host=settings["HOST"] or None,
            port=settings["PORT"] or None,
            user=settings["USER"] or None,
            password=settings["PASSWORD"] or None,
            dbname=settings["NAME"],
            autocommit=True,
        )
        self.next = 0

    def one_by_one(self, rounds: int) -> Pair:
        """`record_purchase` with the card's number, processed before it returns."""
        from loyalty.services.purchases import record_purchase
        from tests.benchmarks.handwritten import buy

        def ours(_round: int) -> None:
            for card, key, total in self._orders("ours", PURCHASES):
                record_purchase(
                    card=f"N{card.pk:011}", external_id=key, total=total, occurred_at=AT, program=self.program
                )

        def theirs(_round: int) -> None:
            for card, key, total in self._orders("hand", PURCHASES):
                buy(self.connection, self.campaign, self.program.pk, f"N{card.pk:011}", key, total, AT)

        return measure("one purchase inline", rounds=rounds, work=PURCHASES, ours=ours, theirs=theirs)

    def in_batches(self, rounds: int) -> Pair:
        """1,000 purchases told together and processed in one batch."""
        from loyalty.processing.inbox import NewEvent, write_events
        from loyalty.processing.process import process_pending
        from tests.benchmarks.handwritten_batch import buy_all

        def ours(_round: int) -> None:
            events = [
                NewEvent("shop", "loyalty.purchase", key, card.pk, AT, {"total": total})
                for card, key, total in self._orders("ours", BATCH)
            ]
            write_events(program=self.program, items=events)
            assert process_pending(program=self.program, batch_size=BATCH) == BATCH

        def theirs(_round: int) -> None:
            orders = [(card.pk, key, total, AT) for card, key, total in self._orders("hand", BATCH)]
            buy_all(self.connection, self.campaign, self.program.pk, orders)

        return measure("batches of 1,000", rounds=rounds, work=BATCH, ours=ours, theirs=theirs)

    def compare_rows(self) -> None:
        """Both sides must have written the same: as many rows of each kind a purchase, and the same values."""
        from django.db import connection

        with connection.cursor() as cursor:
            shapes = []
            for side in ("ours", "hand"):
                cursor.execute(ROWS_OF, [side])
                shapes.append(dict(cursor.fetchall()))
        if shapes[0] != shapes[1]:
            sys.exit(f"The two sides do not write the same rows:\nours {shapes[0]}\nhand {shapes[1]}")

    def _orders(self, side: str, count: int) -> list[tuple[Any, str, str]]:
        """Cards in turn, a new key for each; totals from 10.00 to 99.99."""
        self.next += count
        return [
            (
                self.cards[n * 7 % CARDS],
                f"{side}-{n}",
                f"{1_000 + n * 37 % 9_000:04d}"[:-2] + f".{n * 37 % 100:02d}",
            )
            for n in range(self.next - count, self.next)
        ]


ROWS_OF = """
    WITH told AS (SELECT * FROM loyalty_event WHERE key LIKE %s || '-%%')
    SELECT 'wrong', count(*) FROM told e
        LEFT JOIN loyalty_purchase p ON p.event_id = e.id
        LEFT JOIN loyalty_evaluation v ON v.event_id = e.id
        LEFT JOIN loyalty_reward r ON r.event_id = e.id
        LEFT JOIN loyalty_lot l ON l.reward_id = r.id
        LEFT JOIN loyalty_ledgerentry t ON t.reward_id = r.id
        WHERE e.status <> 'processed' OR (p.total, p.remaining, v.outcome, r.base, r.granted, l.remaining, t.available)
            IS DISTINCT FROM (p.total, p.total, 'applied', p.total, p.total / 1000, p.total / 1000, p.total / 1000)
    UNION ALL SELECT 'keys of a trace', count(DISTINCT regexp_replace(trace::text, '[0-9]+', '0', 'g'))
        FROM told e JOIN loyalty_evaluation v ON v.event_id = e.id
    UNION ALL SELECT 'terms ' || terms::text, 1 FROM told e JOIN loyalty_reward r ON r.event_id = e.id GROUP BY terms
    UNION ALL SELECT 'trace ' || regexp_replace(trace::text, '[0-9]+', '0', 'g'), 1
        FROM told e JOIN loyalty_evaluation v ON v.event_id = e.id GROUP BY 1
"""

if __name__ == "__main__":
    sys.exit(main())
