"""For interfaces that own their transaction: effect and answer in one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from loyalty.processing.follow_up import run_in_one

T = TypeVar("T")


def run_in_one_transaction(do: Callable[[], T]) -> T:
    """Run `do` in a transaction of its own; what it records is processed in it, so that its answer can be stored with it.

    `do` may run more than once, each time after all that it did was undone: where somebody else holds a card that it
    records something about, it is tried again for LOYALTY["CLAIM_WAIT_SECONDS"], and then what it recorded is
    processed after the commit. Raises what `do` raises, and RuntimeError within another transaction: a host's rows
    must never wait for our locks.
    """
    return run_in_one(do)
