"""A campaign taken apart for a sentence about it: from a definition, finished or not, or from what the engine runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from loyalty.periods import parse_instant
from loyalty.rules import registry
from loyalty.rules.base import Action, Amount, Condition, Settings
from loyalty.rules.compiled import MAX_LEVELS, CompiledAction, CompiledCampaign, CompiledLimit
from loyalty.rules.kinds.base import EventKind
from loyalty.rules.params import ParamsInvalid, clean_rule
from loyalty.rules.registry import Registry, UnknownKind
from loyalty.rules.state import ProgramRules

T = TypeVar("T", Condition, Amount, Action, EventKind)


@dataclass(frozen=True, slots=True)
class Part:
    """A rule as it stands in a campaign. `rule` is None where nobody registers the kind, `params` where they do not fit."""

    kind: str
    rule: Condition | Amount | Action | EventKind | None
    params: Settings | None
    raw: Settings = field(default_factory=dict)

    @property
    def is_missing(self) -> bool:
        """Whether nobody chose a kind yet."""
        return not self.kind


@dataclass(frozen=True, slots=True)
class AskedPart:
    """A condition: which, about which card, and whether it is turned round."""

    part: Part
    about: str
    negate: bool


@dataclass(frozen=True, slots=True)
class GivenPart:
    """An action: what, how much, to whom. `levels`: how many ancestors; `pot`: percent of a base for all together."""

    part: Part
    amount: Part | None
    role: str
    levels: int
    blocked: str
    currency: str | None
    on_refund: str
    pot: tuple[Decimal, str] | None


@dataclass(frozen=True, slots=True)
class LimitPart:
    """A limit; `maximum` in whole units."""

    per: str
    measure: str
    maximum: Decimal
    period: str
    at_edge: str


@dataclass(frozen=True, slots=True)
class Parts:
    """A campaign taken apart."""

    trigger: Part
    groups: Sequence[Sequence[AskedPart]] = ()
    actions: Sequence[GivenPart] = ()
    limits: Sequence[LimitPart] = ()
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    group: str = ""
    stacking: str = ""


def read_definition(definition: object, rules: ProgramRules) -> Parts:
    """The parts of a definition as in a campaign file; what makes no sense is left out. Never raises."""
    whole, stacking = _mapping(definition), _mapping(_mapping(definition).get("stacking"))
    trigger = _mapping(whole.get("trigger"))
    return Parts(
        trigger=_part(registry.event_kinds, trigger.get("kind"), trigger.get("params"), rules),
        groups=[
            [_asked(item, rules) for item in _mappings(group)]
            for group in _items(whole.get("conditions"))
            if _items(group)
        ],
        actions=[_given(item, rules) for item in _mappings(whole.get("actions"))],
        limits=[one for item in _mappings(whole.get("limits")) if (one := _limit(item)) is not None],
        starts_at=_instant(whole.get("starts_at")),
        ends_at=_instant(whole.get("ends_at")),
        group=str(stacking.get("group") or ""),
        stacking=str(stacking.get("mode") or "all"),
    )


def read_compiled(campaign: CompiledCampaign, rules: ProgramRules) -> Parts:
    """The parts of what the engine runs: nothing has to be read again."""
    return Parts(
        trigger=_part(registry.event_kinds, campaign.trigger, campaign.trigger_params, rules),
        groups=[
            [
                AskedPart(Part(item.condition.kind, item.condition, item.params), item.about, item.negate)
                for item in group
            ]
            for group in campaign.groups
        ],
        actions=[_compiled_action(action) for action in campaign.actions],
        limits=[_compiled_limit(campaign, limit, rules) for limit in campaign.limits],
        starts_at=campaign.starts_at,
        ends_at=campaign.ends_at,
        group=campaign.group,
        stacking=campaign.stacking,
    )


def _compiled_action(action: CompiledAction) -> GivenPart:
    amount = None
    if action.amount is not None:
        amount = Part(action.amount.amount.kind, action.amount.amount, action.amount.params)
    pot = None
    if action.pot is not None:
        pot = Decimal(action.pot.percent.numerator) / action.pot.percent.denominator, action.pot.of
    return GivenPart(
        part=Part(action.action.kind, action.action, action.params),
        amount=amount,
        role=action.recipient.role,
        levels=action.amount_levels,
        blocked=action.recipient.blocked,
        currency=action.currency,
        on_refund=action.on_refund,
        pot=pot,
    )


def _compiled_limit(campaign: CompiledCampaign, limit: CompiledLimit, rules: ProgramRules) -> LimitPart:
    decimals = {"times": 0, "cost": rules.decimals}.get(limit.measure)
    if decimals is None:
        codes = [code for action in campaign.actions for code in action.currencies]
        decimals = rules.currencies[codes[0]].decimals if codes else 0
    maximum = Decimal(limit.maximum).scaleb(-decimals)
    return LimitPart(limit.per, limit.measure, maximum, limit.period, limit.at_edge)


def _part(kinds: Registry[T], kind: object, raw: object, rules: ProgramRules) -> Part:
    name, settings = kind if isinstance(kind, str) else "", _mapping(raw)
    try:
        rule = kinds.get(name)
    except UnknownKind:
        return Part(name, None, None, settings)
    try:
        return Part(name, rule, clean_rule(rule, settings, program=rules).values, settings)
    except ParamsInvalid:
        return Part(name, rule, None, settings)
    except Exception:  # a host's form that raises must not take the editor down
        return Part(name, rule, None, settings)


def _asked(raw: Mapping[str, Any], rules: ProgramRules) -> AskedPart:
    about = "parent_card" if raw.get("about") == "parent_card" else "card"
    part = _part(registry.conditions, raw.get("kind"), raw.get("params"), rules)
    return AskedPart(part, about, raw.get("negate") is True)


def _given(raw: Mapping[str, Any], rules: ProgramRules) -> GivenPart:
    recipient = raw.get("recipient")
    told = _mapping(recipient)
    role = told.get("role") if told else recipient
    role = role if role in ("parent_card", "ancestors") else "card"
    amount, text = None, _mapping(raw.get("amount"))
    if text:
        settings = {name: value for name, value in text.items() if name != "kind"}
        amount = _part(registry.amounts, text.get("kind"), settings, rules)
    levels = MAX_LEVELS
    if amount is not None and isinstance(amount.rule, Amount) and amount.params is not None:
        levels = amount.rule.levels(amount.params) or MAX_LEVELS
    pot = _mapping(raw.get("pot"))
    percent = _decimal(pot.get("percent"))
    currency = raw.get("currency")
    return GivenPart(
        part=_part(registry.actions, raw.get("kind"), raw.get("params"), rules),
        amount=amount,
        role=role,
        levels=levels if role == "ancestors" else 0,
        blocked=str(told.get("blocked") or ""),
        currency=currency if isinstance(currency, str) else None,
        on_refund=str(raw.get("on_refund") or ""),
        pot=None if percent is None else (percent, str(pot.get("of") or "total")),
    )


def _limit(raw: Mapping[str, Any]) -> LimitPart | None:
    maximum = _decimal(raw.get("max"))
    if maximum is None or maximum <= 0:
        return None
    named = {"per": "recipient", "measure": "times", "period": "lifetime", "at_edge": "cut"}
    fields = {name: str(raw.get(name) or default) for name, default in named.items()}
    return LimitPart(maximum=maximum, **fields)


def _decimal(value: object) -> Decimal | None:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < 10**15 else None


def _instant(value: object) -> datetime | None:
    try:
        return parse_instant(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _items(value: object) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else ()


def _mappings(value: object) -> Iterator[Mapping[str, Any]]:
    return (item for item in _items(value) if isinstance(item, Mapping))
