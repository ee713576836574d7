"""Whose cards are whose: what a signed-in person may look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet

from loyalty.exceptions import CardNotFound
from loyalty.models import Card, CardHolder

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

_LARGEST = 2**63 - 1


def member_cards(user: AbstractBaseUser) -> QuerySet[Card]:
    """The cards of a user in every program: their own, those used along with an owner, and closed ones too.

    A card that was merged is not among them, the one that stands for it is (S29). With program and numbers.
    """
    mine = Q(user_id=user.pk) | Q(pk__in=CardHolder.objects.filter(user_id=user.pk).values("card_id"))
    survivors: set[int] = set()
    gone = Card.objects.filter(mine, merged_into__isnull=False)
    new = set(gone.values_list("merged_into_id", flat=True))
    while new:
        survivors |= new
        gone = Card.objects.filter(pk__in=new, merged_into__isnull=False)
        new = set(gone.values_list("merged_into_id", flat=True)) - survivors
    cards = Card.objects.filter(mine | Q(pk__in=survivors), merged_into=None)
    return cards.select_related("program").prefetch_related("numbers")


def get_member_card(user: AbstractBaseUser, pk: int) -> Card:
    """One of `member_cards`. Raises CardNotFound, for a card of somebody else as for none."""
    found = member_cards(user).filter(pk=min(pk, _LARGEST)).first()
    if found is None:
        raise CardNotFound
    return found
