"""Exact reversal (R6): any history, and then everything goes back, decided in memory."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings

from tests.integration.law.budget import HISTORIES_IN_MEMORY
from tests.integration.law.histories import scenes
from tests.integration.law.invariants import assert_as_if_never_bought, assert_books_balance
from tests.integration.law.memory import play


@settings(max_examples=HISTORIES_IN_MEMORY, suppress_health_check=[HealthCheck.too_slow])
@given(scene=scenes(most_steps=30))
def test_r6_refunding_everything_leaves_nothing(scene):
    memory = play(scene)
    assert_books_balance(memory.state)
    memory.process(memory.refunds_of_everything())
    assert_books_balance(memory.state)
    assert_as_if_never_bought(memory)
