"""What follows once the caller's change is committed: processing the card inline, or leaving it to a worker (S6)."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import connections, router, transaction

from loyalty.conf import loyalty_settings
from loyalty.models import Evaluation, Event
from loyalty.processing.process import process_card, write_and_process

logger = logging.getLogger("loyalty.processing")


def write_and_follow(*, write: Callable[[], tuple[int, bool]], card_id: int) -> tuple[int, bool]:
    """Write an event with `write` and process it inline, as `after_commit`; answers (its key, whether it is new).

    Outside of a transaction both are one. A repeat of what is processed has nothing to wait for, whoever works on
    the card at the moment. Raises what `write` raises.
    """
    alone = not connections[router.db_for_write(Event)].in_atomic_block
    if alone and loyalty_settings.PROCESSING == "inline":
        pk, created, done = write_and_process(write=write, card_id=card_id)
    else:
        (pk, created), done = write(), False
    if not done and (created or not Evaluation.objects.filter(event_id=pk).exists()):
        after_commit(card_id=card_id)
    return pk, created


def after_commit(*, card_id: int) -> None:
    """Process the card's events inline once the caller's transaction commits; at once when there is none.

    Does nothing in deferred mode: a worker reads the inbox. An error of ours never reaches the caller.
    """
    if loyalty_settings.PROCESSING != "inline":
        return
    using = router.db_for_write(Event)
    if connections[using].in_atomic_block:
        transaction.on_commit(lambda: process_card(card_id=card_id), using=using, robust=True)
        return
    try:
        process_card(card_id=card_id)
    except Exception:
        # What is recorded stays recorded: a database that fails now is no matter of the caller's.
        logger.exception("Card %d could not be processed at once; its events wait in the inbox.", card_id)
