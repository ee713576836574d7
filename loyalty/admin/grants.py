"""Rewards as rows of a page: who got what from which campaign, what was cut, what was taken back."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from loyalty.models import Reward
from loyalty.money import show_amount

_MOST = 50


def reward_rows(rewards: QuerySet[Reward]) -> list[dict[str, Any]]:
    """The first 50 as texts in their currency's units. Two queries at any size."""
    rows = rewards.select_related("card", "campaign", "revision", "currency").prefetch_related(
        "card__numbers"
    )
    return [_row(reward) for reward in rows[:_MOST]]


def _row(reward: Reward) -> dict[str, Any]:
    decimals = reward.currency.decimals if reward.currency else 0
    currency = reward.currency.name if reward.currency else ""

    def text(amount: int) -> str:
        return f"{show_amount(amount, decimals)} {currency}".strip() if reward.currency else ""

    return {
        "row": reward,
        "card": reward.card.number or str(reward.card),
        "role": _role(reward.level),
        "granted": text(reward.granted),
        "asked": text(reward.requested) if reward.requested != reward.granted else "",
        "reversed": text(reward.reversed) if reward.reversed else "",
    }


def _role(level: int) -> str:
    if level == 0:
        return _("card")
    if level == 1:
        return _("parent card")
    return _("%(level)d levels up") % {"level": level}
