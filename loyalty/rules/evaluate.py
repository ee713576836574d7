"""Asking a campaign's conditions, and keeping what they said for the trace."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from loyalty.rules.base import Condition, Outcome, Result
from loyalty.rules.compiled import CompiledCampaign, CompiledCondition
from loyalty.rules.events import EventState, PurchaseState
from loyalty.rules.state import State
from loyalty.rules.views import CardView

logger = logging.getLogger("loyalty.rules")


@dataclass(slots=True)
class Verdict:
    """Whether a campaign fires. `held` are the groups that a refund asks again (S18).

    `stands_on` is where the condition of a milestone stands: its group and its place in it (S20).
    """

    fires: bool
    trace: dict[str, Any]
    held: list[int] = field(default_factory=list)
    threshold: int | None = None
    milestone_card_id: int | None = None
    stands_on: tuple[int, int] = (0, 0)


class Views:
    """The cards that conditions of one event ask about, made once."""

    def __init__(self, state: State, event: EventState) -> None:
        assert event.card_id is not None
        card = state.cards[event.card_id]
        self.card = CardView(state, card, event.at)
        self.parent_card = self.card.parent

    @classmethod
    def of(cls, card: CardView) -> Views:
        """The same for a card that is seen already, and its parent card."""
        views = cls.__new__(cls)
        views.card, views.parent_card = card, card.parent
        return views

    def ask_for(self, campaign: str) -> None:
        """From here on it is this campaign that asks."""
        self.card.campaign = campaign
        if self.parent_card is not None:
            self.parent_card.campaign = campaign


def ask(item: CompiledCondition, views: Views, event: EventState) -> Outcome:
    """One condition's outcome with its "not" applied (S35): it swaps PASS and FAIL only."""
    about = views.parent_card if item.about == "parent_card" else views.card
    if about is None:
        return Outcome.not_applicable("no_parent_card")
    try:
        outcome = item.condition.check(about, event, item.params)
    except Exception:
        # A host's rule that raises must stop its own campaign, never the host's sale.
        logger.exception("Condition %s raised on event %s", item.condition.kind, event.identity)
        return Outcome(Result.ERROR, "condition_raised")
    if item.negate and outcome.result is Result.PASS:
        return Outcome(Result.FAIL, "negated", outcome.expected, outcome.actual)
    if item.negate and outcome.result is Result.FAIL:
        return Outcome(Result.PASS, "ok", outcome.expected, outcome.actual)
    return outcome


def find_passed(
    groups: Sequence[Sequence[CompiledCondition]], views: Views, event: EventState
) -> list[int] | None:
    """Which groups hold; None where a condition could not be asked."""
    answers = [[ask(item, views, event).result for item in group] for group in groups]
    if any(result is Result.ERROR for group in answers for result in group):
        return None
    return [number for number, group in enumerate(answers) if all(one is Result.PASS for one in group)]


def evaluate(campaign: CompiledCampaign, views: Views, event: EventState) -> Verdict:
    """Ask all groups: all conditions of a group must hold, any group is enough, an error stops the campaign."""
    if campaign.error:
        return Verdict(False, {"campaign": campaign.key, "code": "campaign_broken", "error": campaign.error})
    early = _outside_dates(campaign, event)
    if early:
        return Verdict(False, {"campaign": campaign.key, "code": early})
    if not campaign.groups:
        return Verdict(True, {"campaign": campaign.key, "code": "ok", "groups": []}, held=[0])
    views.ask_for(campaign.key)
    in_short = len(campaign.groups) == 1 and not campaign.traced_whole
    if in_short and (code := _fails_clearly(campaign.groups[0], views, event)):
        return Verdict(False, {"campaign": campaign.key, "code": code})
    answers = [[(item, ask(item, views, event)) for item in group] for group in campaign.groups]
    broken = next((out for group in answers for _item, out in group if out.result is Result.ERROR), None)
    if broken is not None:
        return Verdict(False, _traced(campaign, answers, broken.code))
    passed = [
        number
        for number, group in enumerate(answers)
        if all(out.result is Result.PASS for _item, out in group)
    ]
    if not passed:
        failures = [[out for _item, out in group if out.result is not Result.PASS] for group in answers]
        first, nearest = failures[0][0].code, min(len(group) for group in failures)
        nearly = campaign.traced_whole or (nearest == 1 and any(len(group) > 1 for group in answers))
        return Verdict(
            False, _traced(campaign, answers, first) if nearly else {"campaign": campaign.key, "code": first}
        )
    held = [
        number
        for number, group in enumerate(answers)
        if all(_may_hold(item, out, event) for item, out in group)
    ]
    verdict = Verdict(True, _traced(campaign, answers, "ok"), held=held)
    for place, (item, out) in enumerate(answers[passed[0]]):
        if out.threshold is not None:
            about = views.parent_card if item.about == "parent_card" else views.card
            verdict.threshold, verdict.milestone_card_id = out.threshold, about.pk if about else None
            verdict.stands_on = (passed[0], place)
            break
    return verdict


def _fails_clearly(group: Sequence[CompiledCondition], views: Views, event: EventState) -> str:
    """Why the only group fails, where the trace keeps no more than that: its one condition fails, or two of several do.

    Of a hundred campaigns nearly all end here, so no more is asked than it takes. Empty: it may hold, or nearly did.
    """
    failed = ""
    for item in group:
        outcome = ask(item, views, event)
        if outcome.result is Result.ERROR:
            return ""
        if outcome.result is not Result.PASS:
            if failed or len(group) == 1:
                return failed or outcome.code
            failed = outcome.code
    return ""


def still_holds(campaign: CompiledCampaign, held: list[int], purchase: PurchaseState) -> bool:
    """S18: whether what the campaign asked about the purchase itself holds for what remains of it."""
    if not campaign.groups:
        return True
    return any(
        all(_recheck(item, purchase) for item in campaign.groups[number])
        for number in held
        if number < len(campaign.groups)
    )


def is_about_purchase(condition: Condition) -> bool:
    """Whether the condition asks again after a refund."""
    return type(condition).recheck is not Condition.recheck


def _may_hold(item: CompiledCondition, out: Outcome, event: EventState) -> bool:
    """Whether it holds, or fails by what a refund asks again: an answer that is not asked again stays."""
    if out.result is not Result.FAIL or not is_about_purchase(item.condition):
        return out.result is Result.PASS
    return event.purchase is not None and item.condition.recheck(event.purchase, item.params) is not None


def _recheck(item: CompiledCondition, purchase: PurchaseState) -> bool:
    outcome = item.condition.recheck(purchase, item.params)
    if outcome is None:
        return True
    return outcome.result is (Result.FAIL if item.negate else Result.PASS)


def _outside_dates(campaign: CompiledCampaign, event: EventState) -> str:
    if campaign.starts_at and event.at < campaign.starts_at:
        return "not_started"
    if campaign.ends_at and event.at >= campaign.ends_at:
        return "ended"
    return ""


def _traced(
    campaign: CompiledCampaign, answers: list[list[tuple[CompiledCondition, Outcome]]], code: str
) -> dict[str, Any]:
    return {
        "campaign": campaign.key,
        "code": code,
        "groups": [[_answer(item, out) for item, out in group] for group in answers],
    }


def _answer(item: CompiledCondition, out: Outcome) -> dict[str, Any]:
    answer = {
        "kind": item.condition.kind,
        "result": out.result.value,
        "code": out.code,
        "expected": out.expected,
        "actual": out.actual,
    }
    if item.about != "card":
        answer["about"] = item.about
    if item.negate:
        answer["negate"] = True
    return answer
