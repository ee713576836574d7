"""Why an event ended as it did, in sentences of the active language: the stored trace holds codes only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty.exceptions.base import rebuild_refusal
from loyalty.models import Campaign, CardNumber, Event
from loyalty.selectors.balances import fresh_rules
from loyalty.selectors.explain_campaigns import AnswerExplained, CampaignExplained, explain_campaign
from loyalty.selectors.explain_grants import (
    GrantExplained,
    explain_grants,
    explain_left_out,
    explain_rewards,
    explain_shadow,
)

__all__ = [
    "AnswerExplained",
    "CampaignExplained",
    "Explanation",
    "GrantExplained",
    "explain_campaign",
    "explain_event",
    "explain_rewards",
]

_STATUS = {
    Event.Status.PENDING: gettext_lazy("Not processed yet."),
    Event.Status.PARKED: gettext_lazy("Waits for its purchase, which has not arrived."),
    Event.Status.FAILED: gettext_lazy("Failed and waits for a person."),
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """What became of an event. `outcome` is its stable code, empty while it is not processed.

    `rewards` are the sentences of `grants`.
    """

    outcome: str
    sentence: str
    campaigns: list[CampaignExplained] = field(default_factory=list)
    grants: list[GrantExplained] = field(default_factory=list)

    @property
    def rewards(self) -> list[str]:
        """What was given, cut, denied and left out, as sentences."""
        return [grant.sentence for grant in self.grants]

    def as_lines(self) -> list[str]:
        """All of it as lines of text."""
        lines = [self.sentence]
        for campaign in self.campaigns:
            lines += [campaign.sentence, *(f"  {answer}" for answer in campaign.answers)]
        return lines + self.rewards


def explain_event(event: Event) -> Explanation:
    """Why the event did or did not earn, for staff: other cards are named. Raises nothing for old traces."""
    evaluation = getattr(event, "evaluation", None)
    if evaluation is None:
        text = str(_STATUS.get(Event.Status(event.status), ""))
        return Explanation("", f"{text} {event.error}".strip())
    if evaluation.trace is None:
        return Explanation(evaluation.outcome, _forgotten(evaluation.outcome))
    trace = evaluation.trace
    if evaluation.outcome != "applied":
        return Explanation(evaluation.outcome, _refusal(evaluation.outcome, trace.get("details")))
    if not trace.get("campaigns"):
        return Explanation(evaluation.outcome, _("Processed. No campaign looked at it."))
    looked_at = trace["campaigns"]
    named = Campaign.objects.filter(
        program_id=event.program_id, key__in=[one["campaign"] for one in looked_at]
    )
    known = {key: (name, pk) for key, name, pk in named.values_list("key", "name", "pk")}
    names = {key: name for key, (name, _pk) in known.items()}
    explained = [_campaign(one, *known.get(one["campaign"], ("", None))) for one in looked_at]
    return Explanation(evaluation.outcome, _("Processed."), explained, list(_grants(event, trace, names)))


def _campaign(one: Mapping[str, Any], name: str, pk: int | None) -> CampaignExplained:
    return explain_campaign(one, name=name or one["campaign"], pk=pk)


def _forgotten(outcome: str) -> str:
    if outcome == "applied":
        return _("Processed. Its trace is no longer kept, so nothing more can be told.")
    return _("Refused: %(code)s. Its trace is no longer kept, so nothing more can be told.") % {
        "code": outcome
    }


def _refusal(code: str, details: object) -> str:
    """The sentence of a stored refusal."""
    refusal = rebuild_refusal(code, details)
    return _("Refused: %(code)s.") % {"code": code} if refusal is None else str(refusal)


def _grants(event: Event, trace: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[GrantExplained]:
    given, denied, shadow = (trace.get(name, ()) for name in ("rewards", "denied", "shadow"))
    cards = {one["card"] for one in (*given, *denied, *shadow)}
    numbers = dict(
        CardNumber.objects.filter(card_id__in=cards, retired_at=None).values_list("card_id", "number")
    )
    decimals = {code: rules.decimals for code, rules in fresh_rules(event.program_id).currencies.items()}
    yield from explain_grants(trace, numbers=numbers, decimals=decimals)
    yield from explain_left_out(trace, names=names)
    yield from explain_shadow(trace, names=names, numbers=numbers, decimals=decimals)
