"""What follows once the caller's change is committed: processing the card inline, or leaving it to a worker (S6)."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from django.db import connections, router, transaction

from loyalty.conf import loyalty_settings
from loyalty.models import Evaluation, Event
from loyalty.processing.process import CardHeld, process_card, write_and_process

logger = logging.getLogger("loyalty.processing")

T = TypeVar("T")

_PAUSE = 0.02
# Within a transaction whose caller wants to know what comes of it: whether to insist on a card that somebody holds.
_insisting: ContextVar[bool | None] = ContextVar("loyalty_insisting", default=None)


def run_in_one(do: Callable[[], T]) -> T:
    """Run `do` in a transaction of its own, in which what it records is processed too: what it answers is what came of it.

    Where somebody holds a card, all is undone and tried again, for as long as inline processing waits; then what is
    recorded is processed after the commit. Only for who owns the transaction: raises RuntimeError within another.
    """
    using = router.db_for_write(Event)
    deadline = time.monotonic() + loyalty_settings.CLAIM_WAIT_SECONDS
    while True:
        insist = time.monotonic() < deadline
        try:
            with transaction.atomic(using=using, durable=True), _insist(insist):
                return do()
        except CardHeld:
            time.sleep(_PAUSE)


@contextmanager
def _insist(insist: bool) -> Iterator[None]:
    token = _insisting.set(insist)
    try:
        yield
    finally:
        _insisting.reset(token)


def write_and_follow(*, write: Callable[[], tuple[int, bool]], card_id: int) -> tuple[int, bool]:
    """Write an event with `write` and process it inline, as `after_commit`; answers (its key, whether it is new).

    Outside of a transaction both are one. A repeat of what is processed has nothing to wait for, whoever works on
    the card at the moment. Raises what `write` raises.
    """
    insist = _insisting.get()
    alone = insist is not None or not connections[router.db_for_write(Event)].in_atomic_block
    if alone and loyalty_settings.PROCESSING == "inline":
        pk, created, done = write_and_process(write=write, card_id=card_id, insist=bool(insist))
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
