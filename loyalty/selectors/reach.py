"""Whom a campaign would reach: its conditions asked of all cards, as far as they can be asked before anything happens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from loyalty.models import Card, Program
from loyalty.processing.campaigns import load_program_rules
from loyalty.rules.base import Asking
from loyalty.rules.compile import canonical_campaign, compile_campaign
from loyalty.rules.kinds.scheduled import has_audience
from loyalty.selectors.audience import audience_cards
from loyalty.selectors.programs import ProgramLike, get_program
from loyalty.selectors.revision_texts import describe_condition

__all__ = ["Reach", "find_reach"]

_SAMPLE = 10


@dataclass(frozen=True, slots=True)
class Reach:
    """How many active cards hold what can be asked now, the first ten of them, and in words what is asked later.

    With `everybody` nothing is asked of a card beforehand in at least one group of conditions.
    """

    count: int
    sample: list[Card]
    asked_later: list[str]
    everybody: bool


def find_reach(
    definition: Mapping[str, Any], *, program: ProgramLike = None, at: datetime | None = None
) -> Reach:
    """The cards that a definition, as in a campaign file, could act on at a moment (default now).

    Conditions that need an event are left out of the count and named. Raises CampaignInvalid.
    """
    rules = load_program_rules(Program.objects.get(pk=get_program(program).pk))
    texts = canonical_campaign(definition, program=rules)["conditions"]
    campaign = compile_campaign(definition, program=rules)
    groups, later = [], []
    for group, told in zip(campaign.groups, texts, strict=True):
        asked = []
        for item, text in zip(group, told, strict=True):
            if has_audience(item.condition, item.params, rules):
                asked.append(item)
            else:
                later.append(describe_condition(text))
        groups.append(asked)
    everybody = not all(groups)
    asking = Asking(rules, at or timezone.now(), campaign.key)
    cards = audience_cards([] if everybody else groups, asking)
    assert cards is not None  # only what has an audience is asked
    sample = cards.prefetch_related("numbers")[:_SAMPLE]
    return Reach(cards.count(), list(sample), list(dict.fromkeys(later)), everybody or not groups)
