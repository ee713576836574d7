"""What asking everything costs: as many statements for many cards, a long history and long lists as for little."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from loyalty.models import Card, CardAttribute, Program, Reward
from loyalty.processing.campaigns import load_program_rules
from loyalty.processing.process import process_pending
from loyalty.rules import Asking
from loyalty.rules.compile import compile_campaign
from loyalty.selectors import count_audience
from loyalty.services import add_to_segment, publish_campaign, save_draft, save_segment
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

ASKED_OF_CARDS = [
    {"kind": "loyalty.window_spend", "params": {"days": 3660, "minimum": "0.01"}},
    {"kind": "loyalty.window_purchases", "about": "parent_card", "params": {"days": 30, "maximum": 100_000}},
    {"kind": "loyalty.days_since_purchase", "negate": True, "params": {"minimum": 4, "maximum": 365}},
    {"kind": "loyalty.birthday", "negate": True, "params": {}},
    {"kind": "loyalty.anniversary", "negate": True, "params": {"years": 100}},
    {"kind": "loyalty.card_attribute", "params": {"name": "region", "value": "north"}},
    {"kind": "loyalty.segment", "params": {"segment": "friends"}},
    {"kind": "loyalty.segment", "params": {"segment": "regulars"}},
]
OF_PURCHASES = [
    {"kind": "loyalty.channel", "negate": True, "params": {"channels": ["till"]}},
    {"kind": "loyalty.item_attribute", "negate": True, "params": {"name": "brand", "value": "acme"}},
]
FIRST = {"kind": "loyalty.first_reward"}


def open_curious_shop(slug: str, cards: int) -> tuple[Program, list[Card]]:
    """Campaigns that ask everything, and cards in a family whose members all hold it."""
    program = open_shop(slug)
    friends = save_segment(program=program, key="friends", listed=True, effective_from=LONG_AGO)
    window = {"kind": "loyalty.window_purchases", "params": {"days": 3660, "minimum": 1}}
    save_segment(program=program, key="regulars", conditions=[[window]], effective_from=LONG_AGO)
    made = hand_out_cards(program, count=cards, parent_of=dict.fromkeys(range(1, cards), 0))
    add_to_segment(segment=friends, cards=made, since=LONG_AGO)
    CardAttribute.objects.bulk_create(
        CardAttribute(card=card, name="region", value="north", since=LONG_AGO) for card in made
    )
    for key, more in (("all", []), ("first", [FIRST])):
        definition: dict[str, Any] = percent_to("card") | {"key": key}
        definition["conditions"] = [[*ASKED_OF_CARDS, *OF_PURCHASES, *more]]
        campaign = save_draft(program=program, definition=definition)
        publish_campaign(campaign=campaign, effective_from=LONG_AGO, allow_past=True)
    return Program.objects.get(pk=program.pk), made


def told(program: Program, cards: list[Card], name: str, days: int) -> Counted:
    """A purchase of each card, told and processed together."""
    at = START + timedelta(days=days)
    with counted() as statements:
        fill_inbox(program, [purchase(card, f"{name}-{n}", at=at) for n, card in enumerate(cards)])
        assert process_pending(program=program, batch_size=len(cards)) == len(cards)
    return statements


def test_asking_everything_costs_as_much_for_many_cards_and_purchases_as_for_few() -> None:
    program, cards = open_curious_shop("curious", cards=400)
    told(program, cards[1:2], "warm-up", 0)
    few = told(program, cards[1:3], "few", 1)
    for number in range(20):
        told(program, cards[1:3] * 20, f"history-{number}", 2)
    many = told(program, cards[1:3], "many", 3)
    batch = told(program, cards[1:], "batch", 4)

    assert len(few) == len(many) == len(batch) <= 40, f"{few}\n{many}\n{batch}"
    assert Reward.objects.filter(campaign__key="first").count() == 399
    assert Reward.objects.filter(campaign__key="all").count() > 399


def test_an_audience_is_one_statement() -> None:
    program, cards = open_curious_shop("audience", cards=50)
    rules = load_program_rules(program)
    definition = percent_to("card") | {"conditions": [[*ASKED_OF_CARDS, FIRST]]}
    groups = compile_campaign(definition, program=rules).groups
    told(program, cards[1:], "some", 1)
    at = START + timedelta(days=2)

    with counted() as statements:
        assert count_audience(groups, Asking(rules, at, "another")) == 49
    assert len(statements) == 1
    assert count_audience(groups, Asking(rules, at, "first")) == 0
