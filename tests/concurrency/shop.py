"""A shop to race in: a program, its campaigns, cards in trees, and purchases waiting in the inbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction

from loyalty.models import Card, CardQueue, Program
from loyalty.processing.inbox import NewEvent, write_events
from loyalty.services.campaigns import publish_campaign, save_draft
from loyalty.services.points import adjust_balance
from loyalty.services.programs import create_program

START = datetime(2025, 1, 1, tzinfo=UTC)
LONG_AGO = START - timedelta(days=365)


def open_shop(slug: str, *campaigns: Mapping[str, Any]) -> Program:
    """A program that counts in points, with these campaigns in effect since long ago."""
    program = create_program(slug=slug)
    for definition in campaigns:
        campaign = save_draft(program=program, definition=definition)
        publish_campaign(campaign=campaign, effective_from=LONG_AGO, allow_past=True)
    program.refresh_from_db()
    return program


def percent_to(
    recipient: str, *, percent: str = "10", limits: Sequence[Mapping[str, str]] = ()
) -> dict[str, Any]:
    """A campaign: so many percent of each purchase to the buyer's card, its parent card, ..."""
    return {
        "key": f"percent-to-{recipient.replace('_', '-')}",
        "trigger": {"kind": "loyalty.purchase"},
        "actions": [
            {
                "slot": "main",
                "kind": "loyalty.credit",
                "recipient": recipient,
                "currency": "points",
                "amount": {"kind": "loyalty.percent", "of": "total", "percent": percent},
            }
        ],
        "limits": list(limits),
    }


def hand_out_cards(program: Program, *, count: int, parent_of: Mapping[int, int] | None = None) -> list[Card]:
    """Cards named "0", "1", ...; `parent_of` gives a card's parent by number, which must be the smaller one.

    As an import leaves them: the rows alone, without the events of enrolment.
    """
    parents = parent_of or {}
    with transaction.atomic():
        cards = [
            Card(program=program, external_id=str(n), status_since=LONG_AGO, enrolled_at=LONG_AGO)
            for n in range(count)
        ]
        Card.objects.bulk_create(cards)
        for child, parent in parents.items():
            cards[child].parent = cards[parent]
            cards[child].parent_since = cards[child].linked_at = LONG_AGO
        linked = [cards[child] for child in parents]
        if linked:
            Card.objects.bulk_update(linked, ["parent", "parent_since", "linked_at"], batch_size=500)
        CardQueue.objects.bulk_create([CardQueue(card=card) for card in cards])
    return cards


def tree_of_three_levels(count: int) -> dict[int, int]:
    """Whose parent is whom: the first 1 % stand on top, the next 9 % under them, all others under those."""
    top, middle = max(1, count // 100), max(2, count // 10)
    parents = {number: number % top for number in range(top, middle)}
    return parents | {number: top + number % (middle - top) for number in range(middle, count)}


def purchase(card: Card, key: str, *, total: str = "100.00", at: datetime = START) -> NewEvent:
    """A purchase as it goes into the inbox."""
    return NewEvent("shop", "loyalty.purchase", key, card.pk, at, {"total": total})


def fill_inbox(program: Program, events: Sequence[NewEvent]) -> None:
    """Leave events in the inbox, processed by nobody yet."""
    write_events(program=program, items=events)


def give_points(card: Card, points: int) -> None:
    """Points out of nothing."""
    adjust_balance(card=card, amount=points, reason="To race for")
