"""The fact "referrals.referrals": one card as a friend and as a referrer, loaded and stored at once (S33)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import router

from loyalty.columns import Columns, among, table_of
from loyalty.models import Card, Purchase
from loyalty.rules import EventState, Fact, FollowUp, LoadRequest
from loyalty.rules.events import purchase_key
from loyalty.rules.state import CardState, FactBook
from referrals import journey
from referrals.journey import CardReferrals, PastPurchase, ReferralState
from referrals.models import Referral, ReferrerStats

_COLUMNS = (
    "program_id",
    "referrer_id",
    "link_id",
    "code",
    "method",
    "registered_at",
    "minimum",
    "counted",
    "qualifying_purchases",
    "qualified_at",
    "qualified_by",
    "visit_id",
)
_READ = Columns(
    ((Card, "c", ("id",)), (ReferrerStats, "s", ("registered", "qualified")), (Referral, "r", _COLUMNS))
)
# Every event asks this of its cards.
_KNOWN = """
SELECT {columns} FROM {card} c LEFT JOIN {stats} s ON s.card_id = c.id LEFT JOIN {referral} r ON r.referee_id = c.id
WHERE c.id {some} AND (s.card_id IS NOT NULL OR r.id IS NOT NULL)
"""
_CHANGING = ("referrer", "status", "counted", "qualifying_purchases", "qualified_at", "qualified_by")


class ReferralsFact(Fact):
    """Who brought the card, and how many friends it brought itself."""

    key = journey.FACT
    levels = 1

    def initial(self, card: CardState) -> CardReferrals:
        return CardReferrals()

    def load(self, request: LoadRequest) -> Mapping[int, CardReferrals]:
        """One query; one more for cards that get a link now, whose purchases may qualify already."""
        using = router.db_for_write(Referral)
        some, cards = among(request.cards, using=using)
        sql = _KNOWN.format(
            columns=_READ.listed(using),
            card=table_of(Card, using),
            stats=table_of(ReferrerStats, using),
            referral=table_of(Referral, using),
            some=some,
        )
        loaded = {
            pk: CardReferrals(
                referral=ReferralState(*columns) if columns[0] is not None else None,
                registered=registered or 0,
                qualified=qualified or 0,
            )
            for pk, registered, qualified, *columns in _READ.read(sql, [cards], using=using)
        }
        for card_id, past in self._load_history(request.events, loaded):
            known = loaded.setdefault(card_id, CardReferrals())
            known.history[past.key] = past
        return loaded

    def advance(self, book: FactBook, event: EventState) -> Sequence[FollowUp]:
        return journey.advance(book, event)

    def store(self, changed: Mapping[int, Any], moment: datetime) -> None:
        # The cards are locked, so nobody counts at the same time: whole values are written.
        Referral.objects.bulk_create(
            [
                _row(card_id, known.referral)
                for card_id, known in changed.items()
                if known.referral_changed and known.referral is not None
            ],
            update_conflicts=True,
            unique_fields=["referee"],
            update_fields=_CHANGING,
        )
        ReferrerStats.objects.bulk_create(
            [
                ReferrerStats(card_id=card_id, registered=known.registered, qualified=known.qualified)
                for card_id, known in changed.items()
                if known.counts_changed
            ],
            update_conflicts=True,
            unique_fields=["card"],
            update_fields=["registered", "qualified"],
        )

    def _load_history(
        self, events: Iterable[EventState], loaded: Mapping[int, CardReferrals]
    ) -> Iterable[tuple[int, PastPurchase]]:
        linked = [
            (event.card_id, event.occurred_at)
            for event in events
            if event.kind == "loyalty.parent_changed"
            and event.payload.get("link")
            and event.card_id is not None
            and (event.card_id not in loaded or loaded[event.card_id].referral is None)
        ]
        if not linked:
            return
        found = Purchase.objects.filter(
            card_id__in={card_id for card_id, _at in linked},
            occurred_at__gte=min(at for _card_id, at in linked),
            remaining__gt=0,
        ).order_by("pk")
        for card_id, source, external_id, occurred_at, remaining in found.values_list(
            "card_id", "source", "external_id", "occurred_at", "remaining"
        ):
            yield card_id, PastPurchase(purchase_key(source, external_id), occurred_at, remaining)


def _row(card_id: int, referral: ReferralState) -> Referral:
    status = Referral.Status.QUALIFIED if referral.is_qualified else Referral.Status.REGISTERED
    columns = {name: getattr(referral, name) for name in _COLUMNS}
    return Referral(referee_id=card_id, status=status, **columns)
