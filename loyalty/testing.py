"""Helpers for the tests of a host and of rule authors.

Django's `TestCase` wraps each test in a transaction that never commits, so what follows on commit does not
happen by itself. Either run it where it belongs:

    with self.captureOnCommitCallbacks(execute=True):
        self.client.post("/checkout/")

or drain the inbox once the code under test is through, inside the same transaction:

    self.client.post("/checkout/")
    process_inbox()
    assert balance_of(card) == "50"

Nothing is cached that a rolled back transaction could leave wrong, so nothing has to be reset between tests.
To try out a rule without installing it, register it for a while:
`loyalty.rules.registry.conditions.register_temporarily`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from loyalty import selectors, services
from loyalty.models import Card
from loyalty.selectors.programs import ProgramLike, get_program, get_spending_currency
from loyalty.signals import TOPICS, LoyaltySignal

__all__ = ["Told", "balance_of", "captured_signals", "give_points", "process_inbox"]


@dataclass(slots=True)
class Told:
    """One After signal that was sent: its topic, its message, and all arguments that receivers got."""

    topic: str
    message: dict[str, Any]
    arguments: dict[str, Any] = field(repr=False)


def process_inbox(*, program: ProgramLike = None) -> int:
    """Process all that waits, within the test's transaction, and send what follows; answers how many events."""
    done = services.process_inbox(program=program)
    services.relay_outbox()
    return done


def give_points(card: Card, amount: Decimal | str | int, *, currency: str | None = None) -> None:
    """Let a card have points to spend, without any campaign."""
    services.adjust_balance(card=card, amount=amount, currency=currency, reason="test")


def balance_of(card: Card, *, currency: str | None = None, at: datetime | None = None) -> str:
    """The balance as a decimal string; of the only currency that can be spent unless told otherwise."""
    code = get_spending_currency(get_program(card.program)).code if currency is None else currency
    return selectors.get_balances(card, at=at)[code].as_text()["balance"]


@contextmanager
def captured_signals(*topics: str) -> Iterator[list[Told]]:
    """What After signals tell within the block, of these topics or of all.

    A message is only written while somebody listens, so begin the block before the event is processed.
    """
    told: list[Told] = []

    def receive(signal: LoyaltySignal, message: dict[str, Any], **arguments: Any) -> None:
        told.append(Told(signal.name, message, arguments))

    with ExitStack() as connected:
        for topic in topics or TOPICS:
            TOPICS[topic].connect(receive)
            connected.callback(TOPICS[topic].disconnect, receive)
        yield told
