"""Why an event ended as it did, in sentences of the active language: the stored trace holds codes only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty.exceptions import LoyaltyError
from loyalty.models import Campaign, CardNumber, Event
from loyalty.money import to_decimal_string
from loyalty.rules.registry import UnknownKind, conditions
from loyalty.selectors.balances import fresh_rules

_STATUS = {
    Event.Status.PENDING: gettext_lazy("Not processed yet."),
    Event.Status.PARKED: gettext_lazy("Waits for its purchase, which has not arrived."),
    Event.Status.FAILED: gettext_lazy("Failed and waits for a person."),
}
_CAMPAIGN = {
    "ok": gettext_lazy("“%(campaign)s” applied."),
    "not_started": gettext_lazy("“%(campaign)s” had not started."),
    "ended": gettext_lazy("“%(campaign)s” was over."),
    "campaign_broken": gettext_lazy("“%(campaign)s” could not be used: its settings are no longer valid."),
    "already_in_chain": gettext_lazy("“%(campaign)s” had applied before in this chain of events."),
    "action_raised": gettext_lazy("“%(campaign)s” stopped on an error while working out what to give."),
}
_NOT_APPLIED = gettext_lazy("“%(campaign)s” did not apply.")
_RESULT = {
    "pass": gettext_lazy("Yes: %(question)s (%(actual)s)."),
    "fail": gettext_lazy("No: %(question)s. Wanted: %(expected)s; found: %(actual)s."),
    "not_applicable": gettext_lazy("Cannot be asked: %(question)s."),
    "error": gettext_lazy("Stopped on an error: %(question)s."),
}
_CUT = {
    "pot": gettext_lazy(
        "Cut to %(granted)s of %(requested)s %(currency)s by the most that all may get together."
    ),
    "milestone_held": gettext_lazy("Nothing given: this milestone has its reward already."),
    "kept_before": gettext_lazy("Nothing given: this reward was kept when the purchase was refunded."),
}
_LIMITED = gettext_lazy("Cut to %(granted)s of %(requested)s %(currency)s by a limit.")
_GIVEN = gettext_lazy("Card %(card)s gets %(granted)s %(currency)s.")
_DONE = gettext_lazy("Card %(card)s: the action was carried out.")
_WOULD_GIVE = gettext_lazy(
    "In shadow mode “%(campaign)s” would have given card %(card)s %(granted)s %(currency)s."
)
_LEFT_OUT = {
    "stacked_out": gettext_lazy("“%(campaign)s” was left out: “%(other)s” of the same group applied."),
    "excluded": gettext_lazy("“%(campaign)s” was left out: nothing applies beside “%(other)s”."),
}
_DENIED = {
    "card_blocked": gettext_lazy("Card %(card)s gets nothing: it was blocked."),
    "card_closed": gettext_lazy("Card %(card)s gets nothing: it was closed."),
    "nothing_to_give": gettext_lazy("Card %(card)s gets nothing: the amount comes to nothing."),
    "nothing_to_multiply": gettext_lazy("Card %(card)s gets nothing: there is no reward to multiply."),
}


@dataclass(frozen=True, slots=True)
class CampaignExplained:
    """One campaign that was looked at: whether it applied, and each question with its answer."""

    key: str
    applied: bool
    sentence: str
    answers: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Explanation:
    """What became of an event. `outcome` is its stable code, empty while it is not processed."""

    outcome: str
    sentence: str
    campaigns: list[CampaignExplained] = field(default_factory=list)
    rewards: list[str] = field(default_factory=list)

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
    names = dict(named.values_list("key", "name"))
    explained = [
        explain_campaign(one, name=names.get(one["campaign"]) or one["campaign"]) for one in looked_at
    ]
    return Explanation(evaluation.outcome, _("Processed."), explained, list(_rewards(event, trace, names)))


def _forgotten(outcome: str) -> str:
    if outcome == "applied":
        return _("Processed. Its trace is no longer kept, so nothing more can be told.")
    return _("Refused: %(code)s. Its trace is no longer kept, so nothing more can be told.") % {
        "code": outcome
    }


def _refusal(code: str, details: object) -> str:
    """The sentence of a stored refusal."""
    waiting = [LoyaltyError]
    while waiting:
        found = waiting.pop()
        if found.code == code:
            params = details if isinstance(details, Mapping) else {}
            return str(found(**{name: value for name, value in params.items() if name not in _RESERVED}))
        waiting += found.__subclasses__()
    return _("Refused: %(code)s.") % {"code": code}


_RESERVED = frozenset(["message", "details"])


def explain_campaign(one: Mapping[str, Any], *, name: str) -> CampaignExplained:
    """One campaign of a trace in sentences."""
    code = one["code"]
    sentence = str(_CAMPAIGN.get(code, _NOT_APPLIED)) % {"campaign": name}
    answers = [_answer(answer) for group in one.get("groups", ()) for answer in group]
    if not answers and code not in _CAMPAIGN:
        answers = [_("The reason: %(code)s.") % {"code": code.replace("_", " ")}]
    return CampaignExplained(one["campaign"], code == "ok", sentence, answers)


def _answer(answer: Mapping[str, Any]) -> str:
    try:
        question = str(conditions.get(answer["kind"]).label)
    except UnknownKind:
        question = answer["kind"]
    if answer.get("about") == "parent_card":
        question = _("%(question)s (about the parent card)") % {"question": question}
    if answer.get("negate"):
        question = _("not: %(question)s") % {"question": question}
    values = {"expected": _value(answer.get("expected")), "actual": _value(answer.get("actual"))}
    return str(_RESULT[answer["result"]]) % {"question": question, **values}


def _value(value: object) -> str:
    """A value of the trace as text."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Mapping):
        # PostgreSQL does not keep the order in which the fields were written.
        return ", ".join(f"{name} {_value(inner)}" for name, inner in sorted(value.items())) or "–"
    if isinstance(value, list | tuple):
        return ", ".join(_value(inner) for inner in value) or "–"
    return str(value)


def _rewards(event: Event, trace: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[str]:
    given, denied, shadow = (trace.get(name, ()) for name in ("rewards", "denied", "shadow"))
    cards = {one["card"] for one in (*given, *denied, *shadow)}
    numbers = dict(
        CardNumber.objects.filter(card_id__in=cards, retired_at=None).values_list("card_id", "number")
    )
    decimals = {code: rules.decimals for code, rules in fresh_rules(event.program_id).currencies.items()}
    yield from explain_rewards(trace, numbers=numbers, decimals=decimals)
    yield from explain_left_out(trace, names=names)
    for one in shadow:
        values = _values(one, numbers, decimals)
        yield str(_WOULD_GIVE) % {"campaign": names.get(one["campaign"]) or one["campaign"], **values}


def explain_left_out(trace: Mapping[str, Any], *, names: Mapping[str, str]) -> Iterator[str]:
    """Which campaigns fired and did not apply, since another one of their group did."""
    for one in trace.get("left_out", ()):
        told = {
            name: names.get(key) or key for name, key in (("campaign", one["campaign"]), ("other", one["by"]))
        }
        yield str(_LEFT_OUT[one["code"]]) % told


def explain_rewards(
    trace: Mapping[str, Any], *, numbers: Mapping[int, str], decimals: Mapping[str, int]
) -> Iterator[str]:
    """What a trace says was given and denied; cards by number, currencies by their decimals."""
    for one in trace.get("rewards", ()):
        values = _values(one, numbers, decimals)
        if one["granted"]:
            yield str(_GIVEN if one["currency"] else _DONE) % values
        if one.get("cut"):
            yield str(_CUT.get(one["cut"], _LIMITED)) % values
    for one in trace.get("denied", ()):
        text: str | Promise = _DENIED.get(one["code"], gettext_lazy("Card %(card)s gets nothing."))
        yield str(text) % {"card": numbers.get(one["card"], one["card"])}


def _values(
    one: Mapping[str, Any], numbers: Mapping[int, str], decimals: Mapping[str, int]
) -> dict[str, object]:
    places = decimals.get(one["currency"] or "", 0)
    return {
        "card": numbers.get(one["card"], one["card"]),
        "currency": one["currency"] or "",
        "granted": to_decimal_string(one["granted"], places),
        "requested": to_decimal_string(one["requested"], places),
    }
