"""`manage.py loyalty_groups`: ready-made groups of staff."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from loyalty.services import make_groups
from loyalty.services.groups import GROUPS, permissions_of


class Command(BaseCommand):
    """Safe to run again: it restores what the groups are meant to have."""

    help = (
        "Makes the groups Loyalty marketer, support, accountant, auditor and till, or gives them again exactly what they "
        "are meant to have. Members stay; they need the staff status to enter the admin."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--list", action="store_true", help="print what each may do, and change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["list"]:
            for name in GROUPS:
                self.stdout.write(name)
                for permission in sorted(permissions_of(name)):
                    self.stdout.write(f"  {permission}")
            return
        try:
            made = make_groups()
        except ValueError as error:
            raise CommandError(str(error)) from error
        for name, count in made.items():
            self.stdout.write(f"{name}: {count} permissions")
