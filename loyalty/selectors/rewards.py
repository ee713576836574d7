"""What a card was given, newest first: why, how much of it is kept, and the day from which it can be spent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from django.utils import timezone
from django.utils.translation import gettext as _

from loyalty.models import Card, Lot, Program, Reward
from loyalty.money import to_decimal_string
from loyalty.periods import local_date
from loyalty.selectors.cards import cards_behind

RewardState = Literal["pending", "available", "reversed"]
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class CardReward:
    """One reward of a card, told to its holder: nobody else's purchase is named.

    Amounts are minor units of `currency`; `kept` is what was not taken back. `state` is pending until the day it
    can be spent, then available; reversed when nothing is kept. `available_at` and `expires_at` are None for what
    is no amount, `expires_at` for what never expires; the days are those of the program's time zone. `purchase` is
    the shop's id of the holder's own purchase, else empty.
    """

    pk: int
    campaign: str
    campaign_key: str
    reason: str
    currency: str
    currency_name: str
    decimals: int
    granted: int
    kept: int
    state: RewardState
    granted_at: datetime
    available_at: datetime | None
    available_on: date | None
    expires_at: datetime | None
    expires_on: date | None
    purchase: str

    def as_text(self) -> dict[str, str]:
        """`granted` and `kept` as decimal strings in the currency's units."""
        return {name: to_decimal_string(getattr(self, name), self.decimals) for name in ("granted", "kept")}


@dataclass(frozen=True, slots=True)
class CardRewards:
    """A page of rewards. `older` is where the next page begins, None when this is the last."""

    rewards: list[CardReward]
    older: int | None


def card_rewards(
    card: Card, *, before: int | None = None, limit: int = 50, at: datetime | None = None
) -> CardRewards:
    """The rewards of a card and of those merged into it, newest first, at most 200 at a time.

    `before` is the `older` of the page before; `at` says when it is, default now. Three queries at any size, and
    one for each step of merges.
    """
    moment, size = at or timezone.now(), max(1, min(limit, _LONGEST))
    cards = cards_behind(card)
    found = Reward.objects.filter(card_id__in=cards).order_by("-pk")
    found = found.select_related("campaign", "currency", "purchase", "lot")
    if before is not None:
        found = found.filter(pk__lt=before)
    rows = list(found[: size + 1])
    shown = rows[:size]
    program = Program.objects.get(pk=card.program_id)
    told = [_read(row, cards=cards, program=program, at=moment) for row in shown]
    return CardRewards(told, shown[-1].pk if len(rows) > size else None)


def _read(row: Reward, *, cards: Iterable[int], program: Program, at: datetime) -> CardReward:
    lot: Lot | None = getattr(row, "lot", None)
    available_at, expires_at = (lot.available_at, lot.expires_at) if lot else (None, None)
    own = row.purchase is not None and row.purchase.card_id in cards
    kept = row.granted - row.reversed
    return CardReward(
        pk=row.pk,
        campaign=str(row.campaign),
        campaign_key=row.campaign.key,
        reason=explain_reward(row, own=own),
        currency=row.currency.code if row.currency else "",
        currency_name=row.currency.name if row.currency else "",
        decimals=row.currency.decimals if row.currency else 0,
        granted=row.granted,
        kept=kept,
        state=_state(kept, available_at, at),
        granted_at=row.occurred_at,
        available_at=available_at,
        available_on=None if available_at is None else local_date(available_at, program.zone),
        expires_at=expires_at,
        expires_on=None if expires_at is None else local_date(expires_at, program.zone),
        purchase=row.purchase.external_id if own and row.purchase else "",
    )


def explain_reward(row: Reward, *, own: bool) -> str:
    """Why the holder got it, in one sentence of the active language; `own`: for a purchase of the holder's."""
    if row.threshold is not None:
        return _("You reached %(count)d, which “%(campaign)s” rewards.") % {
            "count": row.threshold,
            "campaign": row.campaign,
        }
    if own and row.purchase is not None:
        return _("For your purchase %(purchase)s.") % {"purchase": row.purchase.external_id}
    if row.level == 0:
        return _("By the campaign “%(campaign)s”.") % {"campaign": row.campaign}
    if row.purchase is None:
        return _("For somebody you brought.")
    if row.level == 1:
        return _("For a purchase of somebody you brought.")
    return _("For a purchase %(level)d levels below you.") % {"level": row.level}


def _state(kept: int, available_at: datetime | None, at: datetime) -> RewardState:
    if kept == 0:
        return "reversed"
    return "pending" if available_at is not None and available_at > at else "available"
