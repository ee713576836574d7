"""Finding a card: by its number as somebody typed it, by the host's key, or by its user."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import router
from django.db.models import F, Q

from loyalty import codes
from loyalty.columns import Columns, table_of
from loyalty.exceptions import CardNotFound
from loyalty.models import Card, CardHolder, CardMerge, CardNumber, Program
from loyalty.selectors.programs import ProgramLike, get_program

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

CardLike = Card | str | int

_CARD = tuple(field.attname for field in Card._meta.concrete_fields)
_COLUMNS = Columns(((CardNumber, "n", ("retired_at",)), (Card, "c", _CARD)))
# No number and no key has as many digits, and Python refuses to write out more than 4,300.
_ABOVE_ALL = 10**128


def find_card(
    *,
    program: ProgramLike = None,
    number: str | None = None,
    external_id: str | int | None = None,
    user: AbstractBaseUser | None = None,
    for_spending: bool = False,
) -> Card:
    """The card with this number, this key of the host's, or this user; give exactly one of the three.

    A number may be typed in lower case, with blanks and look-alikes; a replaced one finds the card too, not
    for spending (S30). Of a user's several open cards it is the first that was not enrolled beside another, and
    who has none is found by the card that they use along with its owner. Who asks for a card that was merged finds
    the one that stands for it; by its number not for spending (S29). A number that does not exist and one of another
    program get the same answer. Raises CardNotFound.
    """
    if sum(given is not None for given in (number, external_id, user)) != 1:
        raise TypeError("Give exactly one of number, external_id and user.")
    where = get_program(program)
    if number is not None:
        found = _with_number(where, number, for_spending=for_spending)
    elif external_id is not None:
        found = _with_external_id(where, external_id)
    else:
        found = card_of(user, program=where) or _held_along(user, program=where)
    if found is None:
        raise CardNotFound
    return survivor_of(found)


def resolve_card(card: CardLike, *, program: ProgramLike = None) -> Card:
    """The card itself, or the one that a text names: its number, else the host's key. Raises CardNotFound.

    For a card that was merged, the one that stands for it (S29).
    """
    if isinstance(card, Card):
        if program is not None and card.program_id != get_program(program).pk:
            raise CardNotFound
        return survivor_of(card)
    where = get_program(program)
    if isinstance(card, int) and abs(card) >= _ABOVE_ALL:
        raise CardNotFound
    found = _with_number(where, str(card), for_spending=False) or _with_external_id(where, card)
    if found is None:
        raise CardNotFound
    return survivor_of(found)


def survivor_of(card: Card) -> Card:
    """The card itself, or the one that stands for it since it was merged (S29)."""
    while card.merged_into_id is not None:
        card = Card.objects.select_related("program").get(pk=card.merged_into_id)
    return card


def cards_behind(card: Card) -> list[int]:
    """The keys of the card and of all that it stands for since they were merged into it (S29)."""
    found, new = [card.pk], [card.pk]
    while new:
        new = list(Card.objects.filter(merged_into_id__in=new).order_by("pk").values_list("pk", flat=True))
        found += new
    return found


def were_merged(*, card_id: int | None, other_id: int | None) -> bool:
    """Whether one of two cards ever stood for the other, directly or by others between them."""
    reached: set[int | None] = {card_id}
    new = set(reached)
    while new and other_id not in reached:
        merges = CardMerge.objects.filter(Q(survivor_id__in=new) | Q(merged_id__in=new))
        found: set[int | None] = {
            pk for pair in merges.values_list("survivor_id", "merged_id") for pk in pair
        }
        new = found - reached
        reached |= new
    return other_id in reached


def card_of(user: AbstractBaseUser | None, *, program: Program) -> Card | None:
    """A user's own card that is not closed, the one enrolled by default first; who stands for it if all were merged."""
    if user is None or user.pk is None:
        return None
    cards = Card.objects.filter(program=program, user_id=user.pk).exclude(status=Card.Status.CLOSED)
    first = cards.order_by(F("merged_into").asc(nulls_first=True), "additional", "pk")
    found = first.select_related("program").first()
    return None if found is None else survivor_of(found)


def _held_along(user: AbstractBaseUser | None, *, program: Program) -> Card | None:
    """The open card that somebody uses along with its owner, the first of several."""
    if user is None or user.pk is None:
        return None
    shared = CardHolder.objects.filter(card__program=program, user_id=user.pk)
    held = (
        shared.exclude(card__status=Card.Status.CLOSED).order_by("pk").select_related("card__program").first()
    )
    return None if held is None else held.card


def _with_number(program: Program, typed: str, *, for_spending: bool) -> Card | None:
    number = codes.normalise(typed)
    if not number:
        return None
    using = router.db_for_read(Card)
    sql = (
        f"SELECT {_COLUMNS.listed(using)} FROM {table_of(CardNumber, using)} n "
        f"JOIN {table_of(Card, using)} c ON c.id = n.card_id WHERE n.program_id = %s AND n.number = %s"
    )
    for retired_at, *values in _COLUMNS.read(sql, [program.pk, number], using=using):
        card = Card.from_db(using, _CARD, values)
        if for_spending and (retired_at is not None or card.merged_into_id is not None):
            return None
        card.program = program
        return card
    return None


def _with_external_id(program: Program, external_id: str | int) -> Card | None:
    text = str(external_id)
    if not text or not text.isprintable():
        return None
    return Card.objects.filter(program=program, external_id=text).select_related("program").first()
