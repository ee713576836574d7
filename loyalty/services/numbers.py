"""Card numbers: drawn anew until nobody has them, or brought by the caller."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from loyalty import codes
from loyalty.conf import loyalty_settings
from loyalty.exceptions import ConcurrentUpdate, InvalidNumber, NumberTaken
from loyalty.models import Card, CardNumber, Program

_SHORTEST, _LONGEST = 4, 32
_TRIES = 20


def issue_number(*, card: Card, number: str | None, at: datetime, using: str) -> CardNumber:
    """Give a card its current number: this one, or a new one after the program's pattern.

    The card must have none at present. Raises InvalidNumber, NumberTaken.
    """
    for _try in range(_TRIES if number is None else 1):
        text = clean_number(number) if number is not None else codes.generate(pattern_of(card.program))
        row = CardNumber(program_id=card.program_id, card_id=card.pk, number=text, issued_at=at)
        try:
            with transaction.atomic(using=using):
                row.save(force_insert=True, using=using)
        except IntegrityError:
            continue
        return row
    # So many collisions are no accident: the pattern is full, or the card got a number meanwhile.
    raise ConcurrentUpdate if number is None else NumberTaken


def clean_number(typed: str) -> str:
    """The one reading of a number brought by the caller; it need not have our check character.

    Raises InvalidNumber for what is shorter than 4 or longer than 32 characters.
    """
    text = codes.normalise(typed)
    if not _SHORTEST <= len(text) <= _LONGEST:
        raise InvalidNumber
    return text


def pattern_of(program: Program) -> str:
    """How the program's new numbers look."""
    return program.card_number_pattern or loyalty_settings.CARD_NUMBER_PATTERN
