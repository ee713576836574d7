"""Registering a friend: who brought them, once and for ever."""

from __future__ import annotations

from datetime import datetime

from django.db import connections, router, transaction
from django.utils import timezone

from loyalty import codes
from loyalty.exceptions import ParentAlreadySet, ParentImmutable
from loyalty.models import Card, Event, Purchase
from loyalty.selectors import resolve_card
from loyalty.services import set_parent
from referrals.exceptions import AlreadyReferred, OwnCode, VisitUsed
from referrals.methods import TRUSTED, Method
from referrals.models import Referral, Visit
from referrals.services.links import find_link


def register_via_link(
    *,
    card: Card,
    code: str,
    at: datetime | None = None,
    method: str = Method.CODE,
    visit: Visit | None = None,
) -> Referral:
    """Let the owner of `code` be the referrer of `card`, in effect from `at` (default: now).

    The referrer's card becomes the parent card. What the card bought at or after `at` counts, however late
    this is told (S9). A code is for new customers: it is refused when the card has a kept purchase from
    before `at`, unless `method` says that staff or an import know better. Whether the caller may date it in
    the past is for the caller to check. `visit` is the click that brought the friend, where one did.

    Raises CodeMalformed, CodeUnknown; OwnCode, also for another card of the same user; AlreadyReferred: the
    first one stays; ParentImmutable; VisitUsed; ParentCycle when the referrer was brought by this very card; ValueError
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
        with transaction.atomic(using=router.db_for_write(Referral)):
            if visit is not None:
                _use_up(visit)
                used["visit"] = visit.pk
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


def _use_up(visit: Visit) -> None:
    """Let nobody else use the visit meanwhile. Raises VisitUsed."""
    using = router.db_for_write(Visit)
    rows = Visit.objects.using(using).filter(pk=visit.pk)
    if connections[using].features.has_select_for_update:
        no_key = connections[using].features.has_select_for_no_key_update
        rows = rows.select_for_update(no_key=no_key)
    if not rows.values_list("pk").first() or Referral.objects.using(using).filter(visit_id=visit.pk).exists():
        raise VisitUsed


def _has_bought_before(card: Card, moment: datetime) -> bool:
    """Whether a purchase of that time is kept, or waits in the inbox."""
    bought = Purchase.objects.filter(card=card, occurred_at__lt=moment, remaining__gt=0)
    waiting = Event.objects.filter(
        card=card, kind="loyalty.purchase", occurred_at__lt=moment, status=Event.Status.PENDING
    )
    return bought.exists() or waiting.exists()
