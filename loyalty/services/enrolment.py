"""Enrolling a card: one for a user, whoever asks how often (S36)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import IntegrityError, router, transaction
from django.utils import timezone

from loyalty.exceptions import ConcurrentUpdate, ExternalIdTaken
from loyalty.models import Card, CardNumber, CardQueue, Program
from loyalty.processing.follow_up import after_commit
from loyalty.processing.inbox import write_event
from loyalty.selectors.cards import card_of, survivor_of
from loyalty.selectors.programs import ProgramLike, get_program
from loyalty.services.attributes import store_attributes
from loyalty.services.fields import clean_key, clean_moment, is_stored, refuse
from loyalty.services.numbers import clean_number, issue_number

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

ENROLLED = "loyalty.card_enrolled"
SOURCE = "loyalty"
LONGEST_EXTERNAL_ID = 128


def enrol_card(
    *,
    program: ProgramLike = None,
    user: AbstractBaseUser | None = None,
    external_id: str | int | None = None,
    number: str | None = None,
    at: datetime | None = None,
    additional: bool = False,
    attributes: Mapping[str, object] | None = None,
    process: bool = True,
) -> Card:
    """Enrol a card for a user, for the host's key of a customer, or for nobody yet (plastic handed out).

    A card of the same key, or one of the user's that is not closed, is returned instead of a second one,
    unless `additional` asks for it; what the found card lacks (user, key) it takes over, its number stays.
    `at` is since when the card is a member's, default now. With `process` campaigns for new members run at
    once, or on commit. Raises ExternalIdTaken, InvalidNumber, NumberTaken, EventPayloadInvalid.
    """
    where = get_program(program)
    key = (
        None
        if external_id is None
        else clean_key(external_id, path="external_id", longest=LONGEST_EXTERNAL_ID)
    )
    moment = timezone.now() if at is None else clean_moment(at, path="at")
    if user is not None and not is_stored(user):
        refuse("user", "unknown_user", "Give a user that is stored, or none.")
    using = router.db_for_write(Card)
    with transaction.atomic(using=using):
        wanted = Card(
            program=where,
            user_id=None if user is None else user.pk,
            external_id=key,
            additional=additional,
            status_since=moment,
            enrolled_at=moment,
        )
        card, created = _find_or_create(wanted, user=user, number=number, using=using)
        if created:
            CardQueue.objects.using(using).create(card_id=card.pk)
            store_attributes(card_id=card.pk, values=attributes or {}, since=moment)
            _record(where, card)
    if created and process:
        after_commit(card_id=card.pk)
    return card


def _find_or_create(
    wanted: Card, *, user: AbstractBaseUser | None, number: str | None, using: str
) -> tuple[Card, bool]:
    found = _find(wanted, user, number)
    if found is not None:
        return _complete(found, wanted), False
    try:
        with transaction.atomic(using=using):
            wanted.save(force_insert=True, using=using)
    except IntegrityError:
        # Somebody enrolled the same person or key a moment ago, and has committed by now.
        found = _find(wanted, user, number)
        if found is None:
            raise ConcurrentUpdate from None
        return _complete(found, wanted), False
    issue_number(card=wanted, number=number, at=wanted.enrolled_at, using=using)
    return wanted, True


def _record(program: Program, card: Card) -> None:
    write_event(
        program=program,
        source=SOURCE,
        kind=ENROLLED,
        key=str(card.pk),
        card_id=card.pk,
        occurred_at=card.enrolled_at,
        payload={},
    )


def _find(wanted: Card, user: AbstractBaseUser | None, number: str | None) -> Card | None:
    """The card that is there already. Raises ExternalIdTaken when the key is somebody else's."""
    cards = Card.objects.filter(program=wanted.program).select_related("program")
    of_key = cards.filter(external_id=wanted.external_id).first() if wanted.external_id is not None else None
    of_user = None if wanted.additional else card_of(user, program=wanted.program)
    if of_key is not None and of_key.merged_into_id is not None:
        # S29: the key stays with the card that went, so the one that stands for it does not lack it.
        of_key = survivor_of(of_key)
        wanted.external_id = of_key.external_id
    if of_user is not None and of_user.user_id != wanted.user_id:
        wanted.user_id = of_user.user_id
    if of_key is not None:
        others = of_user is not None and of_user.pk != of_key.pk
        if others or (wanted.user_id is not None and of_key.user_id not in (None, wanted.user_id)):
            raise ExternalIdTaken(external_id=wanted.external_id)
        return of_key
    if of_user is not None or number is None or wanted.user_id is not None or wanted.external_id is not None:
        return of_user
    # Plastic handed out before. A number authorises nothing, so it never leads to a known holder's card.
    plastic = CardNumber.objects.filter(
        program=wanted.program,
        number=clean_number(number),
        retired_at=None,
        card__user=None,
        card__external_id=None,
        card__merged_into=None,
    )
    row = plastic.select_related("card__program").first()
    return None if row is None else row.card


def _complete(found: Card, wanted: Card) -> Card:
    """Take over what the found card lacks."""
    lacking = [
        name
        for name in ("user_id", "external_id")
        if getattr(found, name) is None and getattr(wanted, name) is not None
    ]
    for name in lacking:
        setattr(found, name, getattr(wanted, name))
    if lacking:
        found.save(update_fields=lacking)
    return found
