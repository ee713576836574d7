"""The same work among 10^3, 10^4 and 10^5 cards with ten entries each: p50 of an event, of screens and pages, of a count.

`python -m tests.benchmarks.sizes [--largest 5] [--samples 60]`; `--largest 6` takes minutes to fill. Each size is a database
of its own, and they are sampled in turns: what else the machine does slows all of them down.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from statistics import median
from typing import Any

from tests.benchmarks.measuring import scratch_database

AT = datetime(2025, 3, 1, 12, tzinfo=UTC)
ENTRIES, CHAMPIONS = 10, 50
TARGET = 1.5


def main() -> int:
    """Print p50 and statements at each size; 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--largest", type=int, default=5, choices=range(4, 7), help="10^5 cards")
    parser.add_argument("--samples", type=int, default=60)
    options = parser.parse_args()
    powers = range(3, options.largest + 1)
    with scratch_database(), contextlib.ExitStack() as copies:
        club = Club()
        sizes = {}
        for power in powers:
            club.grow_to(10**power)
            sizes[power] = Size(10**power, copies, is_last=power == options.largest)
        works = {
            "event": club.buy,
            "home screen": club.look,
            "statement": club.read,
            "card page": club.open_page,
            "audience count": club.count,
        }
        reached = [compare(name, work, club, sizes, options.samples) for name, work in works.items()]
    return 0 if all(reached) else 1


def compare(name: str, work: Callable[[], object], club: Club, sizes: dict[int, Size], samples: int) -> bool:
    """Sample one piece of work in turns, print a line for each size; answers whether the targets are reached."""
    from tests.performance.counting import counted

    times: dict[int, list[float]] = {power: [] for power in sizes}
    statements = {}
    for number in range(-5, samples):
        for power, size in sizes.items():
            club.cards = size.enter()
            with counted() if number == -1 else contextlib.nullcontext() as seen:
                started = time.perf_counter()
                work()
                took = time.perf_counter() - started
            if number == -1:
                statements[power] = len(seen)
            if number >= 0:
                times[power].append(took)
    reached = True
    for power, found in times.items():
        ratio = median(found) / median(times[3])
        good = ratio <= TARGET and statements[power] == statements[3]
        reached = reached and good
        print(
            f"10^{power} cards  {name:<16} p50 {median(found) * 1000:>6.2f} ms   {ratio:.2f} times that of 10^3, "
            f"target at most {TARGET}; {statements[power]} statements: {'reached' if good else 'MISSED'}",
            flush=True,
        )
    return reached


class Size:
    """A database as it is now: a copy of it, except for the last one, which nothing is added to."""

    def __init__(self, cards: int, copies: contextlib.ExitStack, *, is_last: bool) -> None:
        from django.db import connection, connections

        self.cards = cards
        self.wrapper = connections["default"]
        if not is_last:
            source, name = self.wrapper.settings_dict["NAME"], f"sizes_{os.getpid()}_{cards}"
            connection.close()
            with self.wrapper._nodb_cursor() as cursor:
                cursor.execute(f"CREATE DATABASE {name} TEMPLATE {source}")
            copies.callback(self._drop, self.wrapper, name)
            settings = self.wrapper.settings_dict | {"NAME": name}
            self.wrapper = type(self.wrapper)(settings, alias="default")
        copies.callback(self.wrapper.close)

    def enter(self) -> int:
        """Work on this size from here on; answers how many cards there are."""
        from django.db import connections

        connections["default"] = self.wrapper
        return self.cards

    @staticmethod
    def _drop(original: Any, name: str) -> None:
        from django.db import connections

        connections["default"] = original
        with original._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


class Club:
    """One program that grows: cards are copies of a first one that the services made."""

    def __init__(self) -> None:
        from django.contrib.auth import get_user_model
        from django.test import Client

        from loyalty.models import Card, CardNumber, LedgerEntry
        from loyalty.services.points import adjust_balance
        from referrals.models import ReferrerStats
        from tests.concurrency.shop import hand_out_cards, open_shop, percent_to

        self.program = open_shop("sizes", percent_to("card"))
        (first,) = hand_out_cards(self.program, count=1)
        adjust_balance(card=first, amount=10, reason="Copied", at=AT, allow_past=True)
        CardNumber.objects.create(program=self.program, card=first, number="N0", issued_at=AT)
        ReferrerStats.objects.create(card=first, registered=5, qualified=5)
        self.first = Card.objects.get(pk=first.pk)
        self.entry = LedgerEntry.objects.select_related("wallet", "event").get()
        self.dice, self.cards, self.next, self.grown = Random(1), 1, 0, 0
        self.browser = Client()
        self.browser.force_login(get_user_model().objects.create_superuser("boss"))

    def grow_to(self, cards: int) -> None:
        """Copy the first card's rows in bulk; foreign keys are not checked meanwhile, for they are copies too."""
        from django.db import connection

        from loyalty.models import Card, CardNumber, CardQueue, Event, LedgerEntry, Lot, Wallet
        from referrals.models import ReferrerStats

        wallet, event, lot = self.entry.wallet_id, self.entry.event_id, Lot.objects.order_by("pk").first()
        assert lot is not None
        entry_pk, lot_pk = self.entry.pk, lot.pk
        card = self.first.pk
        # Far above what the sequences gave out meanwhile.
        self.grown += 1
        here = f"{self.grown * 10_000_000} + g"
        keys, each = {"id": here}, f"{self.grown * 100_000_000} + g * {ENTRIES} + k"
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            copy(cursor, Card, card, {"id": here, "external_id": "'c' || g"}, self.cards, cards)
            copy(cursor, CardQueue, card, {"card_id": here}, self.cards, cards)
            number = CardNumber.objects.get(number="N0").pk
            copy(
                cursor,
                CardNumber,
                number,
                keys | {"card_id": here, "number": "'N' || g"},
                self.cards,
                cards,
            )
            copy(cursor, Event, event, keys | {"card_id": here, "key": "'e' || g"}, self.cards, cards)
            funds = {"card_id": here, "available": str(10 * ENTRIES)}
            copy(cursor, Wallet, wallet, keys | funds, self.cards, cards)
            rows = {"id": each, "wallet_id": here}
            copy(cursor, Lot, lot_pk, rows, self.cards, cards, times=ENTRIES)
            copy(
                cursor,
                LedgerEntry,
                entry_pk,
                rows | {"event_id": here},
                self.cards,
                cards,
                times=ENTRIES,
            )
            few = {
                "card_id": here,
                "registered": "5",
                "qualified": f"CASE WHEN g <= {CHAMPIONS} THEN 5 ELSE 1 END",
            }
            stats = ReferrerStats.objects.get(card_id=card)
            copy(
                cursor,
                ReferrerStats,
                stats.pk,
                few,
                self.cards,
                cards,
                every=10 if self.cards > CHAMPIONS else 1,
            )
            for model in (Card, CardNumber, Event, Wallet, Lot, LedgerEntry):
                table = model._meta.db_table
                cursor.execute(
                    f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"
                )
            cursor.execute("SET session_replication_role = DEFAULT")
            cursor.execute("VACUUM ANALYZE")
        self.cards = cards
        assert LedgerEntry.objects.filter(wallet__card__external_id=f"c{cards - 1}").count() == ENTRIES

    def buy(self) -> None:
        """One purchase, told by the number and processed."""
        from loyalty.services.purchases import record_purchase

        self.next += 1
        record_purchase(
            card=f"N{self._anybody()}",
            external_id=f"{self.cards}-{self.next}",
            total="100.00",
            occurred_at=AT,
            program=self.program,
        )

    def look(self) -> None:
        """A member's home screen."""
        from loyalty.selectors import home_screen

        (wallet,) = home_screen(self._find()).wallets
        assert wallet.balance.available >= 10 * ENTRIES

    def open_page(self) -> None:
        """The page of a card in the admin, rendered."""
        answer = self.browser.get(f"/admin/loyalty/card/{self._find().pk}/change/")
        assert answer.status_code == 200

    def read(self) -> None:
        """Balances, and the first page of the statement."""
        from loyalty.selectors import get_balances, get_statement

        card = self._find()
        assert get_balances(card)["points"].available >= 10 * ENTRIES
        assert len(get_statement(card, currency="points", limit=20).lines) >= ENTRIES

    def count(self) -> None:
        """How many cards a campaign about five or more qualified friends would reach."""
        from loyalty.models import Card
        from loyalty.processing.campaigns import load_program_rules
        from loyalty.rules.base import Asking
        from loyalty.rules.params import clean_settings
        from loyalty.rules.registry import conditions

        rule = conditions.get("referrals.referred_clients")
        params = {"match": "at_least", "count": 5, "stage": "qualified"}
        found = rule.audience(
            clean_settings(rule.Params, params).values, Asking(load_program_rules(self.program), AT)
        )
        assert found is not None
        counted = Card.objects.filter(found, program=self.program).count()
        assert counted == CHAMPIONS + 1

    def _find(self) -> Any:
        from loyalty.selectors import find_card

        return find_card(program=self.program, number=f"N{self._anybody()}")

    def _anybody(self) -> int:
        return self.dice.randrange(1, self.cards)


def copy(
    cursor: Any,
    model: Any,
    pk: int,
    changed: dict[str, str],
    after: int,
    until: int,
    *,
    times: int = 1,
    every: int = 1,
) -> None:
    """Copy one row as g from `after` to `until`, `times` each (k); `changed` are columns and what they become."""
    columns = [field.column for field in model._meta.concrete_fields]
    values = ", ".join(changed.get(column, f"o.{column}") for column in columns)
    cursor.execute(
        f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) SELECT {values} FROM {model._meta.db_table} o, "
        f"generate_series(%s::bigint, %s::bigint, %s) g, generate_series(1, %s::bigint) k "
        f"WHERE o.{model._meta.pk.column} = %s",
        [after, until - 1, every, times, pk],
    )


if __name__ == "__main__":
    sys.exit(main())
