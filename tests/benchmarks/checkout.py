"""The host's checkout in deferred mode against a bare INSERT of the same row, each in a transaction of its own.

`python -m tests.benchmarks.checkout [--rounds 150]`
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from typing import Any

from tests.benchmarks.measuring import measure, scratch_database

PURCHASES = 4
AT = datetime(2025, 3, 1, 12, tzinfo=UTC)
# A host's own order: what a checkout writes whether there is a loyalty program or not.
ORDER = "CREATE TABLE shop_order (id bigserial PRIMARY KEY, buyer bigint, total bigint, made_at timestamptz)"


def main() -> int:
    """Print the costs; 1 when the target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=150)
    options = parser.parse_args()
    with scratch_database():
        bench = Bench()
        settings = {"rounds": options.rounds, "work": PURCHASES}
        inbox = measure("checkout, card given", ours=bench.ours, theirs=bench.bare, **settings)
        number = measure("checkout, card by its number", ours=bench.by_number, theirs=bench.bare, **settings)
        bench.compare_rows()
    reached = inbox.report_cost(target=1.3)
    number.report_cost(target=1.3)
    return 0 if reached else 1


class Bench:
    """A shop in deferred mode, and its own table of orders."""

    def __init__(self) -> None:
        from django.conf import settings
        from django.db import connection

        from loyalty.models import CardNumber
        from loyalty.processing.inbox import EVENT_FIELDS
        from tests.concurrency.shop import hand_out_cards, open_shop, percent_to

        settings.LOYALTY = {"PROCESSING": "deferred"}
        self.program = open_shop("deferred", percent_to("card"))
        self.cards = hand_out_cards(self.program, count=1_000)
        CardNumber.objects.bulk_create(
            CardNumber(program=self.program, card=card, number=f"N{card.pk:011}", issued_at=AT)
            for card in self.cards
        )
        with connection.cursor() as cursor:
            cursor.execute(ORDER)
            columns = ", ".join(EVENT_FIELDS)
            places = ", ".join(["%s"] * len(EVENT_FIELDS))
            self.insert = (
                f"INSERT INTO loyalty_event ({columns}) VALUES ({places}) ON CONFLICT DO NOTHING RETURNING id"
            )
        self.next = 0

    def ours(self, _round: int) -> None:
        from loyalty.services.purchases import record_purchase

        for card, key in self._orders("ours"):
            with self._order(card):
                record_purchase(
                    card=card, external_id=key, total="100.00", occurred_at=AT, program=self.program
                )

    def by_number(self, _round: int) -> None:
        from loyalty.services.purchases import record_purchase

        for card, key in self._orders("number"):
            with self._order(card):
                number = f"N{card.pk:011}"
                record_purchase(
                    card=number, external_id=key, total="100.00", occurred_at=AT, program=self.program
                )

    def bare(self, _round: int) -> None:
        """The same row, with nothing checked: its hash is that of an empty body."""
        from django.db import connection
        from django.utils import timezone

        for card, key in self._orders("bare"):
            values = [self.program.pk, "shop", "loyalty.purchase", key, card.pk, AT, '{"total": "100.00"}']
            values += ["0" * 64, f"shop/{key}", None, False, "pending", 0, "", timezone.now()]
            with self._order(card), connection.cursor() as cursor:
                cursor.execute(self.insert, values)
                cursor.fetchall()

    def compare_rows(self) -> None:
        """All of them wait in the inbox, and none was processed."""
        from loyalty.models import Event, Purchase

        assert Event.objects.filter(status="pending").count() == self.next
        assert not Purchase.objects.exists()

    def _order(self, card: Any) -> Any:
        """The host's transaction, with its own order in it."""
        from contextlib import contextmanager

        from django.db import connection, transaction

        @contextmanager
        def checkout() -> Any:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute(
                        "INSERT INTO shop_order (buyer, total, made_at) VALUES (%s, 10000, %s)", [card.pk, AT]
                    )
                yield

        return checkout()

    def _orders(self, side: str) -> list[tuple[Any, str]]:
        self.next += PURCHASES
        return [(self.cards[n % 1_000], f"{side}-{n}") for n in range(self.next - PURCHASES, self.next)]


if __name__ == "__main__":
    sys.exit(main())
