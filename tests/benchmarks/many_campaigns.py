"""100 published campaigns instead of 1, of which the same one rewards: one by one and in batches of 1,000.

`python -m tests.benchmarks.many_campaigns [--rounds 7]`. The 99 others are of three kinds: about another event; about a
purchase that is too small for all of them; about a purchase of other items.
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from typing import Any

from tests.benchmarks.measuring import Pair, measure, scratch_database

PURCHASES, BATCH, CARDS = 4, 1_000, 2_000
AT = datetime(2025, 3, 1, 12, tzinfo=UTC)
OTHERS: dict[str, Any] = {
    "99 about another event": {"trigger": {"kind": "referrals.referral_qualified"}},
    "99 about larger purchases": {
        "conditions": [[{"kind": "loyalty.purchase_total", "params": {"minimum": "100000.00"}}]]
    },
}
MIXED = "33 of other events, 33 too large, 33 other items"


def main() -> int:
    """Print the costs; 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    reached = []
    with scratch_database():
        one = Shop("one", [])
        for name, others in campaigns().items():
            many = Shop(f"many-{len(reached)}", others)
            single = measure(
                f"one by one, {name}",
                rounds=options.rounds * 8,
                work=PURCHASES,
                ours=many.buy_some,
                theirs=one.buy_some,
            )
            batch = measure(
                f"in batches, {name}",
                rounds=options.rounds,
                work=BATCH,
                ours=many.buy_batch,
                theirs=one.buy_batch,
            )
            reached += [report(single), report(batch)]
    return 0 if all(reached) else 1


def report(pair: Pair) -> bool:
    return pair.report_cost(target=1.25)


def campaigns() -> dict[str, list[dict[str, Any]]]:
    """The 99 others, by what they are."""
    from tests.concurrency.shop import percent_to

    items = {"conditions": [[{"kind": "loyalty.items", "params": {"skus": ["tea"]}}]]}
    kinds = [*OTHERS.values(), items]
    fixed = {"kind": "loyalty.fixed", "value": "10"}

    def make(number: int, change: dict[str, Any]) -> dict[str, Any]:
        made = percent_to("card") | change | {"key": f"other-{number}"}
        return made | {"actions": [made["actions"][0] | {"amount": fixed}]}

    made = {name: [make(number, change) for number in range(99)] for name, change in OTHERS.items()}
    return made | {MIXED: [make(number, kinds[number % 3]) for number in range(99)]}


class Shop:
    """A program with one campaign that rewards each purchase, and others that do not."""

    def __init__(self, slug: str, others: list[dict[str, Any]]) -> None:
        from tests.concurrency.shop import hand_out_cards, open_shop, percent_to

        self.program = open_shop(slug, percent_to("card"), *others)
        self.cards = hand_out_cards(self.program, count=CARDS)
        self.next = 0

    def buy_some(self, _round: int) -> None:
        from loyalty.services.purchases import record_purchase

        for card, key in self._orders(PURCHASES):
            record_purchase(card=card, external_id=key, total="100.00", occurred_at=AT, program=self.program)

    def buy_batch(self, _round: int) -> None:
        from loyalty.processing.inbox import NewEvent, write_events
        from loyalty.processing.process import process_pending

        events = [
            NewEvent("shop", "loyalty.purchase", key, card.pk, AT, {"total": "100.00"})
            for card, key in self._orders(BATCH)
        ]
        write_events(program=self.program, items=events)
        assert process_pending(program=self.program, batch_size=BATCH) == BATCH

    def _orders(self, count: int) -> list[tuple[Any, str]]:
        self.next += count
        return [(self.cards[n * 7 % CARDS], f"o{n}") for n in range(self.next - count, self.next)]


if __name__ == "__main__":
    sys.exit(main())
