"""Which cards hold a campaign's conditions now: "this campaign would reach 1,240 cards"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact
from django.utils import timezone

from loyalty.models import Card, CardMerge, CardStatusChange, Program
from loyalty.processing.audience import Groups, audience_query
from loyalty.processing.campaigns import load_program_rules
from loyalty.rules.base import Asking
from loyalty.rules.compile import compile_audience
from loyalty.selectors.programs import ProgramLike, get_program

__all__ = [
    "active_at",
    "audience_cards",
    "audience_query",
    "count_audience",
    "find_audience",
    "stands_for_itself",
]


def audience_cards(groups: Groups, asking: Asking) -> QuerySet[Card] | None:
    """The program's cards that hold the conditions and are active at `asking.at`, by key; none that was merged by then.

    None as in `audience_query`. Page on by `filter(pk__gt=last)`.
    """
    query = audience_query(groups, asking)
    if query is None:
        return None
    mine = Card.objects.filter(program_id=asking.program.pk, enrolled_at__lte=asking.at)
    return mine.filter(active_at(asking) & stands_for_itself(asking)).filter(query).order_by("pk")


def find_audience(
    *,
    conditions: Sequence[Sequence[Mapping[str, Any]]],
    program: ProgramLike = None,
    at: datetime | None = None,
) -> QuerySet[Card]:
    """The active cards that hold conditions at a moment (default now), by key: groups of them, as in a campaign file.

    Any group is enough, all of a group must hold; none: everybody. A query set, to be counted, paged or filtered on.
    Raises CampaignInvalid, also for a condition that can only be asked when something happens.
    """
    rules = load_program_rules(Program.objects.get(pk=get_program(program).pk))
    groups = compile_audience(conditions, program=rules)
    found = audience_cards(groups, Asking(rules, at or timezone.now()))
    assert found is not None  # whatever has no audience was refused
    return found


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
