"""What the member's views have in common: who may call, and finding the card."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request

from loyalty.api.permissions import IsMember
from loyalty.api.views import LoyaltyAPIView
from loyalty.models import Card
from loyalty.selectors import get_member_card


class MemberView(LoyaltyAPIView):
    """Anybody who is signed in."""

    permission_classes = [IsMember]


class MemberCardView(MemberView):
    """About one card, named by `card` in the address: a card of somebody else is as unknown as one that is none."""

    card: Card

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.card = get_member_card(request.user, kwargs["card"])  # type: ignore[arg-type]
