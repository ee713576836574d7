"""Which cards hold a campaign's conditions now: "this campaign would reach 1,240 cards"."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact

from loyalty.models import Card, CardMerge, CardStatusChange
from loyalty.processing.audience import Groups, audience_query
from loyalty.rules.base import Asking

__all__ = ["active_at", "audience_cards", "audience_query", "count_audience", "stands_for_itself"]


def audience_cards(groups: Groups, asking: Asking) -> QuerySet[Card] | None:
    """The program's cards that hold the conditions and are active at `asking.at`, by key; none that was merged by then.

    None as in `audience_query`. Page on by `filter(pk__gt=last)`.
    """
    query = audience_query(groups, asking)
    if query is None:
        return None
    mine = Card.objects.filter(program_id=asking.program.pk, enrolled_at__lte=asking.at)
    return mine.filter(active_at(asking) & stands_for_itself(asking)).filter(query).order_by("pk")


def count_audience(groups: Groups, asking: Asking) -> int | None:
    """How many cards that are. None where the question needs an event."""
    cards = audience_cards(groups, asking)
    return None if cards is None else cards.count()


def active_at(asking: Asking) -> Q:
    """The cards that are active at `asking.at`: by their present status, or by their history if that is younger (S13)."""
    changes = CardStatusChange.objects.filter(card=OuterRef("pk"), since__lte=asking.at)
    last = Subquery(changes.order_by("-since", "-pk").values("status")[:1])
    was_active = Q(Exact(Coalesce(last, Value(Card.Status.ACTIVE.value)), Card.Status.ACTIVE.value))
    return Q(status_since__lte=asking.at, status=Card.Status.ACTIVE) | (
        Q(status_since__gt=asking.at) & was_active
    )


def stands_for_itself(asking: Asking) -> Q:
    """The cards that were not merged into another by `asking.at`: one person counts once (S29)."""
    ended_later = Q(undone=None) | Q(undone__occurred_at__gt=asking.at)
    merges = CardMerge.objects.filter(ended_later, merged=OuterRef("pk"), since__lte=asking.at)
    return ~Q(Exists(merges))
