"""`manage.py loyalty_sweep`: what a scheduler runs, every few minutes, hourly at least."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from loyalty.services import relay_outbox, sweep


class Command(BaseCommand):
    """It is the clock of scheduled campaigns; two at once do no harm."""

    help = (
        "Posts what matured, expired or ended in cards that nobody touched, announces points that expire soon, runs "
        "scheduled campaigns, empties traces that are too old to be kept, and sends what is left in the outbox."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        swept = sweep()
        sent = relay_outbox()
        done = {
            "settled": swept.settled,
            "announced": swept.announced,
            "woken": swept.woken,
            "scheduled": swept.scheduled,
            "traces": swept.traces,
            "sent": sent,
        }
        text = _(
            "%(settled)s cards settled, %(announced)s notices of expiring points, %(woken)s refunds found their "
            "purchase, %(scheduled)s events of scheduled campaigns, %(traces)s old traces emptied, %(sent)s messages sent"
        )
        self.stdout.write(text % {name: f"{count:,}" for name, count in done.items()})
