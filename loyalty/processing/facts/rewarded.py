"""How many rewards of a campaign a card has kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q

from loyalty.rules.base import Asking, Fact, LoadRequest
from loyalty.rules.events import EventState, FollowUp
from loyalty.rules.state import CardState, FactBook
from loyalty.rules.views import REWARDED


class RewardedFact(Fact):
    """Counted as stored, by the campaign's key; what the batch itself grants and takes back, `State.rewarded` adds."""

    key = REWARDED

    def initial(self, card: CardState) -> dict[str, int]:
        return {}

    def load(self, request: LoadRequest) -> Mapping[int, dict[str, int]]:
        from loyalty.models import Reward

        if not request.details:
            return {}
        rows = (
            Reward.objects.filter(
                card_id__in=list(request.cards),
                campaign__program_id=request.program.pk,
                campaign__key__in=sorted(map(str, request.details)),
                reversed__lt=F("granted"),
            )
            .values_list("card_id", "campaign__key")
            .annotate(Count("pk"))
            .order_by()
        )
        found: dict[int, dict[str, int]] = {}
        for card_id, campaign, number in rows:
            found.setdefault(card_id, {})[campaign] = number
        return found

    def advance(self, book: FactBook, event: EventState) -> Sequence[FollowUp]:
        return ()

    def store(self, changed: Mapping[int, Any], moment: datetime) -> None:
        """The rewards themselves are the record."""

    def query(self, question: str, asking: Asking) -> Q:
        from loyalty.models import Reward

        return Q(
            Exists(
                Reward.objects.filter(
                    card=OuterRef("pk"),
                    campaign__program_id=asking.program.pk,
                    campaign__key=question,
                    reversed__lt=F("granted"),
                )
            )
        )
