"""`manage.py loyalty_balances`: what every card has."""

from __future__ import annotations

import csv
import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from loyalty.exceptions import LoyaltyError
from loyalty.periods import parse_instant
from loyalty.selectors import all_balances, get_program

_COLUMNS = ("external_id", "currency", "balance")
_Row = tuple[str, str, str]
# A spreadsheet takes a cell that begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")


class Command(BaseCommand):
    """The balance is available, pending and held less debt, settled up to the moment."""

    help = (
        "Prints the balance of every card in every currency, zeros included, by the host's key of the card; a card "
        "without one stands under its number."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--program", help="slug of the program; may be left out where there is only one")
        parser.add_argument("--at", type=_moment, help="as of when, e.g. 2026-12-01T00:00:00Z (default: now)")
        parser.add_argument("--format", choices=["csv", "table", "json"], default="csv")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            program = get_program(options["program"])
        except LoyaltyError as error:
            raise CommandError(str(error)) from error
        rows = _read_rows(program.slug, options["at"])
        try:
            {"csv": self._write_csv, "table": self._write_table, "json": self._write_json}[options["format"]](
                rows
            )
        except BrokenPipeError:
            # Whoever reads has seen enough.
            sys.stderr.close()

    def _write_csv(self, rows: Iterator[_Row]) -> None:
        writer = csv.writer(self.stdout, lineterminator="\n")
        writer.writerow(_COLUMNS)
        for key, currency, balance in rows:
            writer.writerow([f"'{key}" if key.startswith(_FORMULA) else key, currency, balance])

    def _write_table(self, rows: Iterator[_Row]) -> None:
        self.stdout.write(f"{_COLUMNS[0]:<24} {_COLUMNS[1]:<12} {_COLUMNS[2]:>16}")
        for key, currency, balance in rows:
            self.stdout.write(f"{key:<24} {currency:<12} {balance:>16}")

    def _write_json(self, rows: Iterator[_Row]) -> None:
        before = "["
        for row in rows:
            self.stdout.write(before + json.dumps(dict(zip(_COLUMNS, row, strict=True))), ending="")
            before = ",\n"
        self.stdout.write("]" if before == ",\n" else "[]")


def _read_rows(program: str, at: datetime | None) -> Iterator[_Row]:
    for card in all_balances(program=program, at=at, by_external_id=True):
        for currency, balance in sorted(card.balances.items()):
            yield card.external_id or card.number, currency, balance.as_text()["balance"]


def _moment(text: str) -> datetime:
    return parse_instant(text)
