"""Campaigns drawn from the whole registry; each is valid by construction."""

from __future__ import annotations

from typing import Any

from loyalty.periods import PERIODS
from loyalty.rules import Condition, registry
from loyalty.rules.evaluate import is_about_purchase
from loyalty.rules.kinds.scheduled import ScheduleKind
from tests.integration.law.dice import Dice, entry_for
from tests.integration.law.rules import ACTIONS, AMOUNTS, CONDITIONS, SEGMENTS
from tests.integration.law.scene import CampaignPlan, SegmentPlan, day

# How often beside once.
TRIGGERS = {
    "loyalty.purchase": 10,
    "loyalty.reward_granted": 3,
    "loyalty.scheduled": 2,
    "loyalty.segment_entered": 2,
    "loyalty.segment_left": 2,
    "referrals.referral_qualified": 4,
    "school.lesson_finished": 2,
}
POLICIES = ["proportional", "while_met", "full_only", "never"]
GROUPS: list[tuple[int, ...]] = [(), (), (1,), (1,), (1,), (2,), (1, 1), (1, 2)]


def triggers() -> list[str]:
    """The kinds of events that campaigns can name."""
    return [kind.kind for kind in registry.event_kinds if kind.triggers]


def condition(dice: Dice, trigger: str, kind: str | None = None) -> dict[str, Any]:
    """One condition that may stand in a campaign with this trigger; of a given kind if one is given."""
    has_purchase = registry.event_kinds.get(trigger).about_purchase
    kinds = [rule.kind for rule in registry.conditions if has_purchase or not is_about_purchase(rule)]
    if is_scheduled(trigger):
        kinds = [name for name in kinds if has_audience(name)]
    if trigger.startswith("referrals."):
        kinds += ["referrals.referred_clients"] * len(kinds)
    chosen = kind or dice.one(kinds)
    of_parent = chosen == "referrals.referred_clients"
    return {
        "kind": chosen,
        "about": "parent_card" if dice.chance(3 if of_parent else 1, 4) else "card",
        "negate": dice.chance(1, 5),
        "params": entry_for(CONDITIONS, chosen)(dice),
    }


def is_scheduled(trigger: str) -> bool:
    """Whether a calendar brings such events about."""
    return isinstance(registry.event_kinds.get(trigger), ScheduleKind)


def has_audience(kind: str) -> bool:
    """Whether a condition of this kind can be asked of a card to which nothing happens."""
    return type(registry.conditions.get(kind)).audience is not Condition.audience


def trigger_of(dice: Dice, kind: str) -> dict[str, Any]:
    """The trigger with settings of its own. When it is a campaign's turn is no matter: the events are told."""
    if kind == "loyalty.scheduled":
        return {"kind": kind, "params": dice.one([{}, {"time": "00:00"}, {"weekdays": ["mon"]}])}
    return {"kind": kind, "params": {"segment": dice.one(SEGMENTS)}} if is_scheduled(kind) else {"kind": kind}


def segment(dice: Dice, key: str) -> SegmentPlan:
    """A segment that means one thing or, from some day on, another."""
    dates = [-400, *dice.one([(), (), (3,), (8,)])]
    if key == "listed":
        return SegmentPlan(key, tuple((since, {"listed": True}) for since in dates[-1:]))
    return SegmentPlan(key, tuple((since, {"conditions": _asked(dice)}) for since in dates))


def _asked(dice: Dice) -> list[list[dict[str, Any]]]:
    """Conditions that can be asked of a card to which nothing happens."""
    kinds = [
        rule.kind
        for rule in registry.conditions
        if has_audience(rule.kind) and rule.kind not in ("loyalty.segment", "loyalty.first_reward")
    ]
    return [
        [condition(dice, "school.lesson_finished", dice.one(kinds)) for _number in range(size)]
        for size in dice.one([(1,), (1,), (1, 1), (2,)])
    ]


def recipient(dice: Dice) -> Any:
    role = dice.one(["card", "card", "card", "parent_card", "ancestors"])
    if role != "ancestors":
        return role
    return {"role": role, "blocked": dice.one(["keep_level", "compress", "stop"])}


def action(
    dice: Dice,
    *,
    slot: str,
    trigger: str,
    phase: str,
    is_milestone: bool,
    currencies: list[str],
    chooses: bool = False,
) -> dict[str, Any]:
    """One action of a campaign."""
    kinds = [rule.kind for rule in registry.actions if rule.phase == phase]
    often = ["loyalty.credit"] * 5 if phase == "base" else []
    rule = registry.actions.get(dice.one(kinds + often))
    has_purchase = registry.event_kinds.get(trigger).about_purchase
    made: dict[str, Any] = {"slot": slot, "kind": rule.kind, "recipient": recipient(dice)}
    made["params"] = entry_for(ACTIONS, rule.kind)(dice)
    if rule.gives_amount or rule.in_currency:
        made["currency"] = dice.one(currencies)
    if rule.gives_amount:
        made["amount"] = amount(dice, made["recipient"], trigger, chooses=chooses)
        if has_purchase and dice.chance(1, 5) and made["amount"]["kind"] != "loyalty.by_attribute":
            made["pot"] = pot(dice)
    if dice.chance(1, 2):
        made["on_refund"] = dice.one(["milestone", "never"] if is_milestone else POLICIES)
    return made


def amount(dice: Dice, given_to: Any, trigger: str, *, chooses: bool = False) -> dict[str, Any]:
    """An amount that suits the recipient and the trigger; `chooses`: of its stacking group not all apply."""
    has_purchase = registry.event_kinds.get(trigger).about_purchase
    kinds = [
        rule.kind
        for rule in registry.amounts
        if (has_purchase or not rule.computed) and not (chooses and rule.last)
    ]
    if given_to == "card":
        kinds = [kind for kind in kinds if kind != "loyalty.percent_by_level"]
    kind = dice.one(kinds)
    given = {"kind": kind, **entry_for(AMOUNTS, kind)(dice)}
    if trigger == "loyalty.reward_granted" and "of" in given and dice.chance(2, 3):
        given = {name: value for name, value in given.items() if name not in ("skus", "categories")}
        given["of"] = "granted"
    return given


def pot(dice: Dice) -> dict[str, Any]:
    return {
        "percent": dice.one(["1", "12.5", "30"]),
        "of": dice.one(["total", "net_of_tax", "net_of_discounts"]),
        "cut": dice.one(["proportional", "in_order"]),
    }


def limit(dice: Dice, currencies: set[str]) -> dict[str, Any]:
    measures = ["times", "amount"] if len(currencies) == 1 else ["times"]
    if currencies <= {"points"}:
        measures.append("cost")
    measure = dice.one(measures)
    return {
        "per": dice.one(["recipient", "campaign", "pair", "region"]),
        "measure": measure,
        "max": dice.one(["1", "2", "3"] if measure == "times" else ["2", "10", "30"]),
        "period": dice.one(PERIODS),
        "at_edge": dice.one(["cut", "skip"]),
    }


def definition(dice: Dice, key: str, currencies: list[str], kind: str | None = None) -> dict[str, Any]:
    """One revision of a campaign; with `kind`, one that asks just a condition of that kind."""
    kinds = {name: TRIGGERS.get(name, 0) + 1 for name in triggers()}
    if kind and is_about_purchase(registry.conditions.get(kind)):
        kinds = {
            name: often for name, often in kinds.items() if registry.event_kinds.get(name).about_purchase
        }
    if kind and not has_audience(kind):
        kinds = {name: often for name, often in kinds.items() if not is_scheduled(name)}
    if kind and kind.startswith("referrals."):
        kinds |= {name: 6 for name in kinds if name.startswith("referrals.")}
    trigger = dice.weighted(kinds)
    phase = "base" if kind or dice.chance(5, 6) else "multiplier"
    sizes = (1,) if kind else dice.one(GROUPS)
    groups = [[condition(dice, trigger, kind) for _number in range(size)] for size in sizes]
    is_milestone = any(
        not item["negate"]
        and registry.conditions.get(item["kind"]).is_milestone({"match": "", **item["params"]})
        for group in groups
        for item in group
    )
    stacking = None
    if not kind and dice.chance(1, 3):
        modes = ["all", "first", "best", "best", "exclusive"]
        stacking = {"group": dice.one(["one", "one", "two"]), "mode": dice.one(modes)}
        if phase == "multiplier" and stacking["mode"] == "exclusive":
            stacking["mode"] = "first"
    chooses = stacking is not None and stacking["mode"] != "all"
    actions = [
        action(
            dice,
            slot=f"slot-{number}",
            trigger=trigger,
            phase=phase,
            is_milestone=is_milestone,
            currencies=currencies,
            chooses=chooses,
        )
        for number in range(dice.one([1, 1, 2]))
    ]
    used = {made["currency"] for made in actions if made.get("currency")} | {
        row["currency"]
        for made in actions
        for row in made.get("amount", {}).get("rows", ())
        if row["currency"]
    }
    given: dict[str, Any] = {
        "key": key,
        "trigger": trigger_of(dice, trigger),
        "phase": phase,
        "priority": dice.one([100, 100, 1]),
        "conditions": groups,
        "actions": actions,
        "limits": [limit(dice, used) for _number in range(dice.one([0, 0, 0, 1, 1, 2]))],
    }
    if stacking:
        given["stacking"] = stacking
    if dice.chance(1, 12):
        given["starts_at"] = day(dice.one([1, 4])).isoformat()
    if dice.chance(1, 12):
        given["ends_at"] = day(dice.one([8, 15])).isoformat()
    return given


def everyday(dice: Dice, currency: str) -> CampaignPlan:
    """What most programs have: so much for each purchase, to spend and to owe when the purchase goes back."""
    amount = {"kind": "loyalty.percent", "of": "total", "percent": dice.one(["10", "100", "100"])}
    action = {"slot": "buyer", "kind": "loyalty.credit", "currency": currency, "amount": amount}
    return CampaignPlan(
        "everyday", ({"key": "everyday", "trigger": {"kind": "loyalty.purchase"}, "actions": [action]},)
    )


def plain(dice: Dice, key: str, currency: str) -> CampaignPlan:
    """So many units whenever its trigger happens, whichever that is; for each friend who got so far, a milestone."""
    trigger = dice.one(triggers())
    counted = {"match": "every", "count": 1, "stage": trigger.rpartition("_")[2]}
    friends = {"kind": "referrals.referred_clients", "about": "parent_card", "params": counted}
    brings = trigger.startswith("referrals.")
    amount = {"kind": "loyalty.fixed", "value": dice.one(["1", "5"])}
    if trigger == "loyalty.reward_granted":
        amount = {"kind": "loyalty.percent", "of": "granted", "percent": dice.one(["50", "100"])}
    action = {
        "slot": "only",
        "kind": "loyalty.credit",
        "recipient": "parent_card" if brings else "card",
        "currency": currency,
        "amount": amount,
    }
    definition = {"key": key, "trigger": trigger_of(dice, trigger), "actions": [action]}
    return CampaignPlan(key, ({**definition, "conditions": [[friends]] if brings else []},))


def rivals(dice: Dice, currency: str) -> list[CampaignPlan]:
    """Two campaigns of a group for each purchase, of which one applies: until its limit is reached, if it has one."""
    amounts = [
        {"kind": "loyalty.percent", "of": "total", "percent": dice.one(["5", "20"])},
        {"kind": "loyalty.fixed", "value": dice.one(["1", "4"])},
    ]
    mode = dice.one(["first", "best"])
    return [
        CampaignPlan(
            key,
            (
                {
                    "key": key,
                    "trigger": {"kind": "loyalty.purchase"},
                    "stacking": {"group": "rivals", "mode": mode},
                    "actions": [
                        {"slot": "only", "kind": "loyalty.credit", "currency": currency, "amount": amount}
                    ],
                    "limits": [limit(dice, {currency}) for _number in range(dice.one([0, 1]))],
                },
            ),
        )
        for key, amount in zip(("rival-one", "rival-two"), amounts, strict=True)
    ]


def campaign(dice: Dice, key: str, currencies: list[str], kind: str | None = None) -> CampaignPlan:
    """A campaign, published once or changed and paused on the way."""
    asked = kind or dice.one([None, None, None, "referrals.referred_clients"])
    first = definition(dice, key, currencies, asked)
    if kind or dice.chance(3, 4):
        return CampaignPlan(key, (first,))
    dates = [(dice.one([2, 5, 9]), dice.one([1, None, 0])) for _number in range(dice.number(0, 2))]
    return CampaignPlan(key, (first, definition(dice, key, currencies)), ((-400, 0), *dates))
