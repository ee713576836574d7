"""Budgets and shared limits in the database: counted once, told once, given back exactly."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from loyalty import services
from loyalty.auditing import run_invariants
from loyalty.models import Card, LimitCounter, Program
from loyalty.testing import balance_of, captured_signals, process_inbox


def publish(program: Program, **limit: Any) -> None:
    action = {
        "slot": "buyer",
        "kind": "loyalty.credit",
        "currency": "points",
        "amount": {"kind": "loyalty.percent", "percent": "100"},
    }
    definition = {
        "key": "limited",
        "trigger": {"kind": "loyalty.purchase"},
        "actions": [action],
        "limits": [limit],
    }
    services.publish_campaign(campaign=services.save_draft(program=program, definition=definition))


def buy(card: Card, number: int, total: int) -> None:
    services.record_purchase(card=card, external_id=number, total=total)
    process_inbox()


def assert_sound() -> None:
    assert [finding.key for finding in run_invariants() if not finding.is_sound] == []


def test_80_and_100_percent_are_told_once_whatever_comes_back(card, program):
    publish(program, per="campaign", measure="amount", max="100")
    with captured_signals("limit_reached") as told:
        buy(card, 1, 79)
        buy(card, 2, 1)
        services.record_refund(purchase_id=2, external_id="r")
        process_inbox()
        buy(card, 3, 10)
        buy(card, 4, 90)
    assert [(one.message["percent"], one.message["used"]) for one in told] == [(80, "80"), (100, "100")]
    assert told[0].message == {
        "campaign": "limited",
        "measure": "amount",
        "period": "",
        "percent": 80,
        "used": "80",
        "maximum": "100",
    }
    assert balance_of(card) == "100"
    assert_sound()


def test_a_budget_in_money_is_exact_over_refunds(card, program):
    currency = program.currencies.get()
    currency.worth = Decimal("0.3333")
    currency.save()
    program.refresh_from_db()
    publish(program, per="campaign", measure="cost", max="10.00")
    for number in range(1, 6):
        buy(card, number, 7)
    # 7 points cost 2.3331, so 2.34 with the cent begun: four times that is 9.36, and 1 point more is 0.34.
    assert balance_of(card) == "29"
    assert LimitCounter.objects.get().used == 970
    services.record_refund(purchase_id=1, external_id="r1", amount=3)
    process_inbox()
    assert LimitCounter.objects.get().used == 870
    assert_sound()
    for number in range(2, 6):
        services.record_refund(purchase_id=number, external_id=f"r{number}")
    services.record_refund(purchase_id=1, external_id="r6")
    process_inbox()
    assert LimitCounter.objects.get().used == 0
    assert_sound()


def test_a_household_shares_and_the_value_stays_out_of_the_counters(card, program):
    publish(program, per="household", measure="times", max="1")
    other = services.enrol_card(program=program, external_id="boris", at=card.enrolled_at)
    for one in (card, other):
        services.set_attribute(card=one, name="household", value="Elm Street 1", since=card.enrolled_at)
    buy(card, 1, 10)
    buy(other, 2, 10)
    assert (balance_of(card), balance_of(other)) == ("10", "0")
    assert "Elm" not in LimitCounter.objects.get().key
    assert LimitCounter.objects.get().card is None
    assert_sound()
