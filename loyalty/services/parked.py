"""Refunds that came before their purchase: woken when the purchase turns out to be there (S32)."""

from __future__ import annotations

from django.db.models import Q

from loyalty.models import Event
from loyalty.processing.follow_up import after_commit

_AT_ONCE = 1_000


def wake_parked(*, event_id: int | None = None) -> int:
    """Let parked refunds whose purchase is recorded by now be processed; one of them, or all; answers how many.

    Processing a purchase takes up what is parked for it. This is for a refund that was still invisible to that
    processing, written in a transaction that was not yet committed.
    """
    parked = Event.objects.filter(status=Event.Status.PARKED).order_by("pk")
    if event_id is not None:
        parked = parked.filter(pk=event_id)
    woken, last = 0, 0
    while rows := list(parked.filter(pk__gt=last)[:_AT_ONCE]):
        last = rows[-1].pk
        buyers = _buyers(rows)
        for row in rows:
            card_id = buyers.get((row.program_id, row.purchase_key))
            if card_id is None:
                continue
            changed = Event.objects.filter(pk=row.pk, status=Event.Status.PARKED).update(
                card_id=row.card_id or card_id, status=Event.Status.PENDING
            )
            if changed:
                woken += 1
                after_commit(card_id=row.card_id or card_id)
    return woken


def _buyers(rows: list[Event]) -> dict[tuple[int, str], int]:
    """The cards of the purchases that these events wait for, as far as they are recorded."""
    wanted = Q(pk__in=[])
    shops = {(row.program_id, row.source) for row in rows}
    for shop in shops:
        near = [row for row in rows if (row.program_id, row.source) == shop]
        keys = [row.purchase_key.partition("/")[2] for row in near]
        wanted |= Q(program_id=shop[0], source=shop[1], key__in=keys)
    recorded = Event.objects.filter(wanted, kind="loyalty.purchase", card__isnull=False)
    found = recorded.exclude(status=Event.Status.FAILED).values_list("program_id", "purchase_key", "card_id")
    return {(program_id, key): card_id for program_id, key, card_id in found if card_id}
