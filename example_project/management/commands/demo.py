"""`manage.py demo`: from nothing to a program with 600 members, and a short statement of it."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from example_project.settings import DEMO_DATABASE
from example_project.statement import POINTS, print_statement
from example_project.terminal import Terminal
from loyalty.models import Card, Program, Purchase
from loyalty.selectors import all_balances
from loyalty.services import (
    adjust_balance,
    block_card,
    hold_points,
    import_campaigns,
    process_inbox,
    record_purchase,
    record_refund,
    spend_points,
)

DATA = Path(__file__).resolve().parent.parent.parent / "data"
FILES = [DATA / "cdnow_small_tree.jsonl", DATA / "cdnow_small_refunds.jsonl"]

# The history ends on 30 June 1998; what the demo adds to it happens in the days after.
AFTER = datetime(1998, 7, 1, 15, tzinfo=UTC)
TODAY = datetime(1998, 7, 5, tzinfo=UTC)


class Command(BaseCommand):
    """Begins with a fresh SQLite file each time; another database must be empty."""

    help = "Fills the example shop with real purchases and prints a statement of its loyalty program."

    # The database that they would look at is made first.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--address", default="127.0.0.1:8000", help="where the admin will be served")

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        terminal = Terminal(self.stdout._out)
        is_own = self._prepare_database()
        terminal.heading("Importing real purchases, 1997 and 1998")
        program = self._fill(terminal)
        self._go_on(terminal, program)
        print_statement(terminal, program=program, at=TODAY)
        terminal.heading(f"Done in {time.monotonic() - started:.0f} seconds")
        self._say_how_to_look(terminal, is_own, options["address"])

    def _prepare_database(self) -> bool:
        """An empty database with all tables; answers whether it is the demo's own file, which is made anew."""
        is_own = connection.vendor == "sqlite" and Path(connection.settings_dict["NAME"]) == DEMO_DATABASE
        if is_own:
            connection.close()
            for suffix in ("", "-wal", "-shm"):
                Path(f"{DEMO_DATABASE}{suffix}").unlink(missing_ok=True)
        call_command("migrate", verbosity=0, interactive=False, stdout=self.stdout)
        if Program.objects.exists():
            raise CommandError(
                "This database holds a program already. Name an empty one in LOYALTY_DATABASE."
            )
        return is_own

    def _fill(self, terminal: Terminal) -> Program:
        """The campaigns first, so that they decide about every line of the history."""
        text = (DATA / "campaigns.yaml").read_text(encoding="utf-8")
        done = import_campaigns(text=text, kind="yaml", publish=True, allow_past=True)
        terminal.say(f"Published: {', '.join(done.published)}")
        call_command(
            "loyalty_import", *map(str, FILES), "--strict", stdout=terminal.out, stderr=self.stderr._out
        )
        return done.program

    def _go_on(self, terminal: Terminal, program: Program) -> None:
        """Members spend, return what they bought, and lose a card."""
        rich = sorted(
            all_balances(program=program, at=AFTER), key=lambda row: -row.balances[POINTS].available
        )[:40]
        cards = Card.objects.in_bulk([row.card_id for row in rich])
        spent = 0
        for number, row in enumerate(rich):
            amount = row.balances[POINTS].available * 4 // 5
            call = hold_points if number % 10 == 9 else spend_points
            call(card=cards[row.card_id], amount=amount, at=AFTER, key=f"gift-{number}", allow_past=True)
            spent += amount
        terminal.say(f"{len(rich)} members spent or set aside {spent:,} points.")

        returned = Purchase.objects.filter(card__in=list(cards), remaining__gt=0).order_by("-total")[:15]
        for purchase in returned:
            record_refund(
                purchase_id=purchase.external_id,
                external_id=f"return-{purchase.external_id}",
                occurred_at=AFTER,
                program=program,
            )
        terminal.say(f"{len(returned)} of their purchases went back; what was spent of them is owed now.")

        adjust_balance(
            card=cards[rich[0].card_id], amount=500, reason="Helped us test", at=AFTER, allow_past=True
        )
        lost = cards[rich[1].card_id]
        block_card(card=lost, reason="Reported as lost", at=AFTER)
        record_purchase(card=lost, external_id="after-the-loss", total="49.90", occurred_at=AFTER)
        process_inbox(program=program)
        terminal.say(f"The card of {lost.external_id} was blocked, and bought something all the same.")

    def _say_how_to_look(self, terminal: Terminal, is_own: bool, address: str) -> None:
        if is_own:
            get_user_model()._default_manager.create_superuser("admin", "admin@example.com", "admin")
            terminal.say(f"The admin:   http://{address}/admin/   (user admin, password admin)")
        else:
            terminal.say(f"The admin:   http://{address}/admin/   (first: python manage.py createsuperuser)")
        terminal.say(f"To serve it: python manage.py runserver {address}")
        terminal.say(
            "To try out other campaigns on this history: edit example_project/data/campaigns.yaml, then"
        )
        terminal.say("             python manage.py loyalty_backtest example_project/data/campaigns.yaml")
