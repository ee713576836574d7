"""How far each friend of a card has come: told to the one who brought them, without anything of the friend's own."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db.models import F, Max, Min, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from loyalty.models import Card, Reward
from loyalty.selectors.cards import cards_behind
from referrals.models import Referral

FriendStage = Literal["registered", "qualified", "pending", "rewarded", "reversed"]
_LONGEST = 200
_MASK = "•••"


@dataclass(frozen=True, slots=True)
class FriendProgress:
    """One friend. `name` is masked: the first letter of a given name, never of an address.

    `stage`: registered; qualified by a purchase that counts; pending, while the card's reward for this friend
    waits; rewarded, from the moment it can be spent; reversed, when all of it was taken back. Bonuses for several
    friends are nobody's own and tell of none. Each date is None until the stage was reached; `qualified_at` also
    when every purchase that counted went back.
    """

    pk: int
    name: str
    stage: FriendStage
    registered_at: datetime
    qualified_at: datetime | None = None
    pending_at: datetime | None = None
    rewarded_at: datetime | None = None
    reversed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FriendsProgress:
    """A page of friends. `older` is where the next page begins, None when this is the last."""

    friends: list[FriendProgress]
    older: int | None


@dataclass(frozen=True, slots=True)
class _Rewarded:
    """What the referrer has for one friend: the first dates of what is left, the last one of what was taken back."""

    granted_at: datetime | None = None
    available_at: datetime | None = None
    reversed_at: datetime | None = None


_NOTHING = _Rewarded()


def friends_progress(
    card: Card, *, before: int | None = None, limit: int = 50, at: datetime | None = None
) -> FriendsProgress:
    """The friends whom a card brought and how far each has come, the latest first, at most 200 at a time.

    `before` is the `older` of the page before; `at` says when it is, default now. Three queries at any size.
    """
    moment, size = at or timezone.now(), max(1, min(limit, _LONGEST))
    found = Referral.objects.filter(referrer=card).select_related("referee__user").order_by("-pk")
    if before is not None:
        found = found.filter(pk__lt=before)
    rows = list(found[: size + 1])
    shown = rows[:size]
    rewarded = _rewarded(card, {row.referee_id for row in shown}) if shown else {}
    told = [_read(row, rewarded.get(row.referee_id, _NOTHING), moment) for row in shown]
    return FriendsProgress(told, shown[-1].pk if len(rows) > size else None)


def _rewarded(card: Card, friends: Collection[int]) -> dict[int, _Rewarded]:
    """What the card has, or had, for events of these friends."""
    given = Reward.objects.filter(card_id__in=cards_behind(card), event__card_id__in=friends, threshold=None)
    left, back = Q(reversed__lt=F("granted")), Q(entries__kind="reverse")
    usable = Coalesce("lot__available_at", "occurred_at")
    rows = (
        given.order_by()
        .values_list("event__card_id")
        .annotate(
            first_kept=Min("occurred_at", filter=left),
            usable=Min(usable, filter=left),
            taken=Max("entries__effective_at", filter=back),
        )
    )
    return {friend: _Rewarded(*values) for friend, *values in rows}


def _read(row: Referral, rewarded: _Rewarded, at: datetime) -> FriendProgress:
    stage = _stage(row, rewarded, at)
    available = rewarded.available_at
    return FriendProgress(
        pk=row.pk,
        name=mask_name(row.referee),
        stage=stage,
        registered_at=row.registered_at,
        qualified_at=row.qualified_at if row.counted else None,
        pending_at=rewarded.granted_at,
        rewarded_at=available if available is not None and available <= at else None,
        reversed_at=rewarded.reversed_at if stage == "reversed" else None,
    )


def _stage(row: Referral, rewarded: _Rewarded, at: datetime) -> FriendStage:
    if rewarded.available_at is not None:
        return "rewarded" if rewarded.available_at <= at else "pending"
    begun_anew = (
        row.qualified_at is not None
        and rewarded.reversed_at is not None
        and row.qualified_at > rewarded.reversed_at
    )
    if rewarded is not _NOTHING and not begun_anew:
        return "reversed"
    return "qualified" if row.status == Referral.Status.QUALIFIED else "registered"


def mask_name(card: Card) -> str:
    """The holder's name as a friend may see it: “A•••”; “•••” where there is none but an address."""
    user = card.user
    if user is None:
        return _MASK
    short = getattr(user, "get_short_name", None)
    given = str(short() if callable(short) else "") or user.get_username()
    initial = "" if "@" in given else next((letter for letter in given if letter.isalpha()), "")
    return f"{initial.upper()}{_MASK}"
