"""A backtest of scheduled campaigns (S4, S7): of what is published as it was, of a file as it would have been."""

from __future__ import annotations

import json
from typing import Any

import pytest
import time_machine

from loyalty import services
from loyalty.models import Reward
from loyalty.processing.campaigns import campaign_book, load_program_rules
from loyalty.processing.replay import replay
from loyalty.testing import balance_of
from tests.loyalty.services.calendars import BIRTHDAY, at, enrol, look, publish, scheduled

BEGAN = "2026-07-01 12:00"
AWAY = [[{"kind": "loyalty.days_since_purchase", "params": {"minimum": 8}}]]
MONTHLY = [{"per": "recipient", "measure": "times", "max": "1", "period": "month"}]
CAMPAIGNS = [
    scheduled("birthday", conditions=BIRTHDAY, value="100"),
    scheduled("away", conditions=AWAY, value="10", limits=MONTHLY, params={"time": "12:00"}),
    scheduled("member", conditions=[[{"kind": "loyalty.anniversary"}]], value="1000"),
    scheduled("hello", kind="loyalty.segment_entered", value="7", params={"segment": "vip"}),
    scheduled("goodbye", kind="loyalty.segment_left", value="3", params={"segment": "vip"}),
]


@pytest.fixture
def lived(db: None) -> Any:
    """Three weeks of a club in Tokyo, with a look at the calendar at ten past noon each day."""
    program = services.create_program(slug="club", timezone="Asia/Tokyo")
    with time_machine.travel(at("2026-01-01")):
        spent = [[{"kind": "loyalty.window_spend", "params": {"days": 9, "minimum": "50"}}]]
        services.save_segment(program=program, key="vip", conditions=spent)
    cards = [
        enrol(program, f"card-{number}", since=at(f"2025-0{number + 6}-15 03:00"), birthday=birthday)
        for number, birthday in enumerate(("1990-07-06", "2000-02-29", "1985-07-20"))
    ]
    for definition in CAMPAIGNS:
        publish(program, definition, on=BEGAN)
    bought = {3: (0, 60), 5: (1, 20), 12: (0, 10), 18: (2, 80)}
    for day in range(2, 25):
        if day in bought:
            number, total = bought[day]
            with time_machine.travel(at(f"2026-07-{day:02} 04:30")):
                services.record_purchase(card=cards[number], external_id=day, total=total)
        if day == 19:
            with time_machine.travel(at("2026-07-19 05:00")):
                services.block_card(card=cards[1], reason="Lost")
        look(f"2026-07-{day:02} 03:10")
    return program


def rewards() -> list[tuple[str, str, int, Any]]:
    """Each reward of the database."""
    rows = Reward.objects.values_list("campaign__key", "event__key", "granted", "occurred_at")
    return sorted(rows)


def file_of(*campaigns: Any) -> str:
    return json.dumps({"format": "loyalty-campaigns/1", "program": "club", "campaigns": list(campaigns)})


def test_s4_a_replay_of_what_is_published_is_what_happened(lived):
    result = replay(program=lived, rules=load_program_rules(lived), campaigns=campaign_book(lived))

    found = sorted((one.campaign_key, one.event.key, one.granted, one.occurred_at) for one in result.rewards)
    assert found == rewards()
    assert {row[0] for row in found} == {"birthday", "away", "member", "hello", "goodbye"}


def test_s7_a_backtest_of_the_same_campaigns_in_a_file_gives_the_same_as_life(lived):
    began = at(BEGAN).isoformat()
    with time_machine.travel(at("2026-07-24 04:00")):
        tested = services.run_backtest(
            text=file_of(*({**one, "effective_from": began} for one in CAMPAIGNS)), kind="json"
        )

    found = sorted((one.campaign, one.event[2], int(one.granted), one.occurred_at) for one in tested.rewards)
    assert found == rewards()
    assert tested.events == tested.total
    live = {str(card): balance_of(card) for card in lived.cards.all()}
    assert {row.external_id: row.balance for row in tested.balances} == live


def test_a_file_that_names_no_beginning_acts_from_the_first_card_on(lived):
    with time_machine.travel(at("2026-07-24 04:00")):
        tested = services.run_backtest(text=file_of(CAMPAIGNS[0]), kind="json")

    assert [(one.card, f"{one.occurred_at:%Y-%m-%d}") for one in tested.rewards] == [
        ("card-0", "2025-07-06"),
        ("card-1", "2026-02-28"),
        ("card-0", "2026-07-06"),
        ("card-2", "2026-07-20"),
    ]


def test_a_backtest_up_to_a_date_makes_no_later_events(lived):
    tested = services.run_backtest(
        text=file_of(scheduled("daily", value="1", effective_from="2026-07-20T00:00:00Z")),
        kind="json",
        until=at("2026-07-22 00:00"),
    )

    assert sorted({f"{one.occurred_at:%Y-%m-%d %H:%M}" for one in tested.rewards}) == [
        "2026-07-20 00:00",
        "2026-07-21 00:00",
        "2026-07-22 00:00",
    ]
    assert {one.card for one in tested.rewards} == {"card-0", "card-2"}  # the other one was blocked


def test_other_campaigns_of_a_file_leave_stored_turns_alone(lived):
    tested = services.run_backtest(text=file_of(scheduled("else", conditions=BIRTHDAY)), kind="json")

    assert {one.campaign for one in tested.rewards} == {"else"}
    assert tested.refused == {}


def test_a_program_without_cards_has_no_turns(program):
    tested = services.run_backtest(text=file_of(scheduled()), kind="json")

    assert (tested.rewards, tested.events) == ([], 0)
