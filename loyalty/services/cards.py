"""A card's life: enrolled, blocked, unblocked, closed, renumbered, and its place in the tree."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import connections, router, transaction
from django.utils import timezone

from loyalty.exceptions import CardClosed, CardNotFound, ParentAlreadySet
from loyalty.models import Card, CardNumber, CardStatusChange, NumberChange, ParentChange
from loyalty.processing import calls
from loyalty.selectors.cards import survivor_of
from loyalty.services.attributes import set_attribute
from loyalty.services.bulk_enrolment import NewCard, enrol_cards
from loyalty.services.enrolment import SOURCE, enrol_card
from loyalty.services.fields import clean_call_moment, clean_reason, clean_text, new_key
from loyalty.services.numbers import issue_number
from loyalty.services.staff import refuse_own_card

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

__all__ = [
    "NewCard",
    "block_card",
    "close_card",
    "enrol_card",
    "enrol_cards",
    "move_card",
    "replace_number",
    "set_attribute",
    "set_parent",
    "unblock_card",
]

audit = logging.getLogger("loyalty.audit")


def block_card(
    *, card: Card, reason: str, actor: AbstractBaseUser | None = None, at: datetime | None = None
) -> Card:
    """Stop a card from earning and spending, from `at` on (default now; the past is allowed, S13).

    Raises ReasonRequired, CardClosed, EventPayloadInvalid for a moment in the future.
    """
    return _change_status("loyalty.card_blocked", card, reason, actor, at)


def unblock_card(
    *, card: Card, reason: str, actor: AbstractBaseUser | None = None, at: datetime | None = None
) -> Card:
    """Let a card earn and spend again. Raises as `block_card`, and OwnCard for an actor's own card."""
    refuse_own_card(actor, card)
    return _change_status("loyalty.card_unblocked", card, reason, actor, at)


def close_card(
    *, card: Card, reason: str, actor: AbstractBaseUser | None = None, at: datetime | None = None
) -> Card:
    """Close a card for good; its user may enrol another. Raises as `block_card`."""
    return _change_status("loyalty.card_closed", card, reason, actor, at)


def replace_number(
    *,
    card: Card,
    number: str | None = None,
    at: datetime | None = None,
    actor: AbstractBaseUser | None = None,
    reason: str = "",
) -> CardNumber:
    """Give a card another number, drawn or given; the old one still resolves for links, not to spend (S30).

    Who did it goes to the log `loyalty.audit`, and is kept with the reason. Raises CardClosed, InvalidNumber,
    NumberTaken, EventPayloadInvalid.
    """
    using = router.db_for_write(Card)
    with transaction.atomic(using=using):
        locked = Card.objects.using(using).select_related("program")
        if connections[using].features.has_select_for_update:
            no_key = connections[using].features.has_select_for_no_key_update
            locked = locked.select_for_update(of=("self",), no_key=no_key)
        found = locked.get(pk=card.pk)
        if found.status == Card.Status.CLOSED:
            raise CardClosed
        moment = clean_call_moment(at, allow_past=True) or timezone.now()
        CardNumber.objects.using(using).filter(card=found, retired_at=None).update(retired_at=moment)
        issued = issue_number(card=found, number=number, at=moment, using=using)
        if (text := clean_text(reason)) or actor is not None:
            by = None if actor is None else actor.pk
            NumberChange.objects.using(using).create(
                card=found, number=issued, since=moment, reason=text, actor_id=by
            )
    audit.info("Card %s got another number, by user %s.", card.pk, None if actor is None else actor.pk)
    return issued


def set_parent(
    *,
    card: Card,
    parent: Card,
    at: datetime | None = None,
    reason: str = "",
    actor: AbstractBaseUser | None = None,
    link: Mapping[str, Any] | None = None,
) -> Card:
    """Put a card that has no parent card under one, from `at` on (default now). `link` is an app's own data.

    The parent that it has already is no mistake, and nothing changes. Raises ParentAlreadySet, ParentIsSelf,
    ParentCycle, CardNotFound for a parent of another program.
    """
    try:
        with transaction.atomic(using=router.db_for_write(Card)):
            done = _change_parent(card, parent, at, link, first=True)
            _explain(ParentChange, done, clean_text(reason), actor)
    except ParentAlreadySet as refusal:
        if refusal.params["parent"] != survivor_of(parent).pk:
            raise
    return _refreshed(card, "parent", "parent_since", "linked_at")


def move_card(
    *,
    card: Card,
    parent: Card | None,
    reason: str,
    actor: AbstractBaseUser | None = None,
    at: datetime | None = None,
    link: Mapping[str, Any] | None = None,
) -> Card:
    """Put a card under another parent card, or under none: an act of staff (S28).

    Past rewards stay where they are. Raises ReasonRequired, ParentIsSelf, ParentCycle, CardNotFound for a
    parent of another program, OwnCard where the card or the new parent is the actor's own.
    """
    text = clean_reason(reason)
    refuse_own_card(actor, card, *([] if parent is None else [parent]))
    with transaction.atomic(using=router.db_for_write(Card)):
        _explain(ParentChange, _change_parent(card, parent, at, link), text, actor)
    return _refreshed(card, "parent", "parent_since", "linked_at")


def _change_status(
    kind: str, card: Card, reason: str, actor: AbstractBaseUser | None, at: datetime | None
) -> Card:
    text = clean_reason(reason)
    with transaction.atomic(using=router.db_for_write(Card)):
        _explain(CardStatusChange, _execute(kind, card, at, {}), text, actor)
    return _refreshed(card, "status", "status_since")


def _change_parent(
    card: Card,
    parent: Card | None,
    at: datetime | None,
    link: Mapping[str, Any] | None,
    *,
    first: bool = False,
) -> calls.Executed:
    if parent is not None and parent.program_id != card.program_id:
        raise CardNotFound
    parent = None if parent is None else survivor_of(parent)
    payload: dict[str, Any] = {"parent": None if parent is None else parent.pk}
    if link:
        payload["link"] = dict(link)
    return _execute("loyalty.parent_changed", card, at, payload | ({"first": True} if first else {}))


def _execute(kind: str, card: Card, at: datetime | None, payload: Mapping[str, Any]) -> calls.Executed:
    return calls.execute(
        program=card.program,
        source=SOURCE,
        kind=kind,
        key=new_key(),
        card_id=card.pk,
        occurred_at=clean_call_moment(at, allow_past=True) or timezone.now(),
        payload=payload,
    )


def _explain(
    history: type[CardStatusChange | ParentChange],
    done: calls.Executed,
    reason: str,
    actor: AbstractBaseUser | None,
) -> None:
    """Reasons and actors stand beside what happened, in rows that may be rid of them; never in the events."""
    if reason or actor is not None:
        history._default_manager.filter(event_id=done.event_pk).update(reason=reason, actor=actor)


def _refreshed(card: Card, *fields: str) -> Card:
    card.refresh_from_db(fields=fields)
    return card
