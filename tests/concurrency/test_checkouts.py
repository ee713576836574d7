"""S6: a worker at work on a card never holds up the host's checkout of that card."""

from __future__ import annotations

import pytest

from loyalty.models import Event
from tests.concurrency import books, jobs
from tests.concurrency.shop import hand_out_cards, open_shop, percent_to
from tests.concurrency.workers import Workshop

pytestmark = [pytest.mark.postgres]


def is_checkout_free(workers: Workshop, card_pk: int, *, lock: str) -> bool:
    """Whether a checkout of the card is committed within a second while a worker holds that card."""
    go_on = workers.event()
    worker = workers.start(jobs.hold_card, card_pk, go_on, lock)
    assert worker.receive() == "holding"
    host = workers.start(jobs.check_out, card_pk, "order-1")
    committed = host.pipe.poll(1.0)
    go_on.set()
    worker.answer()
    host.answer()
    return committed


def test_s6_the_cards_lock_does_not_hold_up_a_checkout(workers: Workshop) -> None:
    program = open_shop("checkout", percent_to("card"), percent_to("parent_card"))
    _parent, child = hand_out_cards(program, count=2, parent_of={1: 0})

    assert is_checkout_free(workers, child.pk, lock="FOR NO KEY UPDATE")

    # After the commit it waited for the worker (at most CLAIM_WAIT_SECONDS), then the purchase was processed.
    assert Event.objects.get().status == "processed"
    assert books.balances(program) == {("0", "points"): (1, 0, 0, 0), ("1", "points"): (1, 0, 0, 0)}


def test_s6_a_stronger_lock_would(workers: Workshop) -> None:
    """The test can fail: FOR UPDATE also blocks the key share that the inbox row takes on its card."""
    (card,) = hand_out_cards(open_shop("stronger"), count=1)
    assert not is_checkout_free(workers, card.pk, lock="FOR UPDATE")


def test_s6_publishing_a_campaign_does_not_hold_up_a_checkout(workers: Workshop) -> None:
    program = open_shop("publishing", percent_to("card"))
    (card,) = hand_out_cards(program, count=1)
    go_on = workers.event()
    marketer = workers.start(jobs.publish_slowly, program.campaigns.get().pk, go_on)
    assert marketer.receive() == "published"

    host = workers.start(jobs.check_out, card.pk, "order-1")

    assert host.receive(timeout=2) == "committed"
    host.answer()
    go_on.set()
    marketer.answer()
    assert Event.objects.get().status == "processed"
