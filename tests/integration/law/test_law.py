"""The law (S4): one by one, in batches of any size, all at once and replayed, a history gives the same."""

from __future__ import annotations

from itertools import cycle

import pytest
from hypothesis import HealthCheck, given, settings

from loyalty.auditing import run_invariants
from loyalty.processing.campaigns import campaign_book, load_program_rules
from loyalty.processing.replay import replay
from tests.integration.law.budget import HISTORIES_STORED
from tests.integration.law.compare import assert_same, decided, replayed, stored, stored_like_replay
from tests.integration.law.histories import scenes
from tests.integration.law.memory import play
from tests.integration.law.stage import put, undone

pytestmark = pytest.mark.django_db


@settings(max_examples=HISTORIES_STORED, suppress_health_check=[HealthCheck.too_slow])
@given(scene=scenes())
def test_one_by_one_in_batches_at_once_and_replayed_is_the_same(scene):
    check(scene)


def check(scene):
    """The law for one scene; and at last everything goes back, in the database as in memory."""
    with undone():
        staged = put(scene)
        program = staged.program
        rules, campaigns = load_program_rules(program), campaign_book(program)
        memory = play(scene, cards=staged.cards, rules=rules, campaigns=campaigns)
        with undone():
            staged.process(lambda: 1)
            one_by_one = stored(program)
            assert_same(one_by_one, decided(memory), "in memory")
            assert_replays(program)
        with undone():
            staged.process(lambda: None)
            assert_same(one_by_one, stored(program), "all at once")
            assert_replays(program)
        sizes = cycle(scene.batches).__next__
        staged.process(sizes)
        assert_same(one_by_one, stored(program), "in batches")
        assert_books_check()
        refunds = memory.refunds_of_everything()
        memory.process(refunds)
        staged.tell([refunds], sizes)
        assert_same(stored(program), decided(memory), "everything refunded")
        assert_books_check()


def assert_replays(program):
    result = replay(program=program, rules=load_program_rules(program), campaigns=campaign_book(program))
    assert_same(stored_like_replay(program), replayed(result), "replayed")


def assert_books_check():
    broken = [finding for finding in run_invariants() if not finding.is_sound]
    assert not broken, broken
