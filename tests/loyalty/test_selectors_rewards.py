"""Rewards of a card, as they are told to its holder."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils.translation import override

from loyalty import selectors, services
from loyalty.testing import process_inbox
from tests.factories import CurrencyFactory, LotFactory, PurchaseFactory, RewardFactory, WalletFactory
from tests.performance.counting import counted

START = datetime(2026, 1, 1, 23, 30, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def program(db):
    """Points can be spent 14 days after the purchase, for a year; the day begins earlier in Moscow."""
    return services.create_program(
        slug="club",
        timezone="Europe/Moscow",
        currencies=[{"code": "points", "name": "Points", "decimals": 1, "hold": "P14D", "validity": "P365D"}],
    )


@pytest.fixture
def buyer(card, ten_percent):
    """Bought for 1000.00 on the first of January."""
    services.record_purchase(card=card, external_id="order-1", total=1000, occurred_at=START)
    process_inbox()
    return card


def test_a_reward_says_why_and_from_which_day_it_can_be_spent(buyer):
    [reward] = selectors.card_rewards(buyer, at=START + DAY).rewards

    assert (reward.campaign, reward.campaign_key) == ("ten-percent", "ten-percent")
    assert (reward.reason, reward.purchase) == ("For your purchase order-1.", "order-1")
    assert (reward.currency, reward.currency_name, reward.decimals) == ("points", "Points", 1)
    assert reward.as_text() == {"granted": "100.0", "kept": "100.0"}
    assert (reward.state, reward.granted_at) == ("pending", START)
    assert reward.available_at == START + 14 * DAY
    # 02:30 of the next day in Moscow.
    assert reward.available_on == date(2026, 1, 16)
    assert reward.expires_on == date(2027, 1, 16)


def test_it_is_available_from_that_moment_on(buyer):
    before, on = START + 14 * DAY - timedelta(microseconds=1), START + 14 * DAY

    assert selectors.card_rewards(buyer, at=before).rewards[0].state == "pending"
    assert selectors.card_rewards(buyer, at=on).rewards[0].state == "available"


@pytest.mark.parametrize(("amount", "kept", "state"), [("250.00", 750, "pending"), (None, 0, "reversed")])
def test_what_was_taken_back_is_not_kept(buyer, amount, kept, state):
    services.record_refund(purchase_id="order-1", external_id="r", amount=amount, occurred_at=START + DAY)
    process_inbox()

    [reward] = selectors.card_rewards(buyer, at=START + 2 * DAY).rewards

    assert (reward.granted, reward.kept, reward.state) == (1000, kept, state)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"level": 0}, "By the campaign “Campaign”."),
        ({"level": 1}, "For somebody you brought."),
        ({"level": 1, "purchase": True}, "For a purchase of somebody you brought."),
        ({"level": 3, "purchase": True}, "For a purchase 3 levels below you."),
        ({"level": 1, "threshold": 6}, "You reached 6, which “Campaign” rewards."),
    ],
    ids=["no purchase", "friend", "friend's purchase", "level 3", "milestone"],
)
def test_reasons_name_nobody_elses_purchase(card, fields, reason):
    if fields.pop("purchase", False):
        fields["purchase"] = PurchaseFactory(external_id="secret")
    if "threshold" in fields:
        fields["milestone_card"] = card
    RewardFactory(card=card, currency=CurrencyFactory(program=card.program, code="gold"), **fields)

    [reward] = selectors.card_rewards(card).rewards

    assert (reward.reason, reward.purchase) == (reason, "")


def test_reasons_are_in_the_active_language(buyer):
    with override("en"):
        assert selectors.card_rewards(buyer).rewards[0].reason == "For your purchase order-1."


def test_what_is_no_amount_has_no_day(card):
    RewardFactory(card=card, effect="badge")

    [reward] = selectors.card_rewards(card).rewards

    assert (reward.currency, reward.available_on, reward.expires_on, reward.state) == (
        "",
        None,
        None,
        "available",
    )


def test_pages_newest_first(card):
    made = [RewardFactory(card=card).pk for _ in range(5)]

    first = selectors.card_rewards(card, limit=3)
    second = selectors.card_rewards(card, limit=3, before=first.older)

    assert [reward.pk for reward in first.rewards + second.rewards] == made[::-1]
    assert second.older is None


@pytest.mark.parametrize(("limit", "length"), [(-1, 1), (0, 1), (10_000, 3)])
def test_a_page_has_1_to_200_rewards(card, limit, length):
    for _ in range(3):
        RewardFactory(card=card)

    assert len(selectors.card_rewards(card, limit=limit).rewards) == length


def test_another_cards_rewards_are_not_shown(card, program):
    RewardFactory(card=services.enrol_card(program=program, external_id="boris"))

    assert selectors.card_rewards(card).rewards == []


def test_s29_rewards_of_a_merged_card_are_shown(buyer, program):
    boris = services.enrol_card(program=program, external_id="boris")
    services.merge_cards(survivor=boris, merged=buyer, reason="One person")

    [reward] = selectors.card_rewards(boris).rewards

    assert reward.purchase == "order-1"


@pytest.mark.parametrize("number", [1, 200])
def test_as_many_queries_for_many_rewards(card, number):
    wallet = WalletFactory(card=card, currency=card.program.currencies.get())
    for _ in range(number):
        reward = RewardFactory(card=card, currency=wallet.currency, purchase=PurchaseFactory())
        LotFactory(wallet=wallet, reward=reward)

    with counted() as queries:
        assert len(selectors.card_rewards(card, limit=200).rewards) == number

    assert len(queries) == 3, queries
