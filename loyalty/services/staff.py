"""What staff may not do although they may do it in general."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from loyalty.exceptions import OwnCard
from loyalty.models import Card, CardHolder

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser


def refuse_own_card(actor: AbstractBaseUser | None, *cards: Card) -> None:
    """Nobody acts on a card that they hold, alone or along with its owner. Raises OwnCard; nobody in particular may."""
    if actor is None or actor.pk is None:
        return
    keys = [card.pk for card in cards]
    own = Card.objects.filter(pk__in=keys, user_id=actor.pk)
    if own.exists() or CardHolder.objects.filter(card__in=keys, user_id=actor.pk).exists():
        raise OwnCard(message=_("This concerns a card of your own. Ask a colleague to do it."))
