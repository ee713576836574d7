"""`manage.py demo`: from nothing to a shop with members, and a short statement of an imported history."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from example_project.demo.history import TODAY, import_history
from example_project.demo.people import MEMBERS, STAFF, create_users
from example_project.demo.today import DAYS, fill_shop
from example_project.settings import DEMO_DATABASE
from example_project.shop.models import Order
from example_project.statement import print_statement
from example_project.terminal import Terminal
from loyalty.models import Card, Program
from loyalty.services import make_groups

PAGES = (
    ("The shop", ""),
    ("My card", "club/"),
    ("Invite friends", "club/friends/invite/"),
    ("My friends", "club/friends/"),
    ("The API", "api/docs/"),
    ("The admin", "admin/"),
)


class Command(BaseCommand):
    """Begins with a fresh SQLite file each time; another database must be empty."""

    help = "Fills the example shop with members and orders, and imports a real history beside it."

    # The database that they would look at is made first.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--address", default="127.0.0.1:8000", help="where the shop will be served")

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        terminal = Terminal(self.stdout._out)
        is_own = self._prepare_database()
        terminal.heading("Importing real purchases, 1997 and 1998")
        history = import_history(terminal, self.stderr._out)
        print_statement(terminal, program=history, at=TODAY)
        terminal.heading(f"A shop of today, and its last {DAYS} days")
        make_groups()
        shop = fill_shop(create_users(with_passwords=is_own))
        members = Card.objects.filter(program=shop).count()
        terminal.say(f"{shop.name}: {members} members, {Order.objects.count()} orders.")
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

    def _say_how_to_look(self, terminal: Terminal, is_own: bool, address: str) -> None:
        terminal.table(
            ["page", "address"], [(name, f"http://{address}/{path}") for name, path in PAGES], words=2
        )
        terminal.say()
        if is_own:
            rows = [(login.name, login.name, login.does) for login in (*MEMBERS, *STAFF)]
            terminal.table(["sign in as", "password", "who is that"], rows, words=3)
        else:
            terminal.say("Nobody can sign in yet: python manage.py changepassword admin, marketer, anna ...")
        terminal.say()
        terminal.say(f"To serve it: python manage.py runserver {address}")
        terminal.say(
            "To try out other campaigns on the history: edit example_project/data/campaigns.yaml, then"
        )
        terminal.say("             python manage.py loyalty_backtest example_project/data/campaigns.yaml")
