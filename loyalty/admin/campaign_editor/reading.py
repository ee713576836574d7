"""A campaign to look at: its parts in words, for those who may not change it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from loyalty.models import Campaign
from loyalty.selectors import describe_campaign, revision_texts
from loyalty.services.drafts import written_definition


@dataclass(frozen=True, slots=True)
class Part:
    """A heading with lines under it."""

    label: str
    lines: list[str]


@dataclass(frozen=True, slots=True)
class Readable:
    """A campaign in a sentence, and part by part."""

    sentence: str
    parts: list[Part]


def readable_parts(campaign: Campaign) -> Readable:
    """The draft as it stands."""
    told = written_definition(campaign)
    return Readable(describe_campaign(told, program=campaign.program), list(_parts(told)))


def _parts(told: Mapping[str, Any]) -> Iterator[Part]:
    yield Part(_("Trigger"), [revision_texts.describe_trigger(told["trigger"])])
    for number, group in enumerate(told["conditions"]):
        lines = [revision_texts.describe_condition(one) for one in group]
        yield Part(_("Or all of these") if number else _("Conditions: all of these"), lines)
    yield Part(_("Actions"), [revision_texts.describe_action(one) for one in told["actions"]])
    if told["limits"]:
        yield Part(_("Limits"), [revision_texts.describe_limit(one) for one in told["limits"]])
    more = [
        f"{revision_texts.label_of(name)}: {revision_texts.text_of(told[name], name)}"
        for name in ("starts_at", "ends_at", "priority", "phase")
    ]
    stacking = revision_texts.describe_stacking(told["stacking"])
    yield Part(_("Dates and combining"), [*more, f"{revision_texts.label_of('stacking')}: {stacking}"])
