"""Statement, rewards and expiry of a member's card, and the home screen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from loyalty import services
from loyalty.testing import give_points, process_inbox
from tests.factories import (
    LedgerEntryFactory,
    LotFactory,
    PurchaseFactory,
    RewardFactory,
    UserFactory,
    WalletFactory,
)
from tests.loyalty.api.conftest import client_of
from tests.loyalty.api.member_world import url
from tests.performance.counting import counted

pytestmark = pytest.mark.django_db

START = datetime(2026, 1, 1, 10, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def program(db):
    """Points of one decimal that can be spent after 14 days, for a year."""
    return services.create_program(
        slug="club",
        currencies=[{"code": "points", "name": "Points", "decimals": 1, "hold": "P14D", "validity": "P365D"}],
    )


@pytest.fixture
def anna(card, ten_percent):
    """The owner of the card, who bought for 1000.00 and returned a half."""
    card.user = UserFactory()
    card.save()
    services.record_purchase(card=card, external_id="order-1", total=1000, occurred_at=START)
    services.record_refund(purchase_id="order-1", external_id="r", amount=500, occurred_at=START + DAY)
    process_inbox()
    return client_of(card.user)


def test_a_statement(anna, card):
    answer = anna.get(url(card, "statement"))

    back, earned = answer.json()["results"]
    assert (answer.json()["currency"], answer.json()["next"]) == ("points", None)
    assert earned == {
        "id": earned["id"],
        "kind": "earn",
        "label": "earned",
        "effective_at": "2026-01-01T10:00:00Z",
        "amount": "100.0",
        "balance": "100.0",
        "available": "0.0",
        "pending": "100.0",
        "held": "0.0",
        "debt": "0.0",
        "campaign": "ten-percent",
        "purchase": "order-1",
    }
    assert (back["kind"], back["amount"], back["balance"]) == ("reverse", "-50.0", "50.0")


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("kind=earn", ["earn"]),
        ("kind=spend", []),
        ("since=2026-01-02T00:00:00Z", ["reverse"]),
        ("until=2026-01-02T00:00:00Z", ["earn"]),
        ("since=2026-01-01T10:00:00Z&until=2026-01-02T10:00:00Z", ["earn"]),
        ("currency=points", ["reverse", "earn"]),
    ],
)
def test_filters_of_a_statement(anna, card, query, kinds):
    answer = anna.get(f"{url(card, 'statement')}?{query}")

    assert [line["kind"] for line in answer.json()["results"]] == kinds


def test_movements_of_one_kind_have_no_balance(anna, card):
    [line] = anna.get(f"{url(card, 'statement')}?kind=earn").json()["results"]

    assert line["balance"] is None


def test_pages_of_a_statement(anna, card):
    first = anna.get(f"{url(card, 'statement')}?limit=1").json()
    second = anna.get(f"{url(card, 'statement')}?limit=1&cursor={first['next']}").json()

    assert [line["kind"] for line in first["results"] + second["results"]] == ["reverse", "earn"]
    assert second["next"] is None


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("kind=magic", 400, "invalid_request"),
        ("since=yesterday", 400, "invalid_request"),
        ("since=2026-01-01T10:00:00", 400, "invalid_request"),
        ("currency=gold", 404, "currency_not_found"),
        ("cursor=%00", 400, "invalid_request"),
        ("cursor=zzz", 400, "invalid_request"),
        ("wallet__card=1", 400, "invalid_request"),
        ("kind=earn&kind=spend", 400, "invalid_request"),
    ],
)
def test_what_a_statement_refuses(anna, card, query, status, code):
    answer = anna.get(f"{url(card, 'statement')}?{query}")

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_the_friends_purchase_is_shown_nowhere(anna, card):
    wallet = card.wallets.get()
    friend = PurchaseFactory(external_id="secret-order")
    reward = RewardFactory(card=card, currency=wallet.currency, purchase=friend, level=1)
    LotFactory(wallet=wallet, reward=reward)
    LedgerEntryFactory(wallet=wallet, reward=reward)

    for rest in ("statement", "rewards", "home"):
        answer = anna.get(url(card, rest))
        assert answer.status_code == 200
        assert "secret-order" not in answer.content.decode()


def test_rewards(anna, card):
    [reward] = anna.get(url(card, "rewards")).json()["results"]

    assert reward == {
        "id": reward["id"],
        "campaign": "ten-percent",
        "reason": "For your purchase order-1.",
        "purchase": "order-1",
        "currency": "points",
        "currency_name": "Points",
        "granted": "100.0",
        "kept": "50.0",
        "state": "available",
        "granted_at": "2026-01-01T10:00:00Z",
        "available_at": "2026-01-15T10:00:00Z",
        "available_on": "2026-01-15",
        "expires_at": "2027-01-15T10:00:00Z",
        "expires_on": "2027-01-15",
    }


def test_what_expires(anna, card):
    soon = anna.get(url(card, "expiring")).json()
    later = anna.get(f"{url(card, 'expiring')}?until=2030-01-01T00:00:00Z").json()

    expected = {"currency": "points", "at": "2027-01-15T10:00:00Z", "amount": "50.0"}
    assert later == {"results": [expected]}
    assert soon["results"] in ([], [expected])


def test_what_expires_within_the_notice_period(card, settings):
    settings.LOYALTY = {"EXPIRY_NOTICE_DAYS": 400}
    card.user = UserFactory()
    card.save()
    give_points(card, 5)

    [one] = client_of(card.user).get(url(card, "expiring")).json()["results"]

    assert (one["currency"], one["amount"]) == ("points", "5.0")


def test_the_home_screen(anna, card):
    home = anna.get(url(card, "home")).json()

    assert (home["number"], home["status"]) == (card.number, "active")
    assert home["wallets"] == [
        {
            "currency": "points",
            "name": "Points",
            "spendable": True,
            "available": "50.0",
            "pending": "0.0",
            "held": "0.0",
            "debt": "0.0",
            "balance": "50.0",
            "next_available": None,
            "next_expiring": {"at": "2027-01-15T10:00:00Z", "amount": "50.0"},
        }
    ]
    assert [reward["purchase"] for reward in home["rewards"]] == ["order-1"]


@pytest.mark.parametrize("rest", ["home", "statement", "rewards", "expiring"])
def test_as_many_queries_for_a_long_history(card, rest):
    card.user = UserFactory()
    card.save()
    client, found = client_of(card.user), []
    wallet = WalletFactory(card=card, currency=card.program.currencies.get())
    for number in (1, 200):
        while wallet.lots.count() < number:
            reward = RewardFactory(card=card, currency=wallet.currency)
            LotFactory(wallet=wallet, reward=reward, expires_at=START + 400 * DAY)
            LedgerEntryFactory(wallet=wallet, reward=reward)
        client.get(url(card, rest))
        with counted() as queries:
            assert client.get(url(card, rest)).status_code == 200
        found.append(len(queries))

    assert found[0] == found[1]
    assert found[0] <= 15


def test_campaigns_open_to_me(anna, card):
    [campaign] = anna.get(url(card, "campaigns")).json()["results"]

    assert (campaign["key"], campaign["role"], campaign["progress"]) == ("ten-percent", "card", None)
    assert "10" in campaign["sentence"]
    assert anna.get(url(card, "home")).json()["campaigns"] == [campaign]
