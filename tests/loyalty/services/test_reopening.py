"""Reopening at the door, and what is stored of it (S25)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.core.management import call_command
from django.utils import timezone

from loyalty import services
from loyalty.auditing import run_invariants
from loyalty.models import Card, Program, Purchase, Refund, Reward
from loyalty.selectors import program_totals
from loyalty.testing import balance_of, process_inbox


def buy(card: Card, number: int = 1) -> None:
    services.record_purchase(card=card, external_id=number, total=100, lines=[{"amount": 60}, {"amount": 40}])
    process_inbox()


def refund(key: str = "r1", **what: object) -> None:
    services.record_refund(purchase_id=1, external_id=key, **what)
    process_inbox()


def reopen(key: str = "o1") -> services.Recorded:
    recorded = services.reopen_purchase(purchase_id=1, external_id=key)
    process_inbox()
    return recorded


def assert_sound() -> None:
    assert [finding.key for finding in run_invariants() if not finding.is_sound] == []


def test_s25_a_reopened_purchase_is_whole_again_and_its_refunds_are_undone(card, ten_percent):
    buy(card)
    refund("r1", amount=30)
    refund("r2")
    recorded = reopen()

    purchase = Purchase.objects.get()
    assert recorded.outcome == "applied"
    assert purchase.remaining == 10_000
    assert list(purchase.lines.order_by("position").values_list("remaining", flat=True)) == [6_000, 4_000]
    assert set(Refund.objects.values_list("undone_id", flat=True)) == {recorded.event_id}
    assert balance_of(card) == "10"
    assert_sound()


def test_s25_the_rewards_are_of_the_new_event_and_of_the_same_purchase(card, ten_percent):
    buy(card)
    refund()
    recorded = reopen()

    first, again = Reward.objects.order_by("pk")
    assert (first.granted, first.reversed) == (10, 10)
    assert (again.granted, again.reversed, again.event_id) == (10, 0, recorded.event_id)
    assert first.purchase == again.purchase
    assert first.occurred_at == again.occurred_at


def test_s25_it_may_go_back_again(card, ten_percent):
    buy(card)
    for number in range(3):
        refund(f"r{number}")
        reopen(f"o{number}")
    refund("last", amount=50)
    assert balance_of(card) == "5"
    assert_sound()


def test_s25_all_in_one_transaction_processed_together(card, ten_percent, settings):
    settings.LOYALTY = {"PROCESSING": "deferred"}
    services.record_purchase(card=card, external_id=1, total=100)
    services.record_refund(purchase_id=1, external_id="r1")
    services.reopen_purchase(purchase_id=1, external_id="o1")
    services.record_refund(purchase_id=1, external_id="r2", amount=20)
    process_inbox()

    assert balance_of(card) == "8"
    assert list(Refund.objects.order_by("pk").values_list("amount", "undone")) == [
        (10_000, Reward.objects.latest("pk").event_id),
        (2_000, None),
    ]
    assert_sound()


def test_a_repeat_changes_nothing(card, ten_percent):
    buy(card)
    refund()
    first = reopen()
    again = reopen()
    assert (first.created, again.created) == (True, False)
    assert balance_of(card) == "10"


@pytest.mark.parametrize("amount", [None, 40], ids=["kept", "kept-in-part"])
def test_what_is_not_wholly_refunded_is_recorded_and_refused(card, ten_percent, amount):
    buy(card)
    if amount:
        refund(amount=amount)
    assert reopen().outcome == "purchase_not_refunded"
    assert balance_of(card) == ("6" if amount else "10")


def test_before_its_purchase_it_waits(card, ten_percent, program: Program):
    recorded = services.reopen_purchase(purchase_id=1, external_id="o1")
    assert recorded.outcome == ""
    buy(card)
    assert recorded.outcome == "purchase_not_refunded"


def test_totals_count_what_came_back_until_it_was_undone(card, ten_percent, program: Program):
    buy(card)
    refund()
    before = timezone.now()
    reopen()
    assert program_totals(program=program).refunded == 0
    assert program_totals(program=program, at=before).refunded == 10_000


def test_a_file_can_bring_it(tmp_path, card, ten_percent):
    moment = datetime(2025, 1, 1, tzinfo=UTC).isoformat()
    lines = [
        f'{{"type": "purchase", "id": "p1", "customer": "anna", "occurred_at": "{moment}", "total": "50.00"}}',
        f'{{"type": "refund", "id": "r1", "purchase": "p1", "occurred_at": "{moment}"}}',
        f'{{"type": "reopened", "id": "o1", "purchase": "p1", "occurred_at": "{moment}"}}',
    ]
    path = tmp_path / "history.jsonl"
    path.write_text("\n".join(lines))
    call_command("loyalty_import", str(path))
    assert Purchase.objects.get().remaining == 5_000
    assert balance_of(card) == "5"
    assert_sound()
