"""The door of the shop (S6): one row in the host's transaction, processing after it, nothing twice."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from loyalty import services
from loyalty.exceptions import CardNotFound, EventConflict, EventPayloadInvalid
from loyalty.models import Event, Purchase, PurchaseLine
from loyalty.testing import balance_of, process_inbox
from tests.factories import UserFactory

LINES = [
    {"sku": "bread", "category": "bakery", "quantity": Decimal("0.500"), "amount": Decimal("30.00")},
    {"sku": 7, "amount": "20", "attributes": {"colour": "red", "size": 42}},
]


def test_a_purchase_is_stored_as_the_shop_told_it(card):
    at = timezone.now() - timedelta(hours=1)

    services.record_purchase(
        card=card,
        external_id=1001,
        total=Decimal("100.50"),
        tax="10.00",
        discount=5,
        channel="web",
        source="till-3",
        lines=LINES,
        occurred_at=at,
    )
    process_inbox()

    purchase = Purchase.objects.get()
    assert (purchase.source, purchase.external_id, purchase.card) == ("till-3", "1001", card)
    assert (purchase.total, purchase.tax, purchase.discount, purchase.remaining) == (
        10_050,
        1_000,
        500,
        10_050,
    )
    assert (purchase.channel, purchase.occurred_at) == ("web", at)
    assert list(PurchaseLine.objects.values_list("sku", "category", "quantity", "amount", "attributes")) == [
        ("bread", "bakery", Decimal("0.5"), 3_000, {}),
        ("7", "", Decimal(1), 2_000, {"colour": "red", "size": "42"}),
        ("", "", Decimal(1), 5_050, {}),
    ]


@pytest.mark.parametrize("how", ["card", "number", "number as typed", "external_id", "user"])
def test_a_buyer_is_found_however_named(program, how):
    user = UserFactory()
    card = services.enrol_card(external_id=42, user=user)
    buyer = {
        "card": {"card": card},
        "number": {"card": card.number},
        "number as typed": {"card": f" {card.number[:4].lower()}-{card.number[4:]}"},
        "external_id": {"card": 42},
        "user": {"user": user},
    }[how]

    services.record_purchase(external_id=1, total=10, **buyer)

    assert Event.objects.get(kind="loyalty.purchase").card == card


@pytest.mark.parametrize("buyer", [{}, {"card": "nobody"}, {"card": ""}, {"card": "\0"}, {"card": 0}])
def test_an_unknown_buyer(program, buyer):
    services.enrol_card()

    with pytest.raises(CardNotFound):
        services.record_purchase(external_id=1, total=10, **buyer)

    assert not Event.objects.filter(kind="loyalty.purchase").exists()


def test_a_user_without_a_card(program):
    with pytest.raises(CardNotFound):
        services.record_purchase(user=UserFactory(), external_id=1, total=10)


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"total": -1}, id="negative"),
        pytest.param({"total": 10.5}, id="float"),
        pytest.param({"total": "1.005"}, id="too-fine"),
        pytest.param({"total": Decimal("NaN")}, id="nan"),
        pytest.param({"total": True}, id="bool"),
        pytest.param({"tax": 11}, id="tax-above-total"),
        pytest.param({"lines": [{"amount": 11}]}, id="lines-above-total"),
        pytest.param({"lines": [{"amount": 1, "price": 1}]}, id="unknown-field"),
        pytest.param({"lines": [{"amount": 1, "quantity": 0}]}, id="no-quantity"),
        pytest.param({"external_id": ""}, id="no-id"),
        pytest.param({"external_id": "x" * 201}, id="long-id"),
        pytest.param({"external_id": 1.5}, id="float-id"),
        pytest.param({"source": "a/b"}, id="slash-in-source"),
        pytest.param({"occurred_at": datetime(2026, 1, 1)}, id="naive"),
        pytest.param({"occurred_at": datetime(1, 1, 2, tzinfo=UTC)}, id="year-1"),
        pytest.param({"occurred_at": "2026-01-01"}, id="text-date"),
    ],
)
def test_a_wrong_purchase_is_refused_with_the_field(card, wrong):
    with pytest.raises(EventPayloadInvalid) as refused:
        services.record_purchase(**{"card": card, "external_id": 1, "total": 10} | wrong)

    (problem,) = refused.value.details
    assert problem["path"].split("[")[0] in (next(iter(wrong)), "lines")
    assert not Event.objects.filter(kind="loyalty.purchase").exists()


def test_a_date_years_ahead_would_expire_the_cards_points(card):
    with pytest.raises(EventPayloadInvalid) as refused:
        services.record_purchase(
            card=card, external_id=1, total=10, occurred_at=timezone.now() + timedelta(days=2)
        )

    assert refused.value.details[0]["code"] == "in_the_future"


# Twice


def test_r2_a_repeat_changes_nothing(card, ten_percent):
    at = timezone.now()
    for _delivery in range(3):
        services.record_purchase(card=card, external_id=1, total=100, occurred_at=at)
        process_inbox()

    assert (Event.objects.filter(kind="loyalty.purchase").count(), Purchase.objects.count()) == (1, 1)
    assert balance_of(card) == "10"


@pytest.mark.parametrize("total", [100, "100", "100.00", Decimal("1E2")])
def test_a_repeat_that_names_no_moment_means_the_first(card, total):
    first = services.record_purchase(card=card, external_id=1, total="100.0")

    again = services.record_purchase(card=card, external_id="1", total=total)

    assert (first.created, again.created, again.event_id) == (True, False, first.event_id)


@pytest.mark.parametrize("other", [{"total": 101}, {"channel": "web"}, {"lines": [{"amount": 1}]}])
def test_the_same_id_with_other_content_is_a_conflict(card, other):
    services.record_purchase(card=card, external_id=1, total=100)

    with pytest.raises(EventConflict):
        services.record_purchase(**{"card": card, "external_id": 1, "total": 100} | other)

    assert Event.objects.get(kind="loyalty.purchase").payload == {"total": "100.00"}


def test_the_same_id_of_another_card_is_a_conflict(card):
    services.record_purchase(card=card, external_id=1, total=100)

    with pytest.raises(EventConflict):
        services.record_purchase(card=services.enrol_card(external_id="boris"), external_id=1, total=100)


def test_an_id_is_the_sources_own(card):
    services.record_purchase(card=card, external_id=1, total=100)
    services.record_purchase(card=card, external_id=1, total=100, source="till-3")
    process_inbox()

    assert Purchase.objects.count() == 2
