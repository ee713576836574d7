"""Campaigns drawn from the whole registry; each is valid by construction."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from loyalty.rules import registry
from loyalty.rules.evaluate import is_about_purchase
from tests.integration.law.rules import ACTIONS, AMOUNTS, CONDITIONS, strategy_for
from tests.integration.law.scene import CampaignPlan, day

OFTEN = [*["loyalty.purchase"] * 8, "referrals.referral_qualified", "school.lesson_finished"]


def triggers() -> list[str]:
    """The kinds of events that campaigns can name."""
    return [kind.kind for kind in registry.event_kinds if kind.triggers]


@st.composite
def conditions(draw: Any, trigger: str, kind: str | None = None) -> dict[str, Any]:
    """One condition that may stand in a campaign with this trigger; of a given kind if one is given."""
    has_purchase = registry.event_kinds.get(trigger).about_purchase
    kinds = [rule.kind for rule in registry.conditions if has_purchase or not is_about_purchase(rule)]
    if trigger.startswith("referrals."):
        kinds += ["referrals.referred_clients"] * len(kinds)
    chosen = kind or draw(st.sampled_from(kinds))
    about = ["parent_card", "card"] if chosen == "referrals.referred_clients" else ["card", "card", "parent_card"]
    return {
        "kind": chosen,
        "about": draw(st.sampled_from(about)),
        "negate": draw(st.sampled_from([False, False, False, True])),
        "params": draw(strategy_for(CONDITIONS, chosen)),
    }


@st.composite
def recipients(draw: Any) -> Any:
    role = draw(st.sampled_from(["card", "card", "parent_card", "ancestors"]))
    if role != "ancestors":
        return role
    return {"role": role, "blocked": draw(st.sampled_from(["keep_level", "compress", "stop"]))}


@st.composite
def actions(
    draw: Any, slot: str, trigger: str, phase: str, is_milestone: bool, currencies: list[str]
) -> dict[str, Any]:
    """One action of a campaign."""
    kinds = [rule.kind for rule in registry.actions if rule.phase == phase]
    often = [kind for kind in kinds if kind == "loyalty.credit"] * 3
    rule = registry.actions.get(draw(st.sampled_from(kinds + often)))
    has_purchase = registry.event_kinds.get(trigger).about_purchase
    made: dict[str, Any] = {
        "slot": slot,
        "kind": rule.kind,
        "recipient": draw(recipients()),
        "params": draw(strategy_for(ACTIONS, rule.kind)),
    }
    if rule.gives_amount or rule.in_currency:
        made["currency"] = draw(st.sampled_from(currencies))
    if rule.gives_amount:
        made["amount"] = draw(amounts(made["recipient"], has_purchase))
        if has_purchase and draw(st.sampled_from([False, False, True])):
            made["pot"] = draw(pots())
    policies = ["milestone", "never"] if is_milestone else ["proportional", "while_met", "full_only", "never"]
    policy = draw(st.sampled_from([None, None, None, *policies]))
    if policy:
        made["on_refund"] = policy
    return made


@st.composite
def amounts(draw: Any, recipient: Any, has_purchase: bool) -> dict[str, Any]:
    """An amount that suits the recipient and the trigger."""
    kinds = [rule.kind for rule in registry.amounts if has_purchase or not rule.computed]
    if recipient == "card":
        kinds = [kind for kind in kinds if kind != "loyalty.percent_by_level"]
    kind = draw(st.sampled_from(kinds))
    return {"kind": kind, **draw(strategy_for(AMOUNTS, kind))}


@st.composite
def pots(draw: Any) -> dict[str, Any]:
    return {
        "percent": draw(st.sampled_from(["1", "12.5", "30"])),
        "of": draw(st.sampled_from(["total", "net_of_tax", "net_of_discounts"])),
        "cut": draw(st.sampled_from(["proportional", "in_order"])),
    }


@st.composite
def limits(draw: Any, currencies: set[str]) -> dict[str, Any]:
    measure = draw(st.sampled_from(["times", "amount"] if len(currencies) == 1 else ["times"]))
    most = ["1", "2", "3"] if measure == "times" else ["2", "10", "30"]
    return {
        "per": draw(st.sampled_from(["recipient", "campaign"])),
        "measure": measure,
        "max": draw(st.sampled_from(most)),
        "period": draw(st.sampled_from(["lifetime", "day", "week", "month", "year"])),
        "at_edge": draw(st.sampled_from(["cut", "skip"])),
    }


@st.composite
def definitions(draw: Any, key: str, currencies: list[str], condition: str | None = None) -> dict[str, Any]:
    """One revision of a campaign; with `condition`, one that asks just a condition of that kind."""
    kinds = triggers()
    if condition and is_about_purchase(registry.conditions.get(condition)):
        kinds = [kind for kind in kinds if registry.event_kinds.get(kind).about_purchase]
    trigger = draw(st.sampled_from([kind for kind in OFTEN if kind in kinds] + kinds))
    phase = "base" if condition else draw(st.sampled_from(["base", "base", "base", "multiplier"]))
    if condition:
        groups = [[draw(conditions(trigger, condition))]]
    else:
        sizes = draw(st.sampled_from([(), (), (1,), (1,), (2,), (1, 1), (1, 2)]))
        groups = [[draw(conditions(trigger)) for _number in range(size)] for size in sizes]
    is_milestone = any(
        registry.conditions.get(item["kind"]).is_milestone({"match": "", **item["params"]})
        for group in groups
        for item in group
    )
    made = [
        draw(actions(f"slot-{number}", trigger, phase, is_milestone, currencies))
        for number in range(draw(st.sampled_from([1, 1, 2])))
    ]
    used = {action["currency"] for action in made if action.get("currency")}
    given: dict[str, Any] = {
        "key": key,
        "trigger": {"kind": trigger},
        "phase": phase,
        "priority": draw(st.sampled_from([100, 100, 1])),
        "conditions": groups,
        "actions": made,
        "limits": [draw(limits(used)) for _number in range(draw(st.sampled_from([0, 0, 1, 2])))],
    }
    if draw(st.sampled_from([False, False, False, True])):
        given["starts_at"] = day(draw(st.sampled_from([1, 4]))).isoformat()
    if draw(st.sampled_from([False, False, False, True])):
        given["ends_at"] = day(draw(st.sampled_from([8, 15]))).isoformat()
    return given


@st.composite
def campaigns(draw: Any, key: str, currencies: list[str], condition: str | None = None) -> CampaignPlan:
    """A campaign, published once or changed and paused on the way."""
    first = draw(definitions(key, currencies, condition))
    if condition or draw(st.sampled_from([True, True, True, False])):
        return CampaignPlan(key, (first,))
    second = draw(definitions(key, currencies))
    dates = draw(st.lists(st.tuples(st.sampled_from([2, 5, 9]), st.sampled_from([1, None, 0])), max_size=2))
    return CampaignPlan(key, (first, second), ((-400, 0), *dates))
