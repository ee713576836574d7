"""Draining the inbox: claim, load, decide, store, tell. One path for one event and for many."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import InterfaceError, OperationalError, connections, router, transaction
from django.utils import timezone

from loyalty.conf import loyalty_settings
from loyalty.models import CardQueue, Event, OutboxMessage, Program
from loyalty.processing.campaigns import campaign_book, load_program_rules
from loyalty.processing.claim import claim_cards, is_put_off, waiting_cards
from loyalty.processing.inbox import FAILED, PARKED, PENDING
from loyalty.processing.load import load_state
from loyalty.processing.locking import TreeMoved, has_lost_race
from loyalty.processing.order import InboxOrder
from loyalty.processing.outbox import relay_now
from loyalty.processing.reading import read_waiting
from loyalty.processing.store import store_state
from loyalty.rules.decide import decide
from loyalty.rules.events import EventState
from loyalty.rules.registry import facts as fact_registry
from loyalty.signals import subscribed_topics

logger = logging.getLogger("loyalty.processing")

_PAUSE = 0.02
# A batch whose connection was cut is tried again this often; then the database is down, and the caller is told.
_RECONNECT_PAUSES = (0.02, 0.05, 0.1, 0.2, 0.4)
# Where others hold the first cards in line, look this many times further for as many that are free.
_LOOK_AHEAD = 8
_TREE_ATTEMPTS = 20


@dataclass(slots=True)
class Attempt:
    """How far a batch got: how many events it took, and the one at hand."""

    size: int = 1
    event: EventState | None = None


class CardHeld(Exception):
    """Somebody else is processing the card at the moment."""


class BatchFailed(Exception):
    """A batch was rolled back; the event at hand is the culprit when it was alone."""

    def __init__(self, attempt: Attempt, error: Exception) -> None:
        super().__init__(str(error))
        self.event, self.size, self.error = attempt.event, attempt.size, error


def process_card(*, card_id: int) -> None:
    """Process what is pending for one card, oldest first.

    Waits a short while for whoever holds the card, else leaves it to them; not for a card that is put off.
    Never raises for what an event does: a failing one stays in the inbox with its error and is retried (S32).
    """
    patience, size = loyalty_settings.CLAIM_WAIT_SECONDS, loyalty_settings.BATCH_SIZE
    deadline = time.monotonic() + patience
    while True:
        started = time.monotonic()
        done = _process_safely([card_id], size)
        if done is None:
            if time.monotonic() >= deadline or is_put_off(card_id=card_id):
                return
            time.sleep(_PAUSE)
        elif done < size and time.monotonic() - started < patience:
            # Whoever waits for us has not given up yet and will take what came meanwhile; else it is ours to look.
            return


def write_and_process(
    *, write: Callable[[], tuple[int, bool]], card_id: int, insist: bool = False
) -> tuple[int, bool, bool]:
    """Write an event and process its card in the same transaction: one commit instead of two.

    Answers (key, whether it is new, whether nothing is left to do). Where somebody holds the card, or processing goes
    wrong, the event is written alone and processing is left to `process_card`. Raises what `write` raises, and
    CardHeld when told to `insist` on a card that somebody holds: then nothing is written.
    """
    using, size = router.db_for_write(Event), loyalty_settings.BATCH_SIZE
    started, written, done, messages = time.monotonic(), None, None, list[int]()
    try:
        with transaction.atomic(using=using):
            written = write()
            if written[1]:
                done, messages = _claim_and_process([card_id], size, Attempt(), using)
                if done is None and insist and not is_put_off(card_id=card_id):
                    raise CardHeld
    except CardHeld:
        raise
    except Exception as error:
        if insist and (isinstance(error, TreeMoved) or has_lost_race(error)):
            raise CardHeld from error
        if written is None:
            raise
        return *write(), False
    if messages and connections[using].in_atomic_block:
        transaction.on_commit(lambda: relay_now(messages), using=using, robust=True)
    elif messages:
        relay_now(messages)
    # As in `process_card`: who waited longer than it is patient has left to us what came meanwhile.
    patient = time.monotonic() - started < loyalty_settings.CLAIM_WAIT_SECONDS
    return *written, done is not None and done < size and patient


def process_pending(
    *, program: Program | None = None, batch_size: int | None = None, limit: int | None = None
) -> int:
    """Process everything that is pending and not put off, in batches; answers how many events.

    Stops when nothing is pending, not when nothing is claimable: what others hold is waited for.
    """
    size, total = batch_size or loyalty_settings.BATCH_SIZE, 0
    programs = [program] if program else list(Program.objects.order_by("pk"))
    for one in programs:
        ahead = 1
        while limit is None or total < limit:
            wanted = size if limit is None else min(size, limit - total)
            cards = waiting_cards(program_pk=one.pk, limit=wanted * ahead)
            if not cards:
                break
            done = _process_safely(cards, wanted) or 0
            total += done
            if done < wanted and ahead == 1:
                ahead = _LOOK_AHEAD
            elif not done:
                time.sleep(_PAUSE)
    return total


def count_pending(*, program: Program | None = None) -> int:
    """How many events wait to be processed."""
    events = Event.objects.filter(status=PENDING)
    return events.filter(program=program).count() if program else events.count()


def _process_safely(cards: Sequence[int], size: int) -> int | None:
    """One batch, halved until a bad event stands alone (S32). None: others hold the cards."""
    using = router.db_for_write(Event)
    pauses = iter(_RECONNECT_PAUSES)
    while True:
        if not cards:
            return None
        try:
            return _process_batch(cards, size, using)
        except BatchFailed as failed:
            if _is_connection_lost(failed.error) and not connections[using].in_atomic_block:
                pause = next(pauses, None)
                if pause is None:
                    raise failed.error from None
                connections[using].close()
                time.sleep(pause)
                continue
            if failed.size == 1:
                _note_failure(failed, using)
                return 1
            logger.warning("A batch of %d events failed and is halved: %r", failed.size, failed.error)
            size = failed.size // 2


def _process_batch(cards: Sequence[int], size: int, using: str) -> int | None:
    for _attempt in range(_TREE_ATTEMPTS):
        attempt = Attempt()
        try:
            with transaction.atomic(using=using):
                done, messages = _claim_and_process(cards, size, attempt, using)
            break
        except TreeMoved:
            time.sleep(_PAUSE)
        except Exception as error:
            if not has_lost_race(error):
                raise BatchFailed(attempt, error) from error
            time.sleep(_PAUSE)
    else:
        return None
    if messages:
        relay_now(messages)
    return done


def _claim_and_process(
    cards: Sequence[int], size: int, attempt: Attempt, using: str
) -> tuple[int | None, list[int]]:
    claimed = claim_cards(cards, most=size, using=using)
    if not claimed:
        return None, []
    program, events = read_waiting(claimed, using=using)
    if program is None or not any(event.status == PENDING for event in events):
        return 0, []
    parked = [event for event in events if event.status == PARKED]
    order = InboxOrder(event for event in events if event.status == PENDING)
    ready: list[EventState] = []
    while len(ready) < size and (event := order.pop()):
        ready.append(event)
    attempt.size, attempt.event = len(ready), ready[0]
    rules, campaigns = load_program_rules(program), campaign_book(program)
    facts = list(fact_registry)
    state = load_state(
        program=rules,
        campaigns=campaigns,
        events=[*ready, *_unparked(parked, ready)],
        facts=facts,
        using=using,
    )
    for event in parked:
        state.parked.setdefault(event.purchase_key, []).append(event)
    again = InboxOrder(ready)
    made = 0
    count = 0
    while count < size and (event := again.pop()):
        attempt.event = event
        decide(state, event, campaigns, facts=facts)
        count += 1
        for follow_up in state.new_events[made:]:
            if not follow_up.cascaded:
                again.add(follow_up)
        made = len(state.new_events)
    messages = store_state(state, facts=facts, topics=subscribed_topics(), moment=timezone.now(), using=using)
    return count, messages


def _unparked(parked: list[EventState], ready: list[EventState]) -> list[EventState]:
    """The parked events whose purchase may come with this batch: what they need is loaded with it."""
    coming = {f"{event.source}/{event.key}" for event in ready if event.kind == "loyalty.purchase"}
    return [event for event in parked if event.purchase_key in coming]


def _note_failure(failed: BatchFailed, using: str) -> None:
    """Keep the error; the card waits longer each time, and after the last attempt the event steps aside (S32)."""
    event, error = failed.event, failed.error
    if event is None or event.pk is None or event.card_id is None:
        raise error
    logger.error("Event %s failed", event.identity, exc_info=error)
    attempts = event.attempts + 1
    final = attempts >= loyalty_settings.MAX_ATTEMPTS
    delays = loyalty_settings.RETRY_DELAYS
    delay = timedelta(seconds=delays[min(attempts, len(delays)) - 1])
    with transaction.atomic(using=using):
        Event.objects.using(using).filter(pk=event.pk, status=PENDING).update(
            attempts=attempts,
            error=f"{type(error).__name__}: {error}"[:2000],
            status=FAILED if final else PENDING,
        )
        CardQueue.objects.using(using).filter(card_id=event.card_id).update(
            retry_at=None if final else timezone.now() + delay
        )
        if final and "event_failed" in subscribed_topics():
            row = Event.objects.using(using).get(pk=event.pk)
            OutboxMessage.objects.using(using).create(
                program_id=row.program_id,
                event=row,
                topic="event_failed",
                payload={
                    "event": row.pk,
                    "kind": row.kind,
                    "source": row.source,
                    "key": row.key,
                    "error": row.error,
                },
            )


def _is_connection_lost(error: Exception) -> bool:
    """Whether the connection was cut (SQLSTATE class 08, 57P, or none at all) and not the statement refused."""
    state = getattr(error.__cause__, "sqlstate", None)
    cut = state is None or state.startswith(("08", "57P"))
    return isinstance(error, InterfaceError) or (isinstance(error, OperationalError) and cut)
