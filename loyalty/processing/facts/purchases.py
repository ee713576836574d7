"""How many qualifying purchases a card has (S9), for each minimum and since when campaigns ask."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q

from loyalty.money import to_minor
from loyalty.rules.base import Fact, LoadRequest
from loyalty.rules.events import EventState, FollowUp
from loyalty.rules.state import CardState, FactBook

KEY = "loyalty.purchases"
_COUNTED = ("loyalty.purchase", "loyalty.refund", "loyalty.purchase_reopened")
Detail = tuple[str, str]  # (minimum total as a decimal string, "ever" or "link")


@dataclass(slots=True)
class PurchaseTallies:
    """Counts by detail. `history` (purchase key -> when and what remains) is kept where a link may still be set late."""

    counts: dict[Detail, int] = field(default_factory=dict)
    history: dict[str, tuple[datetime, int]] | None = None

    def tally(self, *, minimum: str, since: str) -> int:
        """The number of purchases that qualify, this event's included."""
        return self.counts.get((minimum, since), 0)


class PurchasesFact(Fact):
    """Counted from the purchases themselves in one query, so that nothing has to be stored or kept in step."""

    key = KEY

    def initial(self, card: CardState) -> PurchaseTallies:
        return PurchaseTallies(history={})

    def load(self, request: LoadRequest) -> Mapping[int, PurchaseTallies]:
        from loyalty.models import Purchase

        cards = [card.pk for card in request.cards.values() if card.purchases_count]
        details = sorted(_details(request.details))
        if not cards or not details:
            return {}
        decimals = request.program.decimals
        counts: dict[str, Any] = {}
        for number, (minimum, since) in enumerate(details):
            wanted = Q(remaining__gte=max(1, to_minor(minimum, decimals)))
            if since == "link":
                wanted &= Q(occurred_at__gte=F("card__linked_at"))
            counts[f"tally_{number}"] = Count("pk", filter=wanted)
        purchases = Purchase.objects.filter(card_id__in=cards)
        rows = purchases.values_list("card_id").annotate(**counts).order_by()
        found = {
            card_id: PurchaseTallies(dict(zip(details, tallies, strict=True))) for card_id, *tallies in rows
        }
        attached = {event.card_id for event in request.events if event.kind == "loyalty.parent_changed"}
        linked = [card_id for card_id in found if card_id in attached]
        if linked:
            history = Purchase.objects.filter(card_id__in=linked).values_list(
                "card_id", "source", "external_id", "occurred_at", "remaining"
            )
            for card_id in linked:
                found[card_id].history = {}
            for card_id, source, external_id, occurred_at, remaining in history:
                kept = found[card_id].history
                assert kept is not None
                kept[f"{source}/{external_id}"] = (occurred_at, remaining)
        return found

    def advance(self, book: FactBook, event: EventState) -> Sequence[FollowUp]:
        if event.kind == "loyalty.parent_changed":
            self._relink(book, event)
        elif event.purchase is not None and not event.cascaded:
            self._count(book, event)
        return ()

    def store(self, changed: Mapping[int, Any], moment: datetime) -> None:
        """The purchases themselves are the record."""

    def _count(self, book: FactBook, event: EventState) -> None:
        purchase = event.purchase
        if purchase is None or event.kind not in _COUNTED:
            return
        before = event.before if event.before is not None else 0
        tallies = book.get(KEY, purchase.card_id)
        card = book.state.cards[purchase.card_id]
        for minimum, since in _details(book.details[KEY]):
            if since == "link" and (card.linked_at is None or purchase.occurred_at < card.linked_at):
                continue
            least = max(1, to_minor(minimum, book.state.program.decimals))
            change = (purchase.remaining >= least) - (before >= least)
            if change:
                tallies.counts[(minimum, since)] = tallies.counts.get((minimum, since), 0) + change
        if tallies.history is not None:
            tallies.history[purchase.key] = (purchase.occurred_at, purchase.remaining)

    def _relink(self, book: FactBook, event: EventState) -> None:
        """A first link counts what was bought at or after it, however late it is told."""
        assert event.card_id is not None
        card = book.state.cards[event.card_id]
        if card.linked_at != event.occurred_at:
            return
        tallies = book.get(KEY, event.card_id)
        history = (tallies.history or {}).values()
        for minimum, since in _details(book.details[KEY]):
            if since == "link":
                least = max(1, to_minor(minimum, book.state.program.decimals))
                tallies.counts[(minimum, since)] = sum(
                    remaining >= least and occurred_at >= card.linked_at for occurred_at, remaining in history
                )


def _details(details: frozenset[Hashable]) -> list[Detail]:
    return [detail for detail in details if isinstance(detail, tuple) and len(detail) == 2]
