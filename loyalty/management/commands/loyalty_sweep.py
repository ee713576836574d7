"""`manage.py loyalty_sweep`: what a scheduler runs, every few minutes to once a day."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from loyalty.services import relay_outbox, sweep


class Command(BaseCommand):
    """No balance depends on it; two at once do no harm."""

    help = (
        "Posts what matured, expired or ended in cards that nobody touched, announces points that expire soon, and "
        "sends what is left in the outbox."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        swept = sweep()
        sent = relay_outbox()
        self.stdout.write(
            f"{swept.settled:,} cards settled, {swept.announced:,} notices of expiring points, "
            f"{swept.woken:,} refunds found their purchase, {sent:,} messages sent"
        )
