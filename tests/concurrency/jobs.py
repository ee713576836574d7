"""What workers run. Each job gets a function that sends to the test, then its own arguments; ids travel, not objects."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from django.db import InterfaceError, OperationalError, connection
from django.test.utils import override_settings

from loyalty.exceptions import LoyaltyError
from loyalty.models import Card, Program
from loyalty.processing import load, load_counters, locking
from loyalty.processing.process import process_pending
from loyalty.services.cards import set_parent
from loyalty.services.points import spend_points
from loyalty.services.purchases import record_purchase

Send = Callable[[Any], None]


def spend_at_once(send: Send, barrier: Any, card_pk: int, tries: Sequence[int], locked: bool) -> Counter[str]:
    """As many threads with a connection each as there are `tries`; each spends 100 points so often."""
    if not locked:
        _take_the_lock_away()
    outcomes: Counter[str] = Counter()
    gate = threading.Barrier(len(tries) + 1)

    def spend(times: int) -> None:
        try:
            card = Card.objects.select_related("program").get(pk=card_pk)
            gate.wait()
            for _try in range(times):
                try:
                    spend_points(card=card, amount=100, currency="points")
                    outcomes["spent"] += 1
                except LoyaltyError as refusal:
                    outcomes[refusal.code] += 1
        except BaseException as error:
            outcomes[repr(error)] += 1
            raise
        finally:
            connection.close()

    threads = [threading.Thread(target=spend, args=(times,)) for times in tries]
    for thread in threads:
        thread.start()
    barrier.wait()
    gate.wait()
    for thread in threads:
        thread.join()
    return outcomes


def _take_the_lock_away() -> None:
    locking._SQL = locking._SQL.replace("{lock}", "")


def take_limit_locks_away(_send: Send = print) -> None:
    """The shared counters of limits are read without a lock from here on."""
    read = load_counters.load_counters

    def unlocked(*arguments: Any, **options: Any) -> None:
        read(*arguments, **options | {"lock": False})

    load.load_counters = unlocked


def deliver(send: Send, barrier: Any, program_pk: int, card_pk: int, key: str, total: str, times: int) -> Counter[str]:
    """Tell of the same purchase again and again."""
    program, card = Program.objects.get(pk=program_pk), Card.objects.select_related("program").get(pk=card_pk)
    outcomes: Counter[str] = Counter()
    barrier.wait()
    for _time in range(times):
        try:
            told = record_purchase(program=program, card=card, external_id=key, total=total, occurred_at=card.enrolled_at)
            outcomes["created" if told.created else "repeated"] += 1
        except LoyaltyError as refusal:
            outcomes[refusal.code] += 1
    return outcomes


def attach(send: Send, barrier: Any, pairs: Sequence[tuple[int, int]], locked: bool) -> list[str]:
    """Round by round, put a card under another at the same moment as the others do with theirs."""
    if not locked:
        _take_the_lock_away()
        load.lock_program = lambda **_options: None
    outcomes = []
    for child_pk, parent_pk in pairs:
        cards = Card.objects.select_related("program").in_bulk([child_pk, parent_pk])
        barrier.wait()
        try:
            set_parent(card=cards[child_pk], parent=cards[parent_pk])
            outcomes.append("set")
        except LoyaltyError as refusal:
            outcomes.append(refusal.code)
    return outcomes


def drain(
    send: Send, barrier: Any, program_pk: int, batch_size: int, limits_locked: bool = True
) -> int:
    """Process what is pending, as a worker does."""
    if not limits_locked:
        take_limit_locks_away()
    program = Program.objects.get(pk=program_pk)
    if barrier is not None:
        barrier.wait()
    send("at work")
    return process_pending(program=program, batch_size=batch_size)


def keep_shop(send: Send, program_pk: int, orders: Sequence[tuple[int, str, str]], inline: bool) -> int:
    """Record purchases one after another and acknowledge each; a lost connection is no reason to stop."""
    program = Program.objects.get(pk=program_pk)
    cards = Card.objects.select_related("program").in_bulk([card_pk for card_pk, _key, _total in orders])
    send(("backend", connection.connection.info.backend_pid))
    with override_settings(LOYALTY={"PROCESSING": "inline" if inline else "deferred"}):
        for number, (card_pk, key, total) in enumerate(orders):
            _insist(
                send,
                lambda: record_purchase(  # noqa: B023 - called at once
                    program=program, card=cards[card_pk], external_id=key, total=total,  # noqa: B023
                    occurred_at=cards[card_pk].enrolled_at,  # noqa: B023
                ),
            )
            send(("done", number))
    return len(orders)


def keep_till(send: Send, card_pks: Sequence[int], points: int) -> int:
    """Spend points of each card in turn under a key of its own, and acknowledge each."""
    cards = Card.objects.select_related("program").in_bulk(card_pks)
    send(("backend", connection.connection.info.backend_pid))
    for number, card_pk in enumerate(card_pks):
        _insist(send, lambda: spend_points(card=cards[card_pk], amount=points, currency="points", key=f"s{number}"))  # noqa: B023
        send(("done", number))
    return len(card_pks)


def keep_draining(send: Send, program_pk: int, batch_size: int, until: int) -> int:
    """Process until so many events are done in all, whatever happens to the connection."""
    program = Program.objects.get(pk=program_pk)
    send(("backend", connection.connection.info.backend_pid))
    done = 0
    while program.events.filter(status="processed").count() < until:
        _insist(send, lambda: process_pending(program=program, batch_size=batch_size))
        time.sleep(random.uniform(0, 0.02))
    return done


def _insist(send: Send, act: Callable[[], Any]) -> Any:
    """Do it again on a new connection for as long as the old one is lost."""
    while True:
        try:
            return act()
        except (OperationalError, InterfaceError):
            connection.close()
            connection.ensure_connection()
            send(("backend", connection.connection.info.backend_pid))


def hold_card(send: Send, card_pk: int, seconds: float) -> None:
    """A worker in the middle of its work: it has claimed and locked the card."""
    from django.db import transaction

    from loyalty.processing.claim import claim_cards

    with transaction.atomic():
        claim_cards([card_pk])
        locking.lock_cards(roots=[card_pk], singles=[], levels=1, using="default")
        send("holding")
        time.sleep(seconds)
