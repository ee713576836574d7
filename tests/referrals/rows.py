"""Rows to test with."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count

from loyalty.models import Card, CardNumber, CardQueue, Program
from referrals.models import Referral

START = datetime(2025, 1, 1, tzinfo=UTC)
_numbers = count(1)


def make_program(**fields: object) -> Program:
    """A program in euros."""
    return Program.objects.create(**{"slug": "shop", "name": "Shop", **fields})


def make_card(program: Program, number: str | None = None, **fields: object) -> Card:
    """An active card with a number; one is made up unless given, an empty one leaves it without."""
    values = {"external_id": f"c{next(_numbers)}", "status_since": START, "enrolled_at": START, **fields}
    card = Card.objects.create(program=program, **values)
    CardQueue.objects.create(card=card)
    text = f"C{card.pk:07d}" if number is None else number
    if text:
        CardNumber.objects.create(program=program, card=card, number=text, issued_at=START)
    return card


def make_referral(referee: Card, referrer: Card | None, **fields: object) -> Referral:
    """A referral that is counted in no statistics."""
    values = {"method": "code", "registered_at": START, **fields}
    return Referral.objects.create(program=referee.program, referee=referee, referrer=referrer, **values)
