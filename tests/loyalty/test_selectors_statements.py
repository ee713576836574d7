"""Statements page by page."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from loyalty import selectors, services
from loyalty.exceptions import CurrencyNotFound
from loyalty.testing import give_points, process_inbox
from tests.factories import LedgerEntryFactory, PurchaseFactory, RewardFactory

START = datetime(2026, 1, 1, 10, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def busy(card, ten_percent):
    """Earned 100, spent 30, refunded half, cancelled."""
    services.record_purchase(card=card, external_id=1, total=1000, occurred_at=START)
    process_inbox()
    spend = services.spend_points(card=card, amount=30, key="till-1", at=START + DAY, allow_past=True)
    services.record_refund(purchase_id=1, external_id="r1", amount=500, occurred_at=START + 2 * DAY)
    process_inbox()
    services.cancel_spend(spend=spend, at=START + 3 * DAY, allow_past=True)
    return card


def test_newest_first_with_the_balance_after_each(busy):
    statement = selectors.get_statement(busy, currency="points")

    assert [(line.kind, line.amount, line.balance, line.effective_at) for line in statement.lines] == [
        ("return", 30, 50, START + 3 * DAY),
        ("reverse", -50, 20, START + 2 * DAY),
        ("spend", -30, 70, START + DAY),
        ("earn", 100, 100, START),
    ]
    assert (statement.currency, statement.decimals, statement.older) == ("points", 0, None)


def test_a_line_says_where_it_comes_from(busy):
    returned, reversed_, spent, earned = selectors.get_statement(busy, currency="points").lines

    assert (earned.campaign, earned.purchase, earned.spend) == ("ten-percent", "1", "")
    assert (reversed_.campaign, reversed_.purchase) == ("ten-percent", "1")
    assert (spent.campaign, spent.spend, spent.label) == ("", "loyalty/till-1", "spent")
    assert returned.spend == "loyalty/till-1"
    assert (earned.available, earned.pending, earned.held, earned.debt) == (100, 0, 0, 0)


def test_movements_of_one_kind_have_no_balance(busy):
    statement = selectors.get_statement(busy, currency="points", kind="spend")

    assert [(line.kind, line.amount, line.balance) for line in statement.lines] == [("spend", -30, None)]


def test_whose_purchase_it_was(busy, program):
    friend = PurchaseFactory(external_id="secret")
    wallet = busy.wallets.get()
    reward = RewardFactory(card=busy, currency=wallet.currency, purchase=friend, level=1)
    LedgerEntryFactory(wallet=wallet, reward=reward)

    theirs, *_others, own = selectors.get_statement(busy, currency="points").lines

    assert (theirs.purchase, theirs.own_purchase) == ("secret", "")
    assert (own.purchase, own.own_purchase) == ("1", "1")


def test_pages(busy):
    first = selectors.get_statement(busy, currency="points", limit=3)
    second = selectors.get_statement(busy, currency="points", limit=3, before=first.older)

    assert first.older == first.lines[-1].pk
    assert [line.balance for line in first.lines + second.lines] == [50, 20, 70, 100]
    assert second.older is None


def test_a_page_stays_when_something_new_is_posted(busy):
    first = selectors.get_statement(busy, currency="points", limit=2)
    give_points(busy, 1)

    rest = selectors.get_statement(busy, currency="points", before=first.older)

    assert [line.balance for line in rest.lines] == [70, 100]


def test_a_span_of_time_from_the_first_moment_to_before_the_last(busy):
    statement = selectors.get_statement(busy, currency="points", since=START + DAY, until=START + 3 * DAY)

    assert [(line.kind, line.balance) for line in statement.lines] == [("reverse", 20), ("spend", 70)]


@pytest.mark.parametrize(("limit", "lines"), [(0, 1), (-5, 1), (1, 1), (10_000, 4)])
def test_a_page_has_1_to_200_lines(busy, limit, lines):
    assert len(selectors.get_statement(busy, currency="points", limit=limit).lines) == lines


def test_an_empty_statement(card):
    statement = selectors.get_statement(card, currency="points")

    assert (statement.lines, statement.older) == ([], None)


def test_an_unknown_currency(card):
    with pytest.raises(CurrencyNotFound):
        selectors.get_statement(card, currency="gold")


def test_anothers_movements_are_not_shown(busy):
    other = services.enrol_card(external_id="boris")
    give_points(other, 5)

    assert [line.amount for line in selectors.get_statement(other, currency="points").lines] == [5]
    assert len(selectors.get_statement(busy, currency="points").lines) == 4


@pytest.mark.parametrize("size", [1, 50])
def test_the_number_of_queries(card, django_assert_max_num_queries, size):
    for _number in range(size):
        give_points(card, 1)

    with django_assert_max_num_queries(4):
        statement = selectors.get_statement(card, currency="points")

    assert (len(statement.lines), statement.lines[0].balance) == (size, size)
    assert statement.lines[0].posted_at <= timezone.now()
