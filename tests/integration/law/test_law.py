"""The law (S4): one by one, in batches of any size, all at once and replayed, a history gives the same."""

from __future__ import annotations

from itertools import cycle

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loyalty.processing.campaigns import campaign_book, load_program_rules
from loyalty.processing.replay import replay
from tests.integration.law.compare import assert_same, replayed, stored, stored_like_replay
from tests.integration.law.histories import scenes
from tests.integration.law.stage import put, undone

pytestmark = pytest.mark.django_db


@settings(suppress_health_check=list(HealthCheck), max_examples=60)
@given(scene=scenes(), sizes=st.lists(st.integers(2, 5), min_size=1, max_size=3))
def test_one_by_one_in_batches_at_once_and_replayed_is_the_same(scene, sizes):
    check(scene, sizes)


def check(scene, sizes):
    """The law for one scene."""
    with undone():
        staged = put(scene)
        with undone():
            staged.process(lambda: 1)
            one_by_one = stored(staged.program)
            assert_replays(staged.program)
        with undone():
            staged.process(lambda: None)
            assert_same(one_by_one, stored(staged.program), "all at once")
            assert_replays(staged.program)
        with undone():
            staged.process(cycle(sizes).__next__)
            assert_same(one_by_one, stored(staged.program), "in batches")


def assert_replays(program):
    result = replay(program=program, rules=load_program_rules(program), campaigns=campaign_book(program))
    assert_same(stored_like_replay(program), replayed(result), "replayed")
