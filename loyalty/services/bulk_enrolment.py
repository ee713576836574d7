"""Enrolling many cards, as an import does: the same number of statements for ten and for a thousand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import router, transaction
from django.utils import timezone

from loyalty import codes
from loyalty.exceptions import ConcurrentUpdate, LoyaltyError, NumberTaken
from loyalty.models import Card, CardAttribute, CardNumber, CardQueue, Program
from loyalty.processing.inbox import NewEvent, write_events
from loyalty.selectors.programs import ProgramLike, get_program
from loyalty.services.attributes import make_attributes
from loyalty.services.enrolment import ENROLLED, LONGEST_EXTERNAL_ID, SOURCE
from loyalty.services.fields import clean_key, clean_moment
from loyalty.services.numbers import clean_number, pattern_of

_CHUNK = 1_000
_TRIES = 20


@dataclass(frozen=True, slots=True)
class NewCard:
    """A card to be enrolled. `external_id` is required: it is how the caller finds the card again."""

    external_id: str
    user_id: Any = None
    number: str | None = None
    at: datetime | None = None
    attributes: Mapping[str, object] = field(default_factory=dict)


def enrol_cards(*, program: ProgramLike = None, items: Sequence[NewCard]) -> dict[str, Card]:
    """Enrol many cards; answers the card of each host's key. Existing ones are returned as they are (S36).

    A chunk of 1,000 is one transaction, enrolled as a whole or not at all. The events of the new cards wait
    in the inbox: process them with `process_inbox`. Raises NumberTaken, InvalidNumber, EventPayloadInvalid
    for a chunk in which one item is refused; `enrol_card` tells which, one by one.
    """
    where = get_program(program)
    using, now = router.db_for_write(Card), timezone.now()
    enrolled: dict[str, Card] = {}
    for start in range(0, len(items), _CHUNK):
        chunk = {
            clean_key(item.external_id, path="external_id", longest=LONGEST_EXTERNAL_ID): item
            for item in items[start : start + _CHUNK]
        }
        with transaction.atomic(using=using):
            enrolled |= _enrol_chunk(where, chunk, now, using)
    return enrolled


def _enrol_chunk(program: Program, chunk: dict[str, NewCard], now: datetime, using: str) -> dict[str, Card]:
    found = _existing(program, chunk)
    # In one order everywhere, so that two imports of the same cards wait for each other and never in a circle.
    fresh = {key: item for key, item in sorted(chunk.items()) if key not in found}
    if not fresh:
        return found
    Card.objects.using(using).bulk_create(
        [_make_card(program, key, item, now) for key, item in fresh.items()], ignore_conflicts=True
    )
    found |= _existing(program, fresh)
    missing = fresh.keys() - found.keys()
    if missing:
        raise ConcurrentUpdate
    # Two items of one user are one card, and a card enrolled meanwhile by somebody else is theirs to number.
    new = {
        card.pk: (card, fresh[card.external_id]) for key, card in found.items() if card.external_id in fresh
    }
    _issue_numbers(program, new, using)
    CardQueue.objects.using(using).bulk_create([CardQueue(card_id=pk) for pk in new], ignore_conflicts=True)
    CardAttribute.objects.using(using).bulk_create(
        [
            row
            for card, item in new.values()
            for row in make_attributes(card_id=card.pk, values=item.attributes, since=card.enrolled_at)
        ],
        ignore_conflicts=True,
    )
    _record_all(program, [card for card, _item in new.values()])
    return found


def _existing(program: Program, chunk: Mapping[str, NewCard]) -> dict[str, Card]:
    """The cards that are there, by the keys asked for: with that key, else the open card of the user."""
    cards = Card.objects.filter(program=program)
    found = {card.external_id or "": card for card in cards.filter(external_id__in=list(chunk))}
    users = {
        item.user_id: key for key, item in chunk.items() if item.user_id is not None and key not in found
    }
    if users:
        held = cards.filter(user_id__in=list(users)).exclude(status=Card.Status.CLOSED)
        by_user: dict[Any, Card] = {}
        for card in held.order_by("additional", "pk"):
            by_user.setdefault(card.user_id, card)
        for key, item in chunk.items():
            if key not in found and item.user_id in by_user:
                found[key] = by_user[item.user_id]
    return found


def _make_card(program: Program, key: str, item: NewCard, now: datetime) -> Card:
    moment = now if item.at is None else clean_moment(item.at, path="at")
    return Card(
        program=program, user_id=item.user_id, external_id=key, status_since=moment, enrolled_at=moment
    )


def _issue_numbers(program: Program, new: dict[int, tuple[Card, NewCard]], using: str) -> None:
    """The given numbers and, for the rest, drawn ones; drawn again for the few that are taken."""
    numbers = CardNumber.objects.using(using)
    given = {pk: clean_number(item.number) for pk, (_card, item) in new.items() if item.number is not None}
    wanting = dict(new)
    for _attempt in range(_TRIES):
        numbers.bulk_create(
            [
                CardNumber(
                    program=program,
                    card_id=pk,
                    number=given.get(pk) or codes.generate(pattern_of(program)),
                    issued_at=card.enrolled_at,
                )
                for pk, (card, _item) in wanting.items()
            ],
            ignore_conflicts=True,
        )
        numbered = set(
            numbers.filter(card_id__in=list(wanting), retired_at=None).values_list("card_id", flat=True)
        )
        wanting = {pk: pair for pk, pair in wanting.items() if pk not in numbered}
        if not wanting:
            return
        if any(pk in given for pk in wanting):
            raise NumberTaken(external_ids=[card.external_id for card, _item in wanting.values()])
    raise ConcurrentUpdate


def _record_all(program: Program, cards: Sequence[Card]) -> None:
    items = [NewEvent(SOURCE, ENROLLED, str(card.pk), card.pk, card.enrolled_at) for card in cards]
    for written in write_events(program=program, items=items):
        if isinstance(written, LoyaltyError):
            raise written
