"""What an app shows when it is opened."""

from datetime import UTC, datetime, timedelta

import pytest

from loyalty import selectors, services
from loyalty.testing import give_points, process_inbox
from tests.factories import LotFactory, RewardFactory, WalletFactory
from tests.performance.counting import counted

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def program(db):
    """Points can be spent 14 days after the purchase, for a year; a status that cannot."""
    return services.create_program(
        slug="club",
        currencies=[
            {"code": "status", "name": "Status", "spendable": False},
            {"code": "points", "name": "Points", "hold": "P14D", "validity": "P365D"},
        ],
    )


@pytest.fixture
def buyer(card, ten_percent):
    """Bought for 1000.00 on the first day and for 500.00 on the third."""
    for number, total in ((0, 1000), (2, 500)):
        services.record_purchase(
            card=card, external_id=f"order-{number}", total=total, occurred_at=START + number * DAY
        )
    process_inbox()
    return card


def wallets(card, at):
    """What is shown of points and of status."""
    return selectors.home_screen(card, at=at).wallets


def test_a_card_at_a_glance(buyer):
    home = selectors.home_screen(buyer, at=START + 3 * DAY)

    assert (home.number, home.status) == (buyer.number, "active")
    assert [(one.currency, one.name, one.spendable) for one in home.wallets] == [
        ("points", "Points", True),
        ("status", "Status", False),
    ]
    assert [reward.purchase for reward in home.rewards] == ["order-2", "order-0"]


def test_what_comes_next(buyer):
    points, status = wallets(buyer, START + 3 * DAY)

    assert (points.balance.available, points.balance.pending) == (0, 150)
    assert points.next_available == selectors.Expiring(START + 14 * DAY, 100)
    assert points.next_expiring == selectors.Expiring(START + 379 * DAY, 100)
    assert (status.balance.balance, status.next_available, status.next_expiring) == (0, None, None)


def test_what_fell_due_needs_no_sweep(buyer):
    points = wallets(buyer, START + 15 * DAY)[0]

    assert (points.balance.available, points.balance.pending) == (100, 50)
    assert points.next_available == selectors.Expiring(START + 16 * DAY, 50)
    assert wallets(buyer, START + 380 * DAY)[0].next_expiring == selectors.Expiring(START + 381 * DAY, 50)


def test_what_comes_on_the_same_moment_is_summed(card, program):
    wallet = WalletFactory(card=card, currency=program.currencies.get(code="points"), pending=30)
    for amount in (10, 20):
        LotFactory(
            wallet=wallet, amount=amount, matured=False, available_at=START + DAY, expires_at=START + 9 * DAY
        )

    points = wallets(card, START)[0]

    assert points.next_available == selectors.Expiring(START + DAY, 30)
    assert points.next_expiring == selectors.Expiring(START + 9 * DAY, 30)


def test_nothing_of_another_card_is_shown(card, program):
    give_points(services.enrol_card(program=program, external_id="boris"), 100, currency="points")

    home = selectors.home_screen(card)

    assert [one.balance.balance for one in home.wallets] == [0, 0]
    assert home.rewards == []


@pytest.mark.parametrize("number", [1, 200])
def test_as_many_queries_for_a_long_history(card, program, number):
    wallet = WalletFactory(card=card, currency=program.currencies.get(code="points"))
    for one in range(number):
        reward = RewardFactory(card=card, currency=wallet.currency)
        LotFactory(wallet=wallet, reward=reward, expires_at=START + (4_000 + one) * DAY)

    selectors.home_screen(card)  # the program's rules are known from now on

    with counted() as queries:
        home = selectors.home_screen(card)

    assert len(home.rewards) == min(number, 5)
    assert len(queries) == 9, queries
