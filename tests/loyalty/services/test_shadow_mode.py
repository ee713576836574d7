"""Shadow mode of a published campaign: traced, summed up, explained, and nothing granted."""

from __future__ import annotations

from typing import Any

import pytest

from loyalty import services
from loyalty.exceptions import CampaignStateInvalid
from loyalty.models import Card, Event, LedgerEntry, Program, Reward
from loyalty.selectors import explain_event, get_shadow_totals
from loyalty.testing import balance_of, process_inbox

TRIED: dict[str, Any] = {
    "key": "tried",
    "name": "Tried out",
    "trigger": {"kind": "loyalty.purchase"},
    "actions": [
        {
            "slot": "buyer",
            "kind": "loyalty.credit",
            "currency": "points",
            "amount": {"kind": "loyalty.percent", "percent": "20"},
        }
    ],
    "limits": [{"measure": "amount", "max": "30"}],
}


@pytest.fixture
def tried(program: Program) -> Any:
    campaign = services.save_draft(program=program, definition=TRIED)
    services.publish_campaign(campaign=campaign, shadow=True)
    return campaign


def buy(card: Card, number: int, total: int = 100) -> Event:
    recorded = services.record_purchase(card=card, external_id=number, total=total)
    process_inbox()
    return Event.objects.get(pk=recorded.event_id)


def test_nothing_is_granted_and_the_totals_say_what_would_have_been(card, program, tried):
    buy(card, 1)
    buy(card, 2, 200)

    assert (Reward.objects.count(), LedgerEntry.objects.count(), balance_of(card)) == (0, 0, "0")
    (total,) = get_shadow_totals(program=program)
    assert (total.campaign, total.currency, total.times, total.members) == ("tried", "points", 2, 1)
    assert (total.requested, total.granted) == ("60", "50")


def test_an_event_explains_it(card, tried):
    lines = explain_event(buy(card, 1)).as_lines()
    assert f"In shadow mode “Tried out” would have given card {card.number} 20 points." in lines


def test_beside_a_campaign_that_grants(card, ten_percent, tried):
    buy(card, 1)
    assert balance_of(card) == "10"
    assert Reward.objects.get().campaign == ten_percent


def test_paused_and_resumed_it_stays_in_the_shadow(card, tried):
    services.pause_campaign(campaign=tried)
    services.resume_campaign(campaign=tried)
    buy(card, 1)
    assert balance_of(card) == "0"
    assert len(get_shadow_totals()) == 1


def test_published_in_earnest_it_grants(card, tried):
    buy(card, 1)
    services.publish_campaign(campaign=tried)
    buy(card, 2)
    assert balance_of(card) == "20"
    assert tried.revisions.count() == 1


def test_archived_it_is_gone(card, tried):
    services.archive_campaign(campaign=tried)
    with pytest.raises(CampaignStateInvalid):
        services.publish_campaign(campaign=tried, shadow=True)
    buy(card, 1)
    assert get_shadow_totals() == []


def test_totals_are_of_a_span_of_time(card, program, tried):
    first, second = buy(card, 1), buy(card, 2)
    assert get_shadow_totals(until=first.occurred_at) == []
    (total,) = get_shadow_totals(since=second.occurred_at)
    assert total.times == 1
