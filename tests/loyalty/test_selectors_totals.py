"""A program in a few figures."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from loyalty import selectors, services
from loyalty.testing import process_inbox

START = datetime(2026, 1, 1, 10, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def program(db):
    """Points that are held for 14 days and valid for 30 more."""
    return services.create_program(
        slug="club", currencies=[{"code": "points", "hold": "P14D", "validity": "P30D"}]
    )


@pytest.fixture
def history(card, ten_percent):
    """Two members: 100 points earned by one, 50 by the other; spent, refunded, adjusted."""
    boris = services.enrol_card(external_id="boris", at=START + DAY)
    services.record_purchase(card=card, external_id=1, total=1000, occurred_at=START)
    services.record_purchase(card=boris, external_id=2, total=500, occurred_at=START + DAY)
    process_inbox()
    services.spend_points(card=card, amount=30, at=START + 15 * DAY, allow_past=True)
    services.record_refund(purchase_id=1, external_id="r1", amount=200, occurred_at=START + 16 * DAY)
    process_inbox()
    services.adjust_balance(card=boris, amount=7, reason="x", at=START + 17 * DAY, allow_past=True)


def figures(at):
    """Granted, reversed, adjusted, spent, expired, and what cards have: available, pending, debt."""
    totals = selectors.program_totals(at=at).currencies["points"]
    return (
        *(totals.granted, totals.reversed, totals.adjusted, totals.spent, totals.expired),
        *(totals.owed.available, totals.owed.pending, totals.owed.debt),
    )


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        pytest.param(START, (100, 0, 0, 0, 0, 0, 100, 0), id="first-day"),
        pytest.param(START + 14 * DAY, (150, 0, 0, 0, 0, 100, 50, 0), id="one-available"),
        pytest.param(START + 20 * DAY, (150, 20, 7, 30, 0, 107, 0, 0), id="all-available"),
        pytest.param(START + 44 * DAY, (150, 20, 7, 30, 50, 57, 0, 0), id="one-expired"),
        pytest.param(START + 400 * DAY, (150, 20, 7, 30, 107, 0, 0, 0), id="all-expired"),
    ],
)
@pytest.mark.parametrize("swept", [False, True], ids=["unswept", "swept"])
def test_points_at_any_moment(history, at, expected, swept):
    if swept:
        services.sweep()

    assert figures(at) == expected


def test_owed_is_the_sum_of_all_balances(history):
    for day in range(0, 60, 3):
        at = START + day * DAY
        rows = [row.balances["points"].balance for row in selectors.all_balances(at=at)]
        assert selectors.program_totals(at=at).currencies["points"].owed.balance == sum(rows)


def test_members_and_purchases(history):
    services.block_card(card=selectors.find_card(external_id="boris"), reason="x")
    services.close_card(card=services.enrol_card(external_id="clara"), reason="x")

    first, now = selectors.program_totals(at=START), selectors.program_totals(program="club")

    assert (first.members, first.purchases, first.purchased, first.refunded) == (1, 1, 100_000, 0)
    assert (now.members, now.active, now.purchases) == (2, 1, 2)
    assert (now.purchased, now.refunded, now.program) == (150_000, 20_000, "club")


def test_an_empty_program(program):
    totals = selectors.program_totals()

    assert (totals.members, totals.purchases, totals.purchased) == (0, 0, 0)
    assert totals.currencies["points"].owed == selectors.Balance("points", 0)


def test_the_number_of_queries_does_not_grow(program, ten_percent):
    counts = []
    for size in (2, 50):
        for number in range(size):
            holder = services.enrol_card(external_id=f"{size}-{number}", process=False)
            services.record_purchase(card=holder, external_id=f"{size}-{number}", total=10, occurred_at=START)
        process_inbox()
        with CaptureQueriesContext(connection) as queries:
            selectors.program_totals(at=timezone.now())
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 12
