"""Registering a friend: who brought them, once and for ever."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from loyalty import codes
from loyalty.exceptions import ParentAlreadySet, ParentImmutable
from loyalty.models import Card, Event, Purchase
from loyalty.selectors import resolve_card
from loyalty.services import set_parent
from referrals.exceptions import AlreadyReferred, OwnCode
from referrals.methods import TRUSTED, Method
from referrals.models import Referral
from referrals.services.links import find_link


def register_via_link(
    *, card: Card, code: str, at: datetime | None = None, method: str = Method.CODE
) -> Referral:
    """Let the owner of `code` be the referrer of `card`, in effect from `at` (default: now).

    The referrer's card becomes the parent card. What the card bought at or after `at` counts, however late
    this is told (S9). A code is for new customers: it is refused when the card has a kept purchase from
    before `at`, unless `method` says that staff or an import know better. Whether the caller may date it in
    the past is for the caller to check.

    Raises CodeMalformed, CodeUnknown; OwnCode, also for another card of the same user; AlreadyReferred: the
    first one stays; ParentImmutable; ParentCycle when the referrer was brought by this very card; ValueError
    for a method that does not exist and for `at` without a time zone.
    """
    method = Method(method).value
    moment = at or timezone.now()
    if timezone.is_naive(moment):
        raise ValueError("`at` needs a time zone.")
    link = find_link(program=card.program, code=code, at=moment)
    referrer = resolve_card(link.card)
    _check_is_other(card, referrer)
    if Referral.objects.filter(referee=card).exists():
        raise AlreadyReferred
    if method not in TRUSTED and _has_bought_before(card, moment):
        raise ParentImmutable
    used = {"code": codes.normalise(code), "method": method, "link": link.pk}
    try:
        set_parent(card=card, parent=referrer, at=moment, link=used)
    except ParentAlreadySet:
        raise AlreadyReferred from None
    made = Referral.objects.filter(referee=card, registered_at=moment, link=link).first()
    if made is None:
        # The parent was this very card before: staff set it, or another call with the same code was quicker.
        raise AlreadyReferred
    made.refresh_from_db()
    return made


def _check_is_other(card: Card, referrer: Card) -> None:
    if referrer.pk == card.pk or (card.user_id is not None and referrer.user_id == card.user_id):
        raise OwnCode


def _has_bought_before(card: Card, moment: datetime) -> bool:
    """Whether a purchase of that time is kept, or waits in the inbox."""
    bought = Purchase.objects.filter(card=card, occurred_at__lt=moment, remaining__gt=0)
    waiting = Event.objects.filter(
        card=card, kind="loyalty.purchase", occurred_at__lt=moment, status=Event.Status.PENDING
    )
    return bought.exists() or waiting.exists()
