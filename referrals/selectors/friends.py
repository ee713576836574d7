"""Whom a card brought, who brought it, and who brings most."""

from __future__ import annotations

from typing import Literal

from django.db.models import QuerySet

from loyalty.models import Card, Program
from referrals.models import Referral, ReferrerStats

__all__ = ["friends_of", "get_referral", "top_referrers"]

Stage = Literal["registered", "qualified"]


def get_referral(*, card: Card) -> Referral | None:
    """How the card came, with its referrer; None when nobody brought it."""
    return Referral.objects.filter(referee=card).select_related("referrer").first()


def friends_of(*, card: Card) -> QuerySet[Referral]:
    """The friends whom a card brought, the latest first: `referee` is the card, `status` how far it got."""
    return Referral.objects.filter(referrer=card).select_related("referee").order_by("-pk")


def top_referrers(*, program: Program, stage: Stage = "qualified", limit: int = 10) -> list[ReferrerStats]:
    """Who brought most friends who got to this stage now, at least one; of equals the older card first."""
    stats = ReferrerStats.objects.filter(card__program=program, **{f"{stage}__gt": 0})
    return list(stats.select_related("card").order_by(f"-{stage}", "card_id")[:limit])
