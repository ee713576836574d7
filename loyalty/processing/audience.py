"""Conditions as a query over cards: the questions that the engine asks of one card, asked of all at once."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Exists, OuterRef, Q

from loyalty.models import Card
from loyalty.rules.base import Asking
from loyalty.rules.compiled import CompiledCondition
from loyalty.rules.conditions.days import EVERYBODY, NOBODY

Groups = Sequence[Sequence[CompiledCondition]]


def audience_query(groups: Groups, asking: Asking) -> Q | None:
    """The cards for which any of the groups holds at `asking.at`; without groups everybody.

    None where some condition can only be answered for an event, such as the total of the purchase. A parent card is
    asked as the engine asks it: of a card without one neither the question nor its "not" holds (S35). It does not look
    at statuses or at the program: whoever filters cards does.
    """
    if not groups:
        return EVERYBODY
    whole = NOBODY
    for group in groups:
        together = EVERYBODY
        for item in group:
            query = item.condition.audience(item.params, asking)
            if query is None:
                return None
            together &= _about(item, query or EVERYBODY, asking)
        whole |= together
    return whole


def _about(item: CompiledCondition, query: Q, asking: Asking) -> Q:
    """One condition with its "not". Asked as "is there such a card", it is true or false and never NULL."""
    if item.about == "parent_card":
        holds = Q(Exists(Card.objects.filter(query, pk=OuterRef("parent_id"))))
        linked = Q(parent__isnull=False, parent_since__lte=asking.at)
        return linked & (~holds if item.negate else holds)
    holds = Q(Exists(Card.objects.filter(query, pk=OuterRef("pk"))))
    return ~holds if item.negate else holds
