"""Finding cards by whatever somebody typed, for staff: number, host's key, user, and what apps add."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import Q

from loyalty import codes
from loyalty.models import Card, Program

CardFinder = Callable[[str], Iterable[int]]

_MOST = 50
_finders: list[CardFinder] = []


def register_card_finder(finder: CardFinder) -> CardFinder:
    """Let an app find cards by something of its own, such as a code: typed text in, keys of cards out.

    Can stand as a decorator. At most 50 of its cards are used. What cannot be found is no mistake: answer with nothing.
    """
    if finder not in _finders:
        _finders.append(finder)
    return finder


def search_cards(term: str) -> list[int]:
    """The keys of the cards that somebody typed: at most 50 by each way of asking, in the order of their enrolment.

    By number (in any case, with blanks and look-alikes), by the host's key, by the user's login name, e-mail, first or
    last name, and by what apps registered. Names match by their beginning, all else whole.
    """
    text = term.strip()
    if not text:
        return []
    found: set[int] = set()
    for wanted in _questions(text):
        try:
            found.update(Card.objects.filter(wanted).values_list("pk", flat=True)[:_MOST])
        except (ValueError, ValidationError):  # a user's name that is a number or a UUID
            continue
    for finder in _finders:
        found.update(list(finder(text))[:_MOST])
    return sorted(found)


def _questions(text: str) -> Iterator[Q]:
    user = get_user_model()
    # Named, because the indexes begin with the program.
    programs = list(Program.objects.values_list("pk", flat=True))
    yield Q(program__in=programs, external_id=text)
    yield Q(**{f"user__{user.USERNAME_FIELD}": text})
    if number := codes.normalise(text):
        yield Q(numbers__program__in=programs, numbers__number=number)
    if "@" in text and _has(user, email := user.get_email_field_name()):
        yield Q(**{f"user__{email}__iexact": text})
    names = [name for name in ("first_name", "last_name") if _has(user, name)]
    words = text.split()
    if names and len(words) <= 3 and not any(character.isdigit() or character == "@" for character in text):
        wanted = Q()
        for word in words:
            either = Q()
            for name in names:
                either |= Q(**{f"{name}__istartswith": word})
            wanted &= either
        # Users first, few of them: a join would ask the names for each card.
        users = user._default_manager.filter(wanted).values_list("pk", flat=True)[:_MOST]
        yield Q(user__in=list(users))


def _has(user: Any, name: str) -> bool:
    try:
        user._meta.get_field(name)
    except FieldDoesNotExist:
        return False
    return True
