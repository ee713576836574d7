"""Balances at any moment, without a scheduler."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from loyalty import selectors, services
from loyalty.exceptions import CurrencyNotFound
from loyalty.models import Event, LedgerEntry, Lot, Wallet
from loyalty.testing import give_points, process_inbox
from tests.factories import CurrencyFactory

START = datetime(2026, 1, 1, 10, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def program(db):
    """Points that are held for 14 days and valid for 30 more; a status and a credit beside them."""
    return services.create_program(
        slug="club",
        currencies=[
            {"code": "points", "hold": "P14D", "validity": "P30D"},
            {"code": "credit", "decimals": 2, "spendable": False},
        ],
    )


@pytest.fixture
def earned(card, ten_percent):
    """100 points of a purchase on 1 January."""
    services.record_purchase(card=card, external_id=1, total=1000, occurred_at=START)
    process_inbox()


def buckets(card, at):
    """Available, pending, held, debt."""
    balance = selectors.get_balances(card, at=at)["points"]
    return (balance.available, balance.pending, balance.held, balance.debt)


def stored():
    """Everything that a read must not change."""
    return [list(model.objects.order_by("pk").values()) for model in (Wallet, Lot, LedgerEntry, Event)]


def test_every_currency_has_a_balance(card):
    balances = selectors.get_balances(card)

    assert list(balances) == ["credit", "points"]
    assert balances["points"] == selectors.Balance("points", 0)
    assert balances["credit"].as_text() == {
        "available": "0.00",
        "pending": "0.00",
        "held": "0.00",
        "debt": "0.00",
        "balance": "0.00",
    }


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        pytest.param(START - timedelta(microseconds=1), (0, 0, 0, 0), id="before"),
        pytest.param(START, (0, 100, 0, 0), id="earned"),
        pytest.param(START + 14 * DAY - timedelta(microseconds=1), (0, 100, 0, 0), id="held"),
        pytest.param(START + 14 * DAY, (100, 0, 0, 0), id="available"),
        pytest.param(START + 44 * DAY - timedelta(microseconds=1), (100, 0, 0, 0), id="last-moment"),
        pytest.param(START + 44 * DAY, (0, 0, 0, 0), id="expired"),
    ],
)
@pytest.mark.parametrize("swept", [False, True], ids=["unswept", "swept"])
def test_s1_a_balance_is_right_at_any_moment(card, earned, at, expected, swept):
    if swept:
        services.sweep()
    before = stored()

    assert buckets(card, at) == expected
    assert stored() == before


def test_r1_spends_holds_and_cancellations_of_the_past(card, earned):
    days = [START + (20 + number) * DAY for number in range(4)]
    spend = services.spend_points(card=card, amount=30, at=days[0], allow_past=True)
    services.hold_points(card=card, amount=20, at=days[1], expires_at=days[3], allow_past=True)
    services.cancel_spend(spend=spend, at=days[2], allow_past=True)

    second = timedelta(seconds=1)
    assert [buckets(card, day - second) for day in days] == [
        (100, 0, 0, 0),
        (70, 0, 0, 0),
        (50, 0, 20, 0),
        (80, 0, 20, 0),
    ]
    assert buckets(card, days[3]) == (100, 0, 0, 0)
    assert buckets(card, START + 44 * DAY) == (0, 0, 0, 0)


def test_a_debt_of_the_past(card, earned):
    at = START + 20 * DAY
    services.spend_points(card=card, amount=80, at=at, allow_past=True)
    services.record_refund(purchase_id=1, external_id="r1", occurred_at=at + DAY)
    process_inbox()

    assert buckets(card, at) == (20, 0, 0, 0)
    assert buckets(card, at + DAY) == (0, 0, 0, 80)
    assert selectors.get_balances(card)["points"].balance == -80


def test_a_currency_added_later_is_there_for_a_card_at_hand(card, earned):
    assert "gold" not in selectors.get_balances(card)
    CurrencyFactory(program_id=card.program_id, program=None, code="gold")

    assert selectors.get_balances(card)["gold"].balance == 0


def test_the_number_of_queries(card, earned, django_assert_max_num_queries):
    with django_assert_max_num_queries(3):
        selectors.get_balances(card)


# All cards


def test_every_card_is_listed_with_zeros(card, earned):
    other = services.enrol_card(number="LOYAL-0001")
    give_points(other, 7)

    rows = list(selectors.all_balances(at=START))
    now = list(selectors.all_balances(program="club"))

    assert [(row.card_id, row.external_id, row.number) for row in rows] == [
        (card.pk, "anna", card.number),
        (other.pk, "", "10YA10001"),
    ]
    assert [[row.balances[code].balance for code in ("points", "credit")] for row in rows] == [
        [100, 0],
        [0, 0],
    ]
    assert [row.balances["points"].balance for row in now] == [0, 7]


def test_other_programs_are_left_out(card):
    services.enrol_card(program=services.create_program(slug="other"))

    assert [row.card_id for row in selectors.all_balances(program="club")] == [card.pk]


def test_the_number_of_queries_does_not_grow(program, ten_percent):
    counts = []
    for size in (2, 50):
        for number in range(size):
            holder = services.enrol_card(external_id=f"{size}-{number}", process=False)
            services.record_purchase(card=holder, external_id=f"{size}-{number}", total=10, occurred_at=START)
        process_inbox()
        for at in (START + DAY, timezone.now()):
            with CaptureQueriesContext(connection) as queries:
                assert len(list(selectors.all_balances(program=program, at=at))) >= size
            counts.append(len(queries))

    assert len(set(counts[0::2])) == len(set(counts[1::2])) == 1
    assert max(counts) <= 7


def test_chunks_of_cards(card, earned, monkeypatch):
    monkeypatch.setattr(selectors.balances, "_CHUNK", 1)
    other = services.enrol_card()

    assert [row.card_id for row in selectors.all_balances()] == [card.pk, other.pk]


# Expiry


def test_what_expires_and_when(card, earned):
    expected = [selectors.Expiring(START + 44 * DAY, 100)]
    lot = Lot.objects.get()
    Lot.objects.update(available_at=timezone.now() + DAY, expires_at=timezone.now() + 31 * DAY)
    lot.refresh_from_db()
    expected = [selectors.Expiring(lot.expires_at, 100)]

    assert selectors.get_expiring(card, currency="points", until=lot.expires_at) == expected
    assert selectors.get_expiring(card, currency="points", until=lot.expires_at - DAY) == []


def test_what_has_expired_by_now_expires_no_more(card, earned):
    assert selectors.get_expiring(card, currency="points", until=timezone.now() + 400 * DAY) == []


def test_what_is_held_does_not_expire(card):
    give_points(card, 100)
    services.hold_points(card=card, amount=60, expires_at=timezone.now() + 100 * DAY)

    (expiring,) = selectors.get_expiring(card, currency="points", until=timezone.now() + 60 * DAY)
    assert expiring.amount == 40


def test_a_card_without_a_wallet_has_nothing_to_expire(card):
    assert selectors.get_expiring(card, currency="points", until=timezone.now()) == []
    with pytest.raises(CurrencyNotFound):
        selectors.get_expiring(card, currency="gold", until=timezone.now())
