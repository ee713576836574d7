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
from loyalty.management.console import draw_table, escape_formula, noting_interrupts, progress_bar
from loyalty.periods import format_instant, parse_instant
from loyalty.services.backtests import (
    Backtest,
    BacktestBalance,
    BacktestCampaign,
    BacktestReward,
    run_backtest,
)

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
        parser.add_argument("--from", dest="since", type=instant, help="report rewards from then on")
        parser.add_argument("--to", dest="until", type=instant, help="leave out what happened later")
        parser.add_argument("--format", choices=["table", "json", "csv"], default="table")
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
            raise CommandError(_partial(result), returncode=_INTERRUPTED)

    def _run(self, file: str | None, options: dict[str, Any]) -> Backtest:
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
            cells = zip(head, _cells(row), strict=True)
            out.writerow([cell if name in _AMOUNTS else escape_formula(cell) for name, cell in cells])

    def _write_json(self, result: Backtest, rewards: bool) -> None:
        content = {
            "format": _FORMAT,
            "program": result.program.slug,
            "partial": result.stopped,
            "events": result.events,
            "events_in_all": result.total,
            "since": result.since,
            "at": result.at,
            "campaigns": [asdict(row) for row in result.campaigns],
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
            self.stdout.write(self.style.WARNING(_partial(result)) + "\n")
        if rewards:
            head = [field.name for field in fields(BacktestReward)]
            self.stdout.write(
                draw_table(head=head, rows=[_cells(row) for row in result.rewards], left=6) + "\n"
            )
        else:
            head = [field.name for field in fields(BacktestBalance)]
            self.stdout.write(
                draw_table(head=head, rows=[_cells(row) for row in result.balances], left=2) + "\n"
            )
        head = [field.name for field in fields(BacktestCampaign)]
        self.stdout.write(
            draw_table(head=head, rows=[_cells(row) for row in result.campaigns], left=2) + "\n"
        )
        for line in _notes(result):
            self.stdout.write(line)


def _cells(row: Any) -> list[str]:
    """A row as texts; the parts of an event's name stand together."""
    return [_cell(value) for value in astuple(row)]


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return format_instant(value)
    if isinstance(value, tuple):
        return "/".join(value)
    return "" if value is None else str(value)


def _notes(result: Backtest) -> list[str]:
    notes = [
        _("%(events)d events of %(program)s, balances as of %(at)s. Nothing was written.")
        % {"events": result.events, "program": result.program.slug, "at": format_instant(result.at)}
    ]
    notes += [
        _("refused: %(code)s, %(times)d times") % {"code": code, "times": times}
        for code, times in result.refused.items()
    ]
    if result.missing:
        notes.append(_("refunds that found no purchase: %(count)d") % {"count": result.missing})
    if result.waiting:
        notes.append(_("left out, since they are not processed yet: %(count)d") % {"count": result.waiting})
    notes += [_("taken as of today: %(what)s") % {"what": what} for what in result.as_of_today]
    return notes


def _partial(result: Backtest) -> str:
    return _("PARTIAL: stopped after %(events)d of %(total)d events.") % {
        "events": result.events,
        "total": result.total,
    }


def _describe(refusal: LoyaltyError, file: str | None) -> str:
    """The refusal, and each mistake of a campaign file with its place."""
    details = refusal.details if isinstance(refusal.details, list) else []
    places = [f"{file}:{one.get('line', '-')}: {one['path']}: {one['message']}" for one in details]
    return "\n".join([str(refusal), *places])
