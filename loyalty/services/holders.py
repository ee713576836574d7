"""Several people with one card: a family or a company that pools its points."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import IntegrityError, connections, router, transaction
from django.utils import timezone

from loyalty.exceptions import CardClosed, CardMerged, HolderIsOwner, HolderNotFound
from loyalty.models import Card, CardHolder
from loyalty.services.fields import clean_moment, is_stored, refuse

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser


def add_holder(*, card: Card, user: AbstractBaseUser, since: datetime | None = None) -> CardHolder:
    """Let somebody use a card along with its owner: who has no card of their own is found by this one.

    Twice is no mistake. `since` is when that began, default now. Raises HolderIsOwner, CardClosed, CardMerged,
    EventPayloadInvalid.
    """
    if not is_stored(user):
        refuse("user", "unknown_user", "Give a user that is stored.")
    moment = timezone.now() if since is None else clean_moment(since, path="since")
    using = router.db_for_write(Card)
    with transaction.atomic(using=using):
        cards = Card.objects.using(using)
        if connections[using].features.has_select_for_update:
            cards = cards.select_for_update(no_key=connections[using].features.has_select_for_no_key_update)
        found = cards.get(pk=card.pk)
        if found.status == Card.Status.CLOSED:
            raise CardClosed
        if found.merged_into_id is not None:
            raise CardMerged
        if found.user_id == user.pk:
            raise HolderIsOwner
        try:
            with transaction.atomic(using=using):
                return CardHolder.objects.using(using).create(card=card, user_id=user.pk, since=moment)
        except IntegrityError:
            return CardHolder.objects.using(using).get(card=card, user_id=user.pk)


def remove_holder(*, card: Card, user: AbstractBaseUser) -> None:
    """Let somebody use a card no longer; points stay on it. Raises HolderNotFound."""
    deleted, _by_model = CardHolder.objects.filter(card=card, user_id=user.pk).delete()
    if not deleted:
        raise HolderNotFound
