"""`manage.py loyalty_backtest`: what other campaigns would have given on the stored history. Writes nothing."""

from __future__ import annotations

import csv
import json
from argparse import ArgumentParser, ArgumentTypeError
from dataclasses import asdict, astuple, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from loyalty.exceptions import LoyaltyError
from loyalty.management.backtest_tables import cell, describe_partial, draw_backtest, list_notes
from loyalty.management.console import escape_formula, noting_interrupts, progress_bar
from loyalty.models import Campaign
from loyalty.periods import format_instant, parse_instant
from loyalty.selectors import get_program
from loyalty.services.backtests import Backtest, BacktestBalance, BacktestReward, run_backtest

_FORMAT = "loyalty-backtest/1"
_AMOUNTS = frozenset(["balance", "base", "requested", "granted", "reversed"])  # they may begin with a minus
_INTERRUPTED = 130  # what a shell says of a program that Ctrl-C ended


def instant(text: str) -> datetime:
    """An option's moment."""
    try:
        return parse_instant(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error


class Command(BaseCommand):
    """Ctrl-C stops it: what it has by then is printed and marked as partial, and the exit code is 130."""

    help = "Run the stored history through the campaigns of a file, or through those published now."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "file", nargs="?", help="campaign file (YAML or JSON); default: what is published"
        )
        parser.add_argument("--program", help="slug; default: the file's, or the only one")
        parser.add_argument(
            "--draft",
            action="append",
            default=[],
            metavar="KEY",
            help="let the draft of this campaign decide as if it always had; may be given several times",
        )
        parser.add_argument("--from", dest="since", type=instant, help="report rewards from then on")
        parser.add_argument("--to", dest="until", type=instant, help="leave out what happened later")
        parser.add_argument("--format", choices=["table", "json", "csv"], default="table")
        parser.add_argument(
            "--json", action="store_const", const="json", dest="format", help="the same as --format json"
        )
        parser.add_argument(
            "--rewards", action="store_true", help="print each reward (csv: instead of balances)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        file = options["file"]
        try:
            result = self._run(file, options)
        except LoyaltyError as refusal:
            raise CommandError(_describe(refusal, file)) from refusal
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(str(error)) from error
        write = {"table": self._write_table, "json": self._write_json, "csv": self._write_csv}
        write[options["format"]](result, options["rewards"])
        if result.stopped:
            raise CommandError(describe_partial(result), returncode=_INTERRUPTED)

    def _drafts(self, options: dict[str, Any]) -> list[Campaign]:
        keys = list(dict.fromkeys(options["draft"]))
        if not keys:
            return []
        found = Campaign.objects.filter(
            program=get_program(options["program"]), archived_at=None, key__in=keys
        )
        drafts = {one.key: one for one in found.select_related("program")}
        if missing := [key for key in keys if key not in drafts]:
            text = _("There is no campaign “%(key)s” that is not archived. Check the key.")
            raise CommandError(text % {"key": missing[0]})
        return [drafts[key] for key in keys]

    def _run(self, file: str | None, options: dict[str, Any]) -> Backtest:
        drafts = self._drafts(options)
        with (
            noting_interrupts() as is_pressed,
            progress_bar(stream=self.stderr, description=_("Events")) as show,
        ):

            def progress(done: int, total: int) -> bool:
                show(done, total)
                return not is_pressed()

            return run_backtest(
                program=options["program"],
                text=None if file is None else Path(file).read_text(encoding="utf-8"),
                kind="json" if file is not None and file.endswith(".json") else None,
                drafts=drafts,
                since=options["since"],
                until=options["until"],
                progress=progress,
            )

    def _write_csv(self, result: Backtest, rewards: bool) -> None:
        rows: list[Any] = result.rewards if rewards else result.balances
        head = [field.name for field in fields(BacktestReward if rewards else BacktestBalance)]
        out = csv.writer(self.stdout, lineterminator="\n")
        out.writerow(head)
        for row in rows:
            cells = zip(head, map(cell, astuple(row)), strict=True)
            out.writerow([text if name in _AMOUNTS else escape_formula(text) for name, text in cells])

    def _write_json(self, result: Backtest, rewards: bool) -> None:
        content = {
            "format": _FORMAT,
            "program": result.program.slug,
            "partial": result.stopped,
            "events": result.events,
            "events_in_all": result.total,
            "since": result.since,
            "at": result.at,
            "members": result.members,
            "revenue": result.revenue,
            "cost": result.cost,
            "percent": result.percent,
            "without_worth": result.without_worth,
            "campaigns": [asdict(row) for row in result.campaigns],
            "weeks": [asdict(row) for row in result.weeks],
            "dearest": [asdict(row) for row in result.dearest],
            "refused": result.refused,
            "missing": result.missing,
            "waiting": result.waiting,
            "as_of_today": result.as_of_today,
            "balances": [asdict(row) for row in result.balances],
        }
        if rewards:
            content["rewards"] = [asdict(row) for row in result.rewards]
        self.stdout.write(json.dumps(content, indent=1, ensure_ascii=False, default=format_instant))

    def _write_table(self, result: Backtest, rewards: bool) -> None:
        if result.stopped:
            self.stdout.write(self.style.WARNING(describe_partial(result)) + "\n")
        for table in draw_backtest(result, rewards=rewards):
            self.stdout.write(table + "\n")
        for line in list_notes(result):
            self.stdout.write(line)


def _describe(refusal: LoyaltyError, file: str | None) -> str:
    """The refusal, and each mistake of a campaign file with its place."""
    details = refusal.details if isinstance(refusal.details, list) else []
    places = [f"{file or '-'}:{one.get('line', '-')}: {one['path']}: {one['message']}" for one in details]
    return "\n".join([str(refusal), *places])
