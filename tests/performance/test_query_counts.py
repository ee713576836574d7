"""What one purchase and one batch ask of the database, at two sizes at least, so that growth shows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from loyalty.models import Card, CardNumber, Program, Purchase, Reward
from loyalty.processing.process import process_pending
from loyalty.services.enrolment import enrol_card
from loyalty.services.purchases import record_purchase
from referrals.models import Referral
from referrals.services import register_via_link
from tests.concurrency.shop import (
    LONG_AGO,
    START,
    fill_inbox,
    hand_out_cards,
    open_shop,
    percent_to,
    purchase,
)
from tests.performance.counting import Counted, counted

pytestmark = [pytest.mark.django_db(transaction=True)]

BASE = 16
LATER = START + timedelta(days=1)
_number = count()

LIMITS = [
    {"per": "campaign", "measure": "amount", "max": "1000000", "period": "month"},
    {"per": "recipient", "measure": "times", "max": "1000", "period": "month"},
]
CONDITIONS = [[{"kind": "loyalty.purchase_number", "params": {"match": "at_least", "count": 1}}]]


def make_family(program: Program, *, generations: int = 2, children: int = 1) -> Card:
    """Cards in a line, each the parent of the next; the last one has brothers and a number, and is answered."""
    line = {n: n - 1 for n in range(1, generations)}
    brothers = dict.fromkeys(range(generations, generations + children - 1), generations - 2)
    cards = hand_out_cards(program, count=generations + children - 1, parent_of=line | brothers)
    buyer = cards[generations - 1]
    CardNumber.objects.create(program=program, card=buyer, number="234567892345", issued_at=LONG_AGO)
    return buyer


def buy(program: Program, **fields: Any) -> Counted:
    """A purchase by the number on the card, as a till tells it, processed before the call returns."""
    with counted() as statements:
        record_purchase(
            program=program,
            card="234567892345",
            external_id=next(_number),
            total="100.00",
            occurred_at=LATER,
            **fields,
        )
    assert Purchase.objects.filter(occurred_at=LATER).exists()
    return statements


def buy_again(program: Program, **fields: Any) -> Counted:
    """The second purchase: campaigns are compiled, wallets and counters are there."""
    buy(program, **fields)
    return buy(program, **fields)


def child_and_parent(*, campaigns: int = 1, limits: list[dict[str, str]] = []) -> list[dict[str, Any]]:  # noqa: B006
    """Campaigns that pay the buyer and the parent card; beyond the first they find the purchase too small."""
    made = []
    for number in range(campaigns):
        for recipient in ("card", "parent_card"):
            definition = percent_to(recipient, limits=limits) | {"conditions": CONDITIONS}
            if number:
                small = {"kind": "loyalty.purchase_total", "params": {"minimum": "1000.00"}}
                definition |= {"conditions": [[*CONDITIONS[0], small]]}
            made.append(definition | {"key": f"{definition['key']}-{number}"})
    return made


def test_one_purchase_that_rewards_child_and_parent() -> None:
    program = open_shop("family", *child_and_parent())
    make_family(program)
    statements = buy_again(program)
    assert len(statements) <= BASE, statements
    assert Reward.objects.count() == 4


@pytest.mark.parametrize(
    ("more", "fields", "campaigns"),
    [
        pytest.param(2, {}, child_and_parent(limits=LIMITS), id="limits"),
        pytest.param(1, {"lines": [{"amount": "60.00", "sku": "a"}]}, child_and_parent(), id="lines"),
    ],
)
def test_what_costs_more(more: int, fields: dict[str, Any], campaigns: list[dict[str, Any]]) -> None:
    program = open_shop("more", *campaigns)
    make_family(program)
    statements = buy_again(program, **fields)
    assert len(statements) <= BASE + more, statements
    assert Reward.objects.count() == 4


@pytest.mark.parametrize("levels", [1, 8])
def test_levels_cost_two_more_at_most(levels: int) -> None:
    definition = percent_to("ancestors")
    amount = {"kind": "loyalty.percent_by_level", "of": "total", "percents": ["10"] * levels}
    definition["actions"][0] |= {"amount": amount}
    program = open_shop("levels", percent_to("card"), definition | {"conditions": CONDITIONS})
    make_family(program, generations=9)
    statements = buy_again(program)
    assert len(statements) <= BASE + 2, statements
    assert Reward.objects.count() == 2 * (1 + levels)


def test_qualifying_a_referral_costs_three_more_at_most() -> None:
    program = open_shop("friends", *child_and_parent())
    referrer = enrol_card(program=program, external_id="referrer", at=LONG_AGO)
    for friend in ("warm-up", "friend"):
        card = enrol_card(program=program, external_id=friend, at=START)
        register_via_link(card=card, code=referrer.number, at=START)
        CardNumber.objects.filter(card=card).update(
            number="234567892345" if friend == "friend" else "234567892346"
        )
        record_purchase(card=card, external_id=f"{friend}-0", total="1.00", occurred_at=LONG_AGO)
        if friend == "warm-up":
            record_purchase(card=card, external_id="warm-up-1", total="1.00", occurred_at=LATER)
    statements = buy(program)
    assert len(statements) <= BASE + 3, statements
    assert Referral.objects.filter(status=Referral.Status.QUALIFIED).count() == 2


def test_campaigns_do_not_add_statements() -> None:
    found = []
    for campaigns in (1, 25):
        program = open_shop(f"campaigns-{campaigns}", *child_and_parent(campaigns=campaigns))
        make_family(program)
        found.append(buy_again(program))
    assert len(found[0]) == len(found[1]) <= BASE, found[1]
    assert program.campaigns.count() == 50


def test_past_purchases_do_not_add_statements() -> None:
    program = open_shop("past", *child_and_parent())
    buyer = make_family(program)
    few = buy_again(program)
    fill_inbox(program, [purchase(buyer, f"past-{n}", at=LONG_AGO) for n in range(1_000)])
    assert process_pending(program=program) == 1_000
    many = buy(program)
    assert len(few) == len(many) <= BASE, many


def test_children_do_not_add_statements() -> None:
    found = []
    for children in (1, 1_000):
        program = open_shop(f"children-{children}", *child_and_parent())
        make_family(program, children=children)
        found.append(buy_again(program))
    assert len(found[0]) == len(found[1]) <= BASE, found[1]


def read_batch(program: Program, cards: list[Card], size: int) -> Counted:
    """A batch of purchases told together and processed together."""
    events = [purchase(cards[n % len(cards)], f"{next(_number)}") for n in range(size)]
    with counted() as statements:
        fill_inbox(program, events)
        assert process_pending(program=program, batch_size=size) == size
    return statements


@pytest.mark.parametrize(
    "campaigns",
    [
        pytest.param(child_and_parent, id="plain"),
        pytest.param(lambda: child_and_parent(limits=LIMITS), id="limits"),
    ],
)
def test_a_batch_of_1000_costs_forty_statements_at_most(
    campaigns: Callable[[], list[dict[str, Any]]],
) -> None:
    """As many for 1,000 as for 2."""
    program = open_shop("batch", *campaigns())
    cards = hand_out_cards(program, count=1_000, parent_of={n: n % 10 for n in range(10, 1_000)})
    read_batch(program, cards, 2)
    few, many = read_batch(program, cards, 2), read_batch(program, cards, 1_000)
    assert len(many) <= 40, many
    assert len(many) == len(few), f"{few}\n{many}"
