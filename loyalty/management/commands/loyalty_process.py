"""`manage.py loyalty_process`: drains the inbox, without any broker."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from loyalty.conf import loyalty_settings
from loyalty.exceptions import LoyaltyError
from loyalty.management.console import noting_interrupts
from loyalty.management.draining import IsStopped, drain, follow, say_what_waits
from loyalty.management.workers import drain_with_workers
from loyalty.models import Program
from loyalty.selectors import get_program


class Command(BaseCommand):
    """Stopped at any point, even killed, it leaves whole batches behind."""

    help = (
        "Processes the events that wait in the inbox, until nothing waits; with --follow it goes on waiting for new "
        "ones. Any number may run at once, on any machines."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--program", help="slug of a program (default: all)")
        parser.add_argument(
            "--batch", type=int, help='events in a transaction (default: LOYALTY["BATCH_SIZE"])'
        )
        parser.add_argument("--limit", type=int, help="stop after so many events")
        parser.add_argument("--workers", type=int, default=1, help="so many processes (default: %(default)s)")
        parser.add_argument("--follow", action="store_true", help="keep running")
        parser.add_argument(
            "--interval",
            type=float,
            default=1.0,
            help="seconds between two looks, with --follow (default: %(default)s)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        batch = loyalty_settings.BATCH_SIZE if options["batch"] is None else options["batch"]
        if not 1 <= batch <= 5_000:
            raise CommandError(_("--batch is a number from 1 to 5000."))
        if not 1 <= options["workers"] <= 64:
            raise CommandError(_("--workers is a number from 1 to 64."))
        if options["limit"] is not None and (
            options["limit"] < 1 or options["workers"] > 1 or options["follow"]
        ):
            raise CommandError(
                _("--limit is a number above 0, and goes neither with --workers nor with --follow.")
            )
        if not 0.05 <= options["interval"] <= 3600:
            raise CommandError(_("--interval is a number from 0.05 to 3600."))
        try:
            program = get_program(options["program"]) if options["program"] else None
        except LoyaltyError as error:
            raise CommandError(str(error)) from error
        with noting_interrupts() as is_interrupted:
            self._run(program, batch, options, is_interrupted)
        if not options["follow"]:
            say_what_waits(program=program, stdout=self.stdout)

    def _run(
        self, program: Program | None, batch: int, options: dict[str, Any], is_interrupted: IsStopped
    ) -> None:
        interval = options["interval"] if options["follow"] else None
        if options["workers"] > 1:
            drain_with_workers(
                program=program,
                batch=batch,
                workers=options["workers"],
                interval=interval,
                is_stopped=is_interrupted,
                stdout=self.stdout,
                stderr=self.stderr,
            )
        elif interval is not None:
            follow(
                program=program,
                batch=batch,
                interval=interval,
                is_stopped=is_interrupted,
                stdout=self.stdout,
            )
        else:
            drain(
                program=program,
                batch=batch,
                limit=options["limit"],
                is_stopped=is_interrupted,
                stdout=self.stdout,
                stderr=self.stderr,
            )
