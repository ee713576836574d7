"""`manage.py loyalty_import`: files of purchases, refunds, spends, referrals and events."""

from __future__ import annotations

import time
from argparse import ArgumentParser, BooleanOptionalAction
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from loyalty.conf import loyalty_settings
from loyalty.exceptions import LoyaltyError
from loyalty.imports.checkpoint import Checkpoint, CheckpointUnfit
from loyalty.imports.csv_rows import CsvRows, HeaderInvalid
from loyalty.imports.json_lines import JsonLines
from loyalty.imports.lines import ImportContext
from loyalty.imports.raw import FileFormat
from loyalty.imports.registry import line_kinds
from loyalty.imports.rejects import Rejects
from loyalty.imports.run import Totals, default_rejects, import_file
from loyalty.management.console import noting_interrupts, progress_bar
from loyalty.management.draining import drain, say_what_waits
from loyalty.processing.campaigns import load_program_rules
from loyalty.processing.process import process_pending
from loyalty.selectors.programs import get_program
from loyalty.services.fields import clean_source
from loyalty.services.parked import wake_parked


class Command(BaseCommand):
    """Every line becomes an event in the inbox, a chunk in a transaction; then the inbox is processed."""

    help = (
        "Imports JSON Lines or CSV. Run twice it changes nothing. Bad lines go to a file of rejects, the rest goes "
        "in. Interrupted, it goes on with --resume."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--program", help="slug of the program; may be left out where there is only one")
        parser.add_argument(
            "--source", help='name of the shop that counts the ids (default: LOYALTY["PURCHASE_SOURCE"])'
        )
        parser.add_argument(
            "--format", choices=["jsonl", "csv"], help="default: csv for names ending in .csv"
        )
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="FIELD=COLUMN",
            help="the field stands in the file under this name, e.g. --map total=Amount",
        )
        parser.add_argument("--delimiter", default=",", help="of CSV; \\t is a tab (default: %(default)s)")
        parser.add_argument(
            "--kind", default="", help="what lines without a type are, e.g. purchase or refund"
        )
        parser.add_argument("--rejects", type=Path, help="default: FILE.rejects.jsonl")
        parser.add_argument(
            "--batch", type=int, default=1_000, help="lines in a transaction (default: %(default)s)"
        )
        parser.add_argument(
            "--enrol",
            action=BooleanOptionalAction,
            default=True,
            help="enrol a card for each customer who has none; without it such lines are rejected",
        )
        parser.add_argument(
            "--no-process", action="store_true", help="leave the events in the inbox for loyalty_process"
        )
        parser.add_argument("--resume", action="store_true", help="go on where an interrupted import stopped")
        parser.add_argument("--strict", action="store_true", help="exit with 1 when a line was rejected")

    def handle(self, *args: Any, **options: Any) -> None:
        context = self._read_context(options)
        rejected = 0
        for number, path in enumerate(options["files"]):
            rejected += self._import(context, path, options, is_first=number == 0).rejected
        if options["no_process"] or loyalty_settings.PROCESSING == "deferred":
            self.stdout.write(_("The events wait in the inbox for `manage.py loyalty_process`."))
        else:
            with noting_interrupts() as is_interrupted:
                drain(
                    program=context.program,
                    batch=options["batch"],
                    is_stopped=is_interrupted,
                    stdout=self.stdout,
                    stderr=self.stderr,
                )
            # Refunds that were written while nobody could know yet whose they are.
            if wake_parked():
                process_pending(program=context.program, batch_size=options["batch"])
            say_what_waits(program=context.program, stdout=self.stdout)
        if rejected and options["strict"]:
            raise CommandError(_("%(count)d lines were rejected.") % {"count": rejected})

    def _read_context(self, options: dict[str, Any]) -> ImportContext:
        if not 1 <= options["batch"] <= 5_000:
            raise CommandError(_("--batch is a number from 1 to 5000."))
        if options["kind"] and options["kind"] not in line_kinds:
            known = ", ".join(sorted(kind.name for kind in line_kinds))
            raise CommandError(_("--kind is one of %(kinds)s.") % {"kinds": known})
        if options["rejects"] in options["files"]:
            raise CommandError(_("--rejects names a file that is to be imported."))
        try:
            program = get_program(options["program"])
            source = clean_source(options["source"] or loyalty_settings.PURCHASE_SOURCE)
        except LoyaltyError as error:
            raise CommandError(str(error)) from error
        return ImportContext(program, load_program_rules(program), source, options["enrol"])

    def _import(
        self, context: ImportContext, path: Path, options: dict[str, Any], *, is_first: bool
    ) -> Totals:
        file_format = _choose_format(path, options)
        context = ImportContext(
            context.program, context.rules, context.source, context.enrol, file_format.is_tabular
        )
        target = f"program {context.program.slug}, source {context.source}, kind {options['kind'] or 'any'}"
        checkpoint = Checkpoint.beside(path, target=target)
        started = time.monotonic()
        try:
            with path.open("rb") as stream:
                size = path.stat().st_size
                self._prepare(stream, file_format, checkpoint, resume=options["resume"])
                append = options["resume"] or (options["rejects"] is not None and not is_first)
                rejects = Rejects(
                    options["rejects"] or default_rejects(path), source=path.name, append=append
                )
                with (
                    rejects,
                    progress_bar(stream=self.stderr, description=path.name) as update,
                ):
                    totals = import_file(
                        context,
                        stream,
                        file_format=file_format,
                        checkpoint=checkpoint,
                        rejects=rejects,
                        default_kind=options["kind"],
                        batch=options["batch"],
                        watch=lambda totals: update(totals.offset, size),
                    )
        except KeyboardInterrupt:
            raise CommandError(
                _("Interrupted after line %(line)d of %(file)s. Go on with --resume.")
                % {"line": checkpoint.number, "file": path.name},
                returncode=130,
            ) from None
        except OSError as error:
            raise CommandError(f"{error.filename or path}: {error.strerror}") from error
        except (HeaderInvalid, CheckpointUnfit) as error:
            raise CommandError(f"{path}: {error}") from error
        self._report(path, totals, time.monotonic() - started, rejects)
        return totals

    def _prepare(self, stream: Any, file_format: FileFormat, checkpoint: Checkpoint, *, resume: bool) -> None:
        if isinstance(file_format, CsvRows):
            names, _behind = file_format.read_header(stream)
            known = {name for kind in line_kinds for name in kind.fields} | {"type"}
            unused = [name for name in names if name and name not in known]
            if unused:
                self.stderr.write(_("Columns that are not used: %(names)s.") % {"names": ", ".join(unused)})
        if resume and checkpoint.load(stream):
            self.stdout.write(_("Goes on behind line %(line)s.") % {"line": f"{checkpoint.number:,}"})

    def _report(self, path: Path, totals: Totals, seconds: float, rejects: Rejects) -> None:
        counts = ("lines", "new", "known", "rejected", "enrolled")
        told = {name: f"{getattr(totals, name):,}" for name in counts}
        text = _(
            "%(file)s: %(lines)s lines: %(new)s new, %(known)s known, %(rejected)s rejected; "
            "%(enrolled)s cards enrolled (%(seconds)s s)"
        )
        self.stdout.write(text % {**told, "file": path.name, "seconds": f"{seconds:.1f}"})
        if totals.rejected:
            text = _("The rejected lines, each with its reason: %(file)s")
            self.stdout.write(text % {"file": rejects.path})


def _choose_format(path: Path, options: dict[str, Any]) -> FileFormat:
    renames = {}
    for text in options["map"]:
        ours, sign, theirs = text.partition("=")
        if not (ours and sign and theirs):
            raise CommandError(_("--map wants FIELD=COLUMN, not “%(text)s”.") % {"text": text})
        renames[ours] = theirs
    if (options["format"] or ("csv" if path.suffix.lower() == ".csv" else "jsonl")) == "jsonl":
        return JsonLines(renames=renames)
    delimiter = options["delimiter"].replace("\\t", "\t")
    if len(delimiter) != 1:
        raise CommandError(_("--delimiter is one character."))
    return CsvRows(renames=renames, delimiter=delimiter)
