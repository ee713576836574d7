"""Scheduled campaigns for tests: their definitions, publishing them and looking at the calendar at a given time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import time_machine

from loyalty import services
from loyalty.models import Campaign, Card, Event, Program, Reward
from loyalty.services import Scheduled

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
BIRTHDAY = [[{"kind": "loyalty.birthday"}]]


def at(text: str) -> datetime:
    """An instant such as "2026-11-21 06:00" in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def scheduled(key: str = "gift", *, kind: str = "loyalty.scheduled", value: str = "100", **more: Any) -> Any:
    """A campaign that gives points when its time has come; `params` are those of its trigger."""
    params = more.pop("params", {})
    return {
        "key": key,
        "trigger": {"kind": kind, "params": params},
        "actions": [
            {
                "slot": "main",
                "kind": "loyalty.credit",
                "currency": "points",
                "amount": {"kind": "loyalty.fixed", "value": value},
            }
        ],
        **more,
    }


def publish(program: Program, definition: Any, *, on: str, **options: Any) -> Campaign:
    """Save and publish a campaign at a moment."""
    with time_machine.travel(at(on), tick=False):
        campaign = services.save_draft(program=program, definition=definition)
        services.publish_campaign(campaign=campaign, **options)
    return campaign


def look(on: str) -> Scheduled:
    """Let the scheduler run at a moment."""
    with time_machine.travel(at(on), tick=False):
        return services.run_schedules()


def enrol(program: Program, name: str, *, since: datetime = LONG_AGO, **attributes: object) -> Card:
    """A card and its attributes, since the same moment."""
    return services.enrol_card(program=program, external_id=name, at=since, attributes=attributes)


def told() -> list[tuple[str, str, str]]:
    """(campaign, date, card) of each event, in the order in which they were processed."""
    rows = Event.objects.filter(source="loyalty", payload__has_key="date").order_by("evaluation__pk")
    return [(row.payload["campaign"], row.payload["date"], str(row.card)) for row in rows]


def dates(key: str = "gift") -> list[str]:
    """On which dates a campaign acted, in order."""
    return [date for campaign, date, _card in told() if campaign == key]


def given() -> list[tuple[str, int]]:
    """(card, points) of each reward."""
    rows = Reward.objects.order_by("pk").values_list("card__external_id", "granted")
    return list(rows)
