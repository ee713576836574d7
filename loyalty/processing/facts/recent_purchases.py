"""The kept purchases of a card since as long ago as campaigns ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThanOrEqual, LessThanOrEqual

from loyalty.rules.base import Asking, Fact, LoadRequest
from loyalty.rules.conditions.windows import FACT, Bought, RecentPurchases
from loyalty.rules.events import EventState, FollowUp, purchase_key
from loyalty.rules.state import CardState, FactBook


class RecentPurchasesFact(Fact):
    """Read from the purchases themselves, in one query; a detail is the number of days that a campaign looks back."""

    key = FACT

    def initial(self, card: CardState) -> RecentPurchases:
        return RecentPurchases()

    def load(self, request: LoadRequest) -> Mapping[int, RecentPurchases]:
        from loyalty.models import Purchase

        cards = [card.pk for card in request.cards.values() if card.purchases_count]
        days = [detail for detail in request.details if isinstance(detail, int)]
        if not cards or not days or request.earliest is None:
            return {}
        # A day more than any question asks: calendar days have up to 25 hours, and zones differ.
        horizon = request.earliest - timedelta(max(days) + 2)
        rows = Purchase.objects.filter(card_id__in=cards, remaining__gt=0, occurred_at__gte=horizon)
        found: dict[int, RecentPurchases] = {}
        for card_id, source, external_id, occurred_at, remaining in rows.values_list(
            "card_id", "source", "external_id", "occurred_at", "remaining"
        ).order_by("occurred_at", "source", "external_id"):
            known = found.setdefault(card_id, RecentPurchases())
            known.keep(purchase_key(source, external_id), occurred_at, remaining)
        return found

    def advance(self, book: FactBook, event: EventState) -> Sequence[FollowUp]:
        purchase = event.purchase
        if purchase is not None and not event.cascaded and book.details[FACT]:
            known: RecentPurchases = book.get(FACT, purchase.card_id)
            known.keep(purchase.key, purchase.occurred_at, purchase.remaining)
        return ()

    def store(self, changed: Mapping[int, Any], moment: datetime) -> None:
        """The purchases themselves are the record."""

    def query(self, question: Bought, asking: Asking) -> Q:
        from loyalty.models import Purchase

        rows = Purchase.objects.filter(
            card=OuterRef("pk"), remaining__gt=0, occurred_at__lte=question.until
        ).order_by()
        if question.since is not None:
            rows = rows.filter(occurred_at__gt=question.since)
        if question.measure == "purchases" and (question.minimum, question.maximum) == (1, None):
            return Q(Exists(rows))
        measured = Sum("remaining") if question.measure == "remaining" else Count("pk")
        number = Coalesce(Subquery(rows.values("card").annotate(number=measured).values("number")), 0)
        query = Q()
        if question.minimum is not None:
            query &= Q(GreaterThanOrEqual(number, question.minimum))
        if question.maximum is not None:
            query &= Q(LessThanOrEqual(number, question.maximum))
        return query
