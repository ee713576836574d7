"""A backtest against the live batch: events replayed a second by events processed a second, on the same history.

`python -m tests.benchmarks.backtest_speed [--rounds 5] [--events 4000] [--profile]`
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.benchmarks.measuring import Pair, scratch_database

BATCH = 1_000
CARDS = 2_000
AT = datetime(2025, 1, 1, 12, tzinfo=UTC)
MONTHLY = {"per": "recipient", "measure": "amount", "max": "100000", "period": "month"}


def main() -> int:
    """Print the ratio; 1 when the target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--events", type=int, default=4_000, help="of a round")
    parser.add_argument("--profile", action="store_true", help="where the last backtest spent its time")
    options = parser.parse_args()
    with scratch_database():
        bench = Bench()
        bench.tell_the_tree()
        bench.live(BATCH)
        bench.backtest()
        pair = Pair(f"a backtest, rounds of {options.events:,} events", [], [])
        for number in range(options.rounds):
            pair.theirs.append(bench.live(options.events))
            pair.ours.append(bench.backtest())
            print(
                f"round {number + 1} of {options.rounds}: live {pair.theirs[-1]:,.0f}/s, "
                f"replayed {pair.ours[-1]:,.0f}/s of {bench.told:,} events",
                flush=True,
            )
        if options.profile:
            with cProfile.Profile() as profile:
                bench.backtest()
            pstats.Stats(profile).sort_stats("tottime").print_stats(40)
        bench.compare()
    return 0 if pair.report(target=1.0) else 1


class Bench:
    """A shop whose members bring friends, and four campaigns, one of which counts friends.

    Of ten events eight are purchases, one is a refund and one a spend.
    """

    def __init__(self) -> None:
        from tests.concurrency.shop import hand_out_cards, open_shop, percent_to

        self.program = open_shop(
            "backtest",
            percent_to("card"),
            percent_to("parent_card", limits=[MONTHLY]),
            fixed_to("card", "loyalty.purchase", FIRST),
            fixed_to("parent_card", "referrals.referral_qualified", THIRD, on_refund="milestone"),
        )
        self.cards = hand_out_cards(self.program, count=CARDS)
        self.told = self.numbers = 0

    def tell_the_tree(self) -> None:
        """Each of the first tenth of the cards brought nine of the others."""
        from loyalty.processing.inbox import NewEvent, write_events
        from loyalty.processing.process import process_pending

        events = []
        for number in range(CARDS // 10, CARDS):
            parent = self.cards[number % (CARDS // 10)]
            payload = {"parent": parent.pk, "first": True, "link": {"method": "import"}}
            card = self.cards[number]
            events.append(NewEvent("shop", "loyalty.parent_changed", str(number), card.pk, AT, payload))
        write_events(program=self.program, items=events)
        self.told = process_pending(program=self.program, batch_size=BATCH)
        assert self.told >= len(events)

    def live(self, count: int) -> float:
        """Process the next events of the history in batches; answers how many a second."""
        from loyalty.processing.inbox import write_events
        from loyalty.processing.process import process_pending

        write_events(program=self.program, items=list(self._history(count)))
        started = time.perf_counter()
        done = process_pending(program=self.program, batch_size=BATCH)
        rate = done / (time.perf_counter() - started)
        self.told += done
        return rate

    def backtest(self) -> float:
        """Run the whole history again, with its report; answers how many events a second."""
        from loyalty.services.backtests import run_backtest

        started = time.perf_counter()
        self.result = run_backtest(program=self.program)
        rate = self.result.events / (time.perf_counter() - started)
        assert self.result.events == self.told
        return rate

    def compare(self) -> None:
        """A backtest of what is published must come to what is stored."""
        from loyalty.selectors import all_balances

        stored = [
            (card.external_id, code, balance.as_text()["balance"])
            for card in all_balances(program=self.program, at=self.result.at, by_external_id=True)
            for code, balance in card.balances.items()
        ]
        replayed = [(row.external_id, row.currency, row.balance) for row in self.result.balances]
        if stored != replayed:
            sys.exit("The backtest does not come to the stored balances.")

    def _history(self, count: int) -> Iterator[Any]:
        from loyalty.processing.inbox import NewEvent

        for number in range(self.numbers, self.numbers + count):
            at, kind = AT + timedelta(minutes=number), number % 10
            if kind < 8:
                card, total = self._card(number), f"{10 + number * 37 % 90}.{number * 13 % 100:02d}"
                yield NewEvent("shop", "loyalty.purchase", f"p{number}", card.pk, at, {"total": total})
            elif kind == 8:
                of = number - 8  # a purchase of the same ten
                payload = {"purchase": f"p{of}", "amount": "5.00"}
                yield NewEvent("shop", "loyalty.refund", f"r{number}", self._card(of).pk, at, payload)
            else:
                card = self._card(number - 9)
                payload = {"currency": "points", "amount": "1"}
                yield NewEvent("shop", "loyalty.spend", f"s{number}", card.pk, at, payload)
        self.numbers += count

    def _card(self, number: int) -> Any:
        cards: Sequence[Any] = self.cards
        return cards[number * 7 % CARDS]


FIRST = {"kind": "loyalty.purchase_number", "params": {"match": "first"}}
THIRD = {
    "kind": "referrals.referred_clients",
    "about": "parent_card",
    "params": {"match": "every", "count": 3, "stage": "qualified"},
}


def fixed_to(recipient: str, trigger: str, condition: Any, **more: str) -> dict[str, Any]:
    """A campaign: 50 points under one condition."""
    return {
        "key": f"fixed-to-{recipient.replace('_', '-')}",
        "trigger": {"kind": trigger},
        "conditions": [[condition]],
        "actions": [
            {
                "slot": "gift",
                "kind": "loyalty.credit",
                "recipient": recipient,
                "currency": "points",
                "amount": {"kind": "loyalty.fixed", "value": "50"},
                **more,
            }
        ],
    }


if __name__ == "__main__":
    sys.exit(main())
