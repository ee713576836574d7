"""Replay; key reuse with another amount; somebody else's key; mixed currencies."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from loyalty import services
from loyalty.exceptions import (
    CardNotFound,
    CurrencyNotFound,
    EventConflict,
    EventPayloadInvalid,
    LoyaltyError,
)
from loyalty.models import Card, Event, Reward
from loyalty.rules.kinds.base import EventKind
from loyalty.rules.registry import event_kinds
from loyalty.testing import balance_of, give_points, process_inbox

pytestmark = pytest.mark.django_db

AT = datetime(2025, 3, 1, 12, tzinfo=UTC)
FAR = AT + timedelta(days=36_500)
PAST = {"at": AT, "allow_past": True}


class Visit(EventKind):
    kind = "tests.visit"
    label = "Visit"


def purchase(card: Card, **fields: Any) -> Any:
    return services.record_purchase(
        **{"card": card, "external_id": "order", "total": "100.00", "occurred_at": AT} | fields
    )


def refund(card: Card, **fields: Any) -> Any:
    given = {"purchase_id": "order", "external_id": "back", "amount": "40.00", "occurred_at": AT}
    return services.record_refund(**given | fields)


def visit(card: Card, **fields: Any) -> Any:
    with event_kinds.register_temporarily(Visit):
        return services.record_event(
            **{"kind": "tests.visit", "card": card, "key": "v", "occurred_at": AT} | fields
        )


def spend(card: Card, **fields: Any) -> Any:
    return services.spend_points(**{"card": card, "amount": 40, "key": "till", **PAST} | fields)


def hold(card: Card, **fields: Any) -> Any:
    return services.hold_points(**{"card": card, "amount": 40, "key": "till", **PAST} | fields)


def adjust(card: Card, **fields: Any) -> Any:
    given = {"card": card, "amount": 40, "key": "desk", "reason": "Goodwill", **PAST}
    return services.adjust_balance(**given | fields)


def capture(card: Card, **fields: Any) -> Any:
    held = hold(card, key="held", expires_at=FAR)
    return services.capture_hold(**{"spend": held, "key": "step", "amount": 30, **PAST} | fields)


def void(card: Card, **fields: Any) -> Any:
    held = hold(card, key="held", expires_at=FAR)
    return services.void_hold(**{"spend": held, "key": "step", **PAST} | fields)


def cancel(card: Card, **fields: Any) -> Any:
    return services.cancel_spend(**{"spend": spend(card), "key": "step", **PAST} | fields)


CALLS: dict[str, Callable[..., Any]] = {
    call.__name__: call for call in (purchase, refund, visit, spend, hold, adjust, capture, void, cancel)
}
OTHER: list[Any] = [
    pytest.param(purchase, {"total": "100.01"}, id="purchase"),
    pytest.param(purchase, {"tax": "1.00"}, id="purchase-tax"),
    pytest.param(refund, {"amount": "40.01"}, id="refund"),
    pytest.param(refund, {"amount": None}, id="refund-of-all"),
    pytest.param(spend, {"amount": 41}, id="spend"),
    pytest.param(hold, {"amount": 1}, id="hold"),
    pytest.param(adjust, {"amount": 41}, id="adjustment"),
    pytest.param(adjust, {"amount": -40}, id="adjustment-turned"),
    pytest.param(capture, {"amount": 31}, id="capture"),
    pytest.param(capture, {"amount": None}, id="capture-of-all"),
    pytest.param(visit, {"occurred_at": AT + timedelta(seconds=1)}, id="event"),
]


@pytest.fixture
def bought(card: Card, ten_percent: Any) -> Card:
    """1,000 points, and a purchase of 500.00 beside."""
    services.adjust_balance(
        card=card, amount=1_000, reason="test", at=AT - timedelta(days=1), allow_past=True
    )
    purchase(card, total="500.00", external_id="first")
    process_inbox()
    return card


def first_call(call: Callable[..., Any], card: Card) -> None:
    if call is refund:
        purchase(card)
    call(card)
    process_inbox()


@pytest.mark.parametrize("call", CALLS.values(), ids=list(CALLS))
def test_replay_of_anything_changes_nothing(bought, stored, call):
    first_call(call, bought)
    before, balance = stored(), balance_of(bought)

    for _again in range(3):
        call(bought)
        process_inbox()

    assert (stored(), balance_of(bought)) == (before, balance)


@pytest.mark.parametrize(("call", "other"), OTHER)
def test_key_reuse_with_another_amount_changes_nothing(bought, stored, call, other):
    first_call(call, bought)
    before, balance = stored(), balance_of(bought)

    with pytest.raises(EventConflict) as refusal:
        call(bought, **other)
    process_inbox()

    assert refusal.value.code == "event_conflict"
    assert (stored(), balance_of(bought)) == (before, balance)


@pytest.mark.parametrize("call", [purchase, spend, hold, adjust, visit], ids=lambda call: call.__name__)
def test_somebody_elses_key_moves_nobodys_points(bought, stored, call):
    thief = services.enrol_card(program=bought.program, external_id="thief", at=AT - timedelta(days=9))
    services.adjust_balance(
        card=thief, amount=1_000, reason="test", at=AT - timedelta(days=1), allow_past=True
    )
    first_call(call, bought)
    before, balances = stored(), (balance_of(bought), balance_of(thief))

    with pytest.raises(EventConflict):
        call(thief)
    process_inbox()

    assert (stored(), (balance_of(bought), balance_of(thief))) == (before, balances)


def test_key_reuse_of_a_spend_for_a_hold(bought, stored):
    """Later steps name a spend by its key alone, so that a hold under it could be captured as the other."""
    spend(bought)
    before = stored()

    with pytest.raises(EventConflict):
        hold(bought)

    assert stored() == before


def test_replay_of_a_step_of_another_source(bought):
    """The key of one till is not that of another; each spends once."""
    spend(bought, source="till-1")
    spend(bought, source="till-2")

    assert balance_of(bought) == str(1_000 + 50 - 80)


def test_replay_of_a_purchase_by_a_thousand_names_of_its_amount(bought):
    for total in ("100", "100.0", "100.00", "100.000", 100):
        purchase(bought, total=total)
    process_inbox()

    assert Reward.objects.filter(event__key="order").count() == 1
    assert balance_of(bought) == str(1_000 + 50 + 10)


# Mixed currencies


def test_mixed_currencies_a_currency_of_another_program_is_unknown(bought, stored):
    services.create_program(slug="other", currencies=[{"code": "cents", "decimals": 2}])
    before = stored()

    for call in (spend, hold, adjust):
        with pytest.raises(CurrencyNotFound):
            call(bought, currency="cents")

    assert stored() == before


@pytest.mark.parametrize("code", ["POINTS", "points ", "", "EUR", "points\0", "\ud800", "ро"])
def test_mixed_currencies_a_code_is_taken_as_it_is_written(bought, stored, code):
    before = stored()

    for call in (spend, hold, adjust):
        with pytest.raises(LoyaltyError) as refusal:
            call(bought, currency=code)
        assert isinstance(refusal.value, CurrencyNotFound | EventPayloadInvalid)

    assert stored() == before


def test_mixed_currencies_a_card_of_another_program_is_unknown(bought, stored):
    other = services.create_program(slug="other")
    before = stored()

    for name in (bought.number, "anna"):
        with pytest.raises(CardNotFound):
            services.record_purchase(program=other, card=name, external_id="x", total="1.00")
    with pytest.raises(CardNotFound):
        services.record_purchase(program=other, card=bought, external_id="x", total="1.00")
    stranger = services.enrol_card(program=other, external_id="stranger")
    with pytest.raises(CardNotFound):
        services.set_parent(card=bought, parent=stranger)

    before |= {name: count for name, count in stored().items() if name in ENROLLING}
    assert stored() == before


ENROLLING = {"Card", "CardNumber", "CardQueue", "Event", "Evaluation", "OutboxMessage"}


def test_mixed_currencies_each_wallet_counts_for_itself(bought):
    """Cents of one currency never pay for points of another."""
    from tests.factories import CurrencyFactory

    CurrencyFactory(program=bought.program, code="cents", name="Cents", decimals=2)
    give_points(bought, "5.00", currency="cents")

    with pytest.raises(LoyaltyError) as refusal:
        services.spend_points(card=bought, amount="5.01", currency="cents")

    assert refusal.value.code == "insufficient_points"
    assert (balance_of(bought, currency="points"), balance_of(bought, currency="cents")) == ("1050", "5.00")


def test_replay_is_remembered_when_nothing_came_of_it(card, stored):
    """A refund that was refused stays refused under its key, whatever is bought later."""
    purchase(card, total="10.00")
    first = refund(card, amount="40.00")
    process_inbox()
    assert first.outcome == "refund_too_large"
    purchase(card, total="100.00", external_id="more")
    process_inbox()

    again = refund(card, amount="40.00")

    assert (again.created, again.outcome) == (False, "refund_too_large")
    assert Event.objects.filter(kind="loyalty.refund").count() == 1
