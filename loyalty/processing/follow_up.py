"""What follows once the caller's change is committed: processing the card inline, or leaving it to a worker (S6)."""

from __future__ import annotations

from django.db import connections, router, transaction

from loyalty.conf import loyalty_settings
from loyalty.models import Event
from loyalty.processing.process import process_card


def after_commit(*, card_id: int) -> None:
    """Process the card's events inline once the caller's transaction commits; at once when there is none.

    Does nothing in deferred mode: a worker reads the inbox. An error of ours never reaches the caller.
    """
    if loyalty_settings.PROCESSING != "inline":
        return
    using = router.db_for_write(Event)
    if connections[using].in_atomic_block:
        transaction.on_commit(lambda: process_card(card_id=card_id), using=using, robust=True)
    else:
        process_card(card_id=card_id)
