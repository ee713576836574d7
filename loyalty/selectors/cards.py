"""Finding a card: by its number as somebody typed it, by the host's key, or by its user."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import router
from django.db.models import QuerySet

from loyalty import codes
from loyalty.columns import Columns, table_of
from loyalty.exceptions import CardNotFound
from loyalty.models import Card, CardNumber, Program
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
    for spending (S30). Of a user's several open cards it is the first that was not enrolled beside another. A
    number that does not exist and one of another program get the same answer. Raises CardNotFound.
    """
    if sum(given is not None for given in (number, external_id, user)) != 1:
        raise TypeError("Give exactly one of number, external_id and user.")
    where = get_program(program)
    if number is not None:
        found = _with_number(where, number, for_spending=for_spending)
    elif external_id is not None:
        found = _with_external_id(where, external_id)
    else:
        found = open_cards_of(user, program=where).first()
    if found is None:
        raise CardNotFound
    return found


def resolve_card(card: CardLike, *, program: ProgramLike = None) -> Card:
    """The card itself, or the one that a text names: its number, else the host's key. Raises CardNotFound."""
    if isinstance(card, Card):
        if program is not None and card.program_id != get_program(program).pk:
            raise CardNotFound
        return card
    where = get_program(program)
    if isinstance(card, int) and abs(card) >= _ABOVE_ALL:
        raise CardNotFound
    found = _with_number(where, str(card), for_spending=False) or _with_external_id(where, card)
    if found is None:
        raise CardNotFound
    return found


def open_cards_of(user: AbstractBaseUser | None, *, program: Program) -> QuerySet[Card]:
    """A user's cards that are not closed, the one enrolled by default first; somebody unknown has none."""
    cards = Card.objects.filter(program=program).select_related("program")
    if user is None or user.pk is None:
        return cards.none()
    return cards.filter(user_id=user.pk).exclude(status=Card.Status.CLOSED).order_by("additional", "pk")


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
        if for_spending and retired_at is not None:
            return None
        card = Card.from_db(using, _CARD, values)
        card.program = program
        return card
    return None


def _with_external_id(program: Program, external_id: str | int) -> Card | None:
    text = str(external_id)
    if not text or not text.isprintable():
        return None
    return Card.objects.filter(program=program, external_id=text).select_related("program").first()
