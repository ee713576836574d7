"""What workers run. Each job gets a function that sends to the test, then its own arguments; ids travel, not objects."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import QuerySet

from loyalty.exceptions import LoyaltyError
from loyalty.models import Campaign, Card, Event, Program
from loyalty.processing import load, load_counters, locking
from loyalty.processing.claim import claim_cards
from loyalty.processing.process import process_pending
from loyalty.rules.schedule import Turn
from loyalty.services import schedules
from loyalty.services.campaigns import publish_campaign
from loyalty.services.cards import set_parent
from loyalty.services.merging import merge_cards
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


def deliver(
    send: Send, barrier: Any, program_pk: int, card_pk: int, key: str, total: str, times: int
) -> Counter[str]:
    """Tell of the same purchase again and again."""
    program, card = Program.objects.get(pk=program_pk), Card.objects.select_related("program").get(pk=card_pk)
    outcomes: Counter[str] = Counter()
    barrier.wait()
    for _time in range(times):
        try:
            told = record_purchase(
                program=program, card=card, external_id=key, total=total, occurred_at=card.enrolled_at
            )
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


def merge(send: Send, barrier: Any, pairs: Sequence[tuple[int, int]]) -> list[str]:
    """Round by round, merge a card into another at the same moment as the others do."""
    outcomes = []
    for survivor_pk, merged_pk in pairs:
        cards = Card.objects.select_related("program").in_bulk([survivor_pk, merged_pk])
        barrier.wait()
        try:
            merge_cards(survivor=cards[survivor_pk], merged=cards[merged_pk], reason="Race")
            outcomes.append("merged")
        except LoyaltyError as refusal:
            outcomes.append(refusal.code)
    return outcomes


def drain(send: Send, barrier: Any, program_pk: int, batch_size: int, limits_locked: bool = True) -> int:
    """Process what is pending, as a worker does."""
    if not limits_locked:
        take_limit_locks_away()
    program = Program.objects.get(pk=program_pk)
    barrier.wait()
    return process_pending(program=program, batch_size=batch_size)


def drain_beside(send: Send, barrier: Any, program_pk: int, batch_size: int, rounds: int) -> None:
    """Process some of what is pending in each of the rounds that others go through."""
    program = Program.objects.get(pk=program_pk)
    for _round in range(rounds):
        barrier.wait()
        process_pending(program=program, batch_size=batch_size, limit=batch_size)


def drain_until_killed(send: Send, program_pk: int, batch_size: int, statements: int | None) -> int:
    """Process what is pending; die at the given statement, or leave it to the test to kill us."""
    program = Program.objects.get(pk=program_pk)
    send("at work")
    with dying_at(statements):
        return process_pending(program=program, batch_size=batch_size)


@contextlib.contextmanager
def dying_at(statement: int | None) -> Iterator[None]:
    """`kill -9` ourselves before or after the statement with this number, by the flip of a coin."""
    count, after = 0, random.random() < 0.5

    def execute(run: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal count
        count += 1
        if count == statement and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        result = run(sql, params, many, context)
        if count == statement:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    with connection.execute_wrapper(execute):
        yield


def keep_shop(
    send: Send, program_pk: int, orders: Sequence[tuple[int, str, str]], statements: int | None = None
) -> int:
    """Record purchases one after another and acknowledge each; a lost connection is no reason to stop."""
    program = _insist(partial(Program.objects.get, pk=program_pk))
    cards = _insist(partial(_read_cards, [card_pk for card_pk, _key, _total in orders]))
    send("open")
    with dying_at(statements):
        for number, (card_pk, key, total) in enumerate(orders):
            card = cards[card_pk]
            order = {"external_id": key, "total": total, "occurred_at": card.enrolled_at}
            _insist(partial(record_purchase, program=program, card=card, **order))
            send(number)
    return len(orders)


def keep_till(send: Send, card_pks: Sequence[int], points: int) -> int:
    """Spend points of each card in turn, under a key of its own, and acknowledge each."""
    cards = _insist(partial(_read_cards, card_pks))
    send("open")
    for number, card_pk in enumerate(card_pks):
        spend = {"amount": points, "currency": "points", "key": f"till-{number}"}
        _insist(partial(spend_points, card=cards[card_pk], **spend))
        send(number)
    return len(card_pks)


def keep_draining(send: Send, program_pk: int, batch_size: int, until: int) -> None:
    """Process until so many events are done in all, whatever happens to the connection."""
    program = _insist(partial(Program.objects.get, pk=program_pk))
    done = Event.objects.filter(program=program, status="processed")
    while _insist(done.count) < until:
        _insist(partial(process_pending, program=program, batch_size=batch_size))
        time.sleep(random.uniform(0, 0.02))


def _read_cards(pks: Sequence[int]) -> dict[int, Card]:
    return Card.objects.select_related("program").in_bulk(pks)


def _insist(act: Callable[[], Any]) -> Any:
    """Do it again on a new connection whenever the old one was lost, as a shop's next request would."""
    while True:
        try:
            return act()
        except (OperationalError, InterfaceError):
            connection.close()


def hold_card(send: Send, card_pk: int, go_on: Any, lock: str) -> None:
    """A worker in the middle of its work: it has claimed and locked the card, and keeps it until told to go on."""
    locking._SQL = locking._SQL.replace("{lock}", lock)
    with transaction.atomic():
        claim_cards([card_pk], most=1)
        locking.lock_cards(roots=[card_pk], singles=[], levels=1, merges=False, using="default")
        send("holding")
        go_on.wait()


def publish_slowly(send: Send, campaign_pk: int, go_on: Any) -> None:
    """A marketer's publication in a request that takes its time."""
    with transaction.atomic():
        publish_campaign(campaign=Campaign.objects.select_related("program").get(pk=campaign_pk))
        send("published")
        go_on.wait()


def check_out(send: Send, card_pk: int, key: str) -> None:
    """A host's checkout: our purchase in its transaction. Tells when that is committed, before we process it."""
    card = Card.objects.select_related("program").get(pk=card_pk)
    with transaction.atomic():
        transaction.on_commit(lambda: send("committed"))
        record_purchase(card=card, external_id=key, total="10.00")


def keep_calendar(send: Send, barrier: Any, moment: datetime, chunk: int, is_guarded: bool = True) -> int:
    """Run the schedules up to a moment, as one of several schedulers does; answers how many events are ours."""
    schedules._CHUNK = chunk
    if not is_guarded:
        QuerySet.select_for_update = lambda self, **_options: self.all()
        Turn.key_for = lambda self, card_pk: f"{os.getpid()}/{self.day}/{card_pk}"
    barrier.wait()
    return schedules.run_schedules(at=moment).events


def keep_calendar_until_killed(send: Send, moment: datetime, chunk: int, statement: int) -> None:
    """Run the schedules and die at the given statement."""
    schedules._CHUNK = chunk
    with dying_at(statement):
        schedules.run_schedules(at=moment)
