"""Two cards of one person become one (S29), and part again. See docs/adr/0007-merging-cards.md."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import router, transaction
from django.utils import timezone

from loyalty.exceptions import CardNotFound, CardNotMerged
from loyalty.models import Card, CardMerge, ParentChange
from loyalty.processing import calls
from loyalty.services.enrolment import SOURCE
from loyalty.services.fields import clean_call_moment, clean_reason, new_key

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser


def merge_cards(
    *,
    survivor: Card,
    merged: Card,
    reason: str,
    actor: AbstractBaseUser | None = None,
    at: datetime | None = None,
) -> CardMerge:
    """Let one card go into another, from `at` on (default now; the past is allowed).

    Its balances move with the dates of their lots, its debt with them, its children to the survivor. Purchases and
    their counters stay with the card that made them; what they bring from now on, and what refunds of them take back,
    goes by the survivor. Whoever asks for the merged card by number, key or user finds the survivor; its number no
    longer spends (S30). An act of staff: `unmerge_cards` undoes it.

    Raises ReasonRequired, CardNotFound for cards of two programs, MergeIsSelf, CardMerged when one of them went into
    another before, CardClosed, OpenHolds, ParentCycle when the survivor stands below a child of the merged card,
    EventPayloadInvalid for a moment in the future.
    """
    text = clean_reason(reason)
    if survivor.program_id != merged.program_id:
        raise CardNotFound
    with transaction.atomic(using=router.db_for_write(Card)):
        done = _execute("loyalty.card_merged", survivor, merged.pk, at)
        _explain(done, text, actor)
        CardMerge.objects.filter(event_id=done.event_pk).update(reason=text, actor=actor)
    survivor.refresh_from_db(fields=["parent", "merged_into"])
    merged.refresh_from_db(fields=["parent", "merged_into"])
    return CardMerge.objects.select_related("survivor", "merged", "actor").get(event_id=done.event_pk)


def unmerge_cards(
    *, card: Card, reason: str, actor: AbstractBaseUser | None = None, at: datetime | None = None
) -> CardMerge:
    """Part a merged card from the one it went into, from `at` on (default now).

    What is left of its lots goes back to them, children that still stand where the merge put them go back, and it is
    a card of its own again. What was spent or expired meanwhile stays so, and a debt that moved stays where it is.

    Raises ReasonRequired, CardNotMerged, CardMerged when the survivor went into another since: part those first;
    ParentCycle when the tree grew in the way, EventPayloadInvalid.
    """
    text = clean_reason(reason)
    with transaction.atomic(using=router.db_for_write(Card)):
        merge = CardMerge.objects.select_related("survivor__program").filter(merged=card, undone=None).first()
        if merge is None:
            raise CardNotMerged
        done = _execute("loyalty.cards_parted", merge.survivor, card.pk, at)
        _explain(done, text, actor)
        CardMerge.objects.filter(pk=merge.pk).update(undone_reason=text, undone_actor=actor)
    merge.refresh_from_db(fields=["undone", "undone_reason", "undone_actor"])
    card.refresh_from_db(fields=["parent", "merged_into"])
    return merge


def _execute(kind: str, survivor: Card, merged_pk: int, at: datetime | None) -> calls.Executed:
    return calls.execute(
        program=survivor.program,
        source=SOURCE,
        kind=kind,
        key=new_key(),
        card_id=survivor.pk,
        occurred_at=clean_call_moment(at, allow_past=True) or timezone.now(),
        payload={"merged": merged_pk},
    )


def _explain(done: calls.Executed, reason: str, actor: AbstractBaseUser | None) -> None:
    """Those that moved in the tree carry the reason too: their history is read by itself."""
    ParentChange.objects.filter(event_id=done.event_pk).update(reason=reason, actor=actor)
