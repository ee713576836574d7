"""Negative, fractional, huge, NaN amounts: refused with a stable code at every door, and nothing is written."""

from __future__ import annotations

from typing import Any

import pytest

from loyalty import services
from loyalty.exceptions import EventPayloadInvalid, InvalidAmount
from loyalty.testing import balance_of, process_inbox
from tests.adversarial.wrong import each_wrong_amount

pytestmark = pytest.mark.django_db

SALE: dict[str, Any] = {"external_id": "order", "total": "100.00"}


def refused_at(path: str, stored: Any, call: Any, **fields: Any) -> None:
    """The call is refused for the field at this path, and every table holds what it held."""
    before = stored()
    with pytest.raises(EventPayloadInvalid) as refusal:
        call(**fields)
    assert refusal.value.code == "event_payload_invalid"
    assert [problem["path"] for problem in refusal.value.details] == [path]
    assert stored() == before


@pytest.mark.parametrize("field", ["total", "tax", "discount"])
@each_wrong_amount()
def test_negative_fractional_huge_and_nan_amounts_of_a_purchase(card, stored, field, wrong):
    refused_at(field, stored, services.record_purchase, **SALE | {"card": card, field: wrong})


@each_wrong_amount()
def test_negative_fractional_huge_and_nan_amounts_of_a_line(card, stored, wrong):
    lines = [{"amount": "1.00"}, {"amount": wrong}]

    refused_at("lines[1].amount", stored, services.record_purchase, **SALE, card=card, lines=lines)


@each_wrong_amount()
def test_negative_fractional_huge_and_nan_amounts_of_a_refund(card, ten_percent, stored, wrong):
    services.record_purchase(**SALE, card=card)
    process_inbox()

    refused_at(
        "amount", stored, services.record_refund, purchase_id="order", external_id="back", amount=wrong
    )
    assert balance_of(card) == "10"


@each_wrong_amount()
def test_negative_fractional_huge_and_nan_amounts_of_a_returned_line(card, ten_percent, stored, wrong):
    services.record_purchase(**SALE, card=card)
    process_inbox()
    lines = [{"position": 0, "amount": wrong}]

    refused_at(
        "lines[0].amount",
        stored,
        services.record_refund,
        purchase_id="order",
        external_id="back",
        lines=lines,
    )


@pytest.mark.parametrize("call", [services.spend_points, services.hold_points], ids=["spend", "hold"])
@each_wrong_amount()
def test_negative_fractional_huge_and_nan_amounts_of_a_spend_and_a_hold(rich, stored, call, wrong):
    refused_at("amount", stored, call, card=rich, amount=wrong)
    assert balance_of(rich) == "100"


@each_wrong_amount("negative", "negative int", "negative Decimal")
def test_fractional_huge_and_nan_amounts_of_an_adjustment(rich, stored, wrong):
    refused_at("amount", stored, services.adjust_balance, card=rich, amount=wrong, reason="Goodwill")


@each_wrong_amount()
def test_negative_fractional_huge_and_nan_amounts_of_a_capture(rich, stored, wrong):
    hold = services.hold_points(card=rich, amount=40)
    before = stored()

    with pytest.raises(InvalidAmount) as refusal:
        services.capture_hold(spend=hold, amount=wrong)

    hold.refresh_from_db()
    assert (refusal.value.code, hold.status, stored()) == ("invalid_amount", "held", before)


@pytest.mark.parametrize("amount", [0, "0", "0.00", "-0"])
@pytest.mark.parametrize("call", [services.spend_points, services.hold_points], ids=["spend", "hold"])
def test_nothing_is_no_spend_and_no_hold(rich, stored, call, amount):
    refused_at("amount", stored, call, card=rich, amount=amount)


def test_the_largest_amount_there_is_moves_no_sum_out_of_64_bits(card, ten_percent):
    """10**15 minor units less one, a thousand times over, still fit; one unit more is refused."""
    most = "9999999999999.99"

    services.record_purchase(external_id="huge", total=most, card=card)
    services.record_refund(purchase_id="huge", external_id="back", amount="0.01")
    process_inbox()

    assert balance_of(card) == "999999999998"  # S17: floor(granted x remaining / total)
    with pytest.raises(EventPayloadInvalid):
        services.record_purchase(external_id="huger", total="10000000000000.00", card=card)
