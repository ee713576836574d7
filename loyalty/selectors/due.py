"""Cards in which something fell due that nobody has posted yet."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Min, QuerySet

from loyalty.models import Lot, Program, Spend


def due_cards(*, program: Program, at: datetime) -> dict[int, datetime]:
    """When something first fell due, by card: a lot to become available or to expire, a hold to end."""
    lots = Lot.objects.filter(wallet__currency__program=program, remaining__gt=0)
    holds = Spend.objects.filter(wallet__currency__program=program, status="held", expires_at__lte=at)
    sources: Iterable[tuple[QuerySet[Lot] | QuerySet[Spend], str]] = (
        (lots.filter(matured=False, available_at__lte=at), "available_at"),
        (lots.filter(matured=True, expires_at__lte=at), "expires_at"),
        (holds, "expires_at"),
    )
    due: dict[int, datetime] = {}
    for rows, instant in sources:
        firsts = rows.values_list("wallet__card_id").annotate(first=Min(instant)).order_by()
        for card_id, first in firsts.iterator():
            due[card_id] = min(first, due.get(card_id, first))
    return due
