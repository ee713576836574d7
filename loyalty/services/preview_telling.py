"""What a preview tells: the rewards, each campaign's answer, and what was cut; of others only where staff ask."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from loyalty.models import Card, CardNumber
from loyalty.money import to_decimal_string
from loyalty.processing.preview import NOBODY, Previewed
from loyalty.rules.compiled import CampaignBook, CompiledCampaign
from loyalty.rules.reversal import find
from loyalty.rules.state import ProgramRules, RewardState
from loyalty.selectors.explain import CampaignExplained, explain_campaign, explain_rewards
from loyalty.selectors.explain_grants import explain_left_out

_PRIVATE = "depends_on_another_card"
# Codes that tell of a campaign without asking about any card.
_ABOUT_CAMPAIGN = frozenset(["not_started", "ended", "campaign_broken", "already_in_chain"])


@dataclass(frozen=True, slots=True)
class PreviewedReward:
    """What one card would earn from one campaign; amounts are decimal strings.

    `requested` is what the campaign asks for, `granted` what limits and pots leave of it, `cut_reason` a code. It
    could be spent from `available_at` to `expires_at` (None: for ever). `level` is 0 for the buyer's card, 1 for
    its parent card and so on; `card_id` says whose it is, None for a buyer without a card.
    """

    campaign: str
    campaign_name: str
    role: str
    level: int
    card_id: int | None
    currency: str
    requested: str
    granted: str
    cut_reason: str
    available_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Preview:
    """What a purchase would earn, and each campaign's answer in sentences of the active language.

    `reasons` are sentences on what was cut or denied. `supposed`: such an event cannot be brought about by itself, so
    the campaigns were asked as if what it follows from had happened.
    """

    card: Card | None
    occurred_at: datetime
    rewards: list[PreviewedReward]
    campaigns: list[CampaignExplained]
    reasons: list[str]
    supposed: bool = False

    def earned(self, currency: str) -> Decimal:
        """What the buyer would earn in a currency, in all."""
        buyer = None if self.card is None else self.card.pk
        mine = (row for row in self.rewards if row.card_id == buyer and row.currency == currency)
        return sum((Decimal(row.granted) for row in mine), Decimal(0))

    def as_lines(self) -> list[str]:
        """The sentences as lines of text."""
        lines = []
        for campaign in self.campaigns:
            lines += [campaign.sentence, *(f"  {answer}" for answer in campaign.answers)]
        return lines + self.reasons


class Telling:
    """What may be told of a decision, and how."""

    def __init__(
        self, previewed: Previewed, book: CampaignBook, buyer: Card | None, include_others: bool
    ) -> None:
        self.previewed, self.book, self.buyer = previewed, book, buyer
        self.mine = NOBODY if buyer is None else buyer.pk
        self.include_others = include_others

    def tell(self, moment: datetime, *, supposed: bool = False) -> Preview:
        """All of it."""
        return Preview(
            card=self.buyer,
            occurred_at=moment,
            rewards=list(self._rewards()),
            campaigns=list(self._campaigns()),
            reasons=list(dict.fromkeys(self._reasons())),
            supposed=supposed,
        )

    def _is_told(self, card_id: int | None) -> bool:
        return self.include_others or card_id == self.mine

    def _rewards(self) -> Iterator[PreviewedReward]:
        rules = self.previewed.program
        for reward in self.previewed.rewards:
            if self._is_told(reward.card_id) and reward.currency is not None and reward.lot is not None:
                yield self._reward(reward, rules)

    def _reward(self, reward: RewardState, rules: ProgramRules) -> PreviewedReward:
        assert reward.currency is not None
        assert reward.lot is not None
        decimals = rules.currencies[reward.currency].decimals
        campaign = find(self.book, reward.campaign_key, reward.revision_pk)
        action = campaign.by_slot.get(reward.slot) if campaign else None
        return PreviewedReward(
            campaign=reward.campaign_key,
            campaign_name=(campaign.name if campaign else "") or reward.campaign_key,
            role=action.recipient.role if action else "card",
            level=reward.level,
            card_id=reward.card_id or None,
            currency=reward.currency,
            requested=to_decimal_string(reward.requested, decimals),
            granted=to_decimal_string(reward.granted, decimals),
            cut_reason=reward.cut_reason,
            available_at=reward.lot.available_at,
            expires_at=reward.lot.expires_at,
        )

    def _campaigns(self) -> Iterator[CampaignExplained]:
        for item in self.previewed.evaluations:
            if not self._is_told(item.event.card_id):
                continue
            in_effect = self.book.in_effect(trigger=item.event.kind, at=item.event.occurred_at)
            by_key = {campaign.key: campaign for campaign in in_effect}
            for one in item.trace.get("campaigns", ()):
                yield self._campaign(one, by_key[one["campaign"]])

    def _campaign(self, one: Mapping[str, Any], campaign: CompiledCampaign) -> CampaignExplained:
        name = campaign.name or campaign.key
        if self.include_others:
            return explain_campaign(one, name=name)
        groups = one.get("groups")
        if groups is None:
            asks_others = any(item.about != "card" for group in campaign.groups for item in group)
            hidden = asks_others and one["code"] not in _ABOUT_CAMPAIGN
            return explain_campaign({**one, "code": _PRIVATE} if hidden else one, name=name)
        shown = [[answer for answer in group if _is_own(answer)] for group in groups]
        told = explain_campaign({**one, "groups": shown}, name=name)
        if shown == groups:
            return told
        return replace(told, answers=[*told.answers, _("The rest depends on another card.")])

    def _reasons(self) -> Iterator[str]:
        """Sentences on what was cut and denied."""
        rules = self.previewed.program
        decimals = {code: currency.decimals for code, currency in rules.currencies.items()}
        traces = [item.trace for item in self.previewed.evaluations]
        if self.include_others:
            names = {one.key: one.name or one.key for one in self.book.campaigns}
            yield from (one.sentence for trace in traces for one in explain_left_out(trace, names=names))
        told = [
            {
                "rewards": [
                    one for one in trace.get("rewards", ()) if one.get("cut") and self._is_told(one["card"])
                ],
                "denied": [one for one in trace.get("denied", ()) if self._is_told(one["card"])],
            }
            for trace in traces
        ]
        cards = {one["card"] for trace in told for part in trace.values() for one in part}
        if not cards:
            return
        numbers = dict(
            CardNumber.objects.filter(card_id__in=cards, retired_at=None).values_list("card_id", "number")
        )
        for trace in told:
            yield from explain_rewards(trace, numbers={NOBODY: "–", **numbers}, decimals=decimals)


def _is_own(answer: Mapping[str, Any]) -> bool:
    """Whether an answer tells of the asked card alone; that it has no parent card is its own affair."""
    return bool(answer.get("about", "card") == "card" or answer["code"] == "no_parent_card")
