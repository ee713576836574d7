"""Celery tasks: ids in, one service call, safe to run twice. The database row is the truth, the broker a bell.

Nothing imports this module but Celery's own discovery, so a site without a broker never looks for one. Let beat
run them: the inbox and the outbox every few seconds, the sweep every hour. A task whose worker is killed is
handed out again.
"""

from __future__ import annotations

from celery import shared_task

from loyalty import services


@shared_task(acks_late=True, reject_on_worker_lost=True, ignore_result=True)
def process_inbox(program_slug: str | None = None) -> None:
    """Process what is pending, of one program or of all."""
    services.process_inbox(program=program_slug)


@shared_task(acks_late=True, reject_on_worker_lost=True, ignore_result=True)
def relay_outbox() -> None:
    """Send what the outbox holds."""
    services.relay_outbox()


@shared_task(acks_late=True, reject_on_worker_lost=True, ignore_result=True)
def sweep() -> None:
    """Run scheduled campaigns, settle what fell due and announce what will expire."""
    services.sweep()
