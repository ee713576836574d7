"""From the definition of a campaign to what the engine runs, and to its canonical form."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from loyalty.exceptions import CampaignInvalid
from loyalty.periods import format_instant
from loyalty.rules import registry
from loyalty.rules.base import Settings
from loyalty.rules.compile_actions import Surroundings, read_action, read_limit
from loyalty.rules.compiled import (
    ALL,
    EXCLUSIVE,
    REWARD_GRANTED,
    STACKING_MODES,
    CompiledCampaign,
    CompiledCondition,
)
from loyalty.rules.evaluate import is_about_purchase
from loyalty.rules.kinds.base import EventKind
from loyalty.rules.kinds.scheduled import ScheduledKind, ScheduleKind, has_audience
from loyalty.rules.params import ParamsInvalid, clean_rule
from loyalty.rules.reading import Node, Problems
from loyalty.rules.state import ProgramRules
from loyalty.rules.strict import is_storable

logger = logging.getLogger("loyalty.rules")

ABOUT = ("card", "parent_card")
PHASES = ("base", "multiplier")


def compile_campaign(
    definition: Mapping[str, Any],
    *,
    program: ProgramRules,
    pk: int | None = None,
    revision_pk: int | None = None,
    path: str = "",
) -> CompiledCampaign:
    """The campaign, ready to run. `path` is where the definition stands in a file.

    Raises CampaignInvalid; its `details` name every mistake with its path.
    """
    return _read(definition, program=program, pk=pk, revision_pk=revision_pk, path=path)[1]


def canonical_campaign(
    definition: Mapping[str, Any], *, program: ProgramRules, path: str = ""
) -> dict[str, Any]:
    """The definition with every default filled in and keys in their order, as revisions keep it.

    `effective_from` is left out: it belongs to a publication. Raises CampaignInvalid.
    """
    return _read(definition, program=program, pk=None, revision_pk=None, path=path)[0]


def compile_or_error(
    definition: Mapping[str, Any],
    *,
    program: ProgramRules,
    pk: int | None = None,
    revision_pk: int | None = None,
) -> CompiledCampaign:
    """Like `compile_campaign`, but what does not compile any more comes back with `error` set."""
    try:
        with translation.override("en"):
            return compile_campaign(definition, program=program, pk=pk, revision_pk=revision_pk)
    except CampaignInvalid as refusal:
        with translation.override("en"):
            error = " ".join(
                f"{one['path']}: {one['message']}" for one in refusal.details if isinstance(one, dict)
            )
        logger.error("Campaign %s does not compile: %s", definition.get("key"), error)
    except Exception as unexpected:
        # A host's form that raises must stop its own campaign, never the host's sale.
        error = f"{type(unexpected).__name__}: {unexpected}"
        logger.exception("Campaign %s does not compile", definition.get("key"))
    trigger, priority = definition.get("trigger"), definition.get("priority")
    kind = trigger.get("kind") if isinstance(trigger, Mapping) else None
    return CompiledCampaign(
        pk=pk,
        revision_pk=revision_pk,
        key=str(definition.get("key", "")),
        name=str(definition.get("name", "")),
        trigger=registry.event_kinds.canonical(str(kind or "")),
        priority=priority if isinstance(priority, int) else 100,
        error=error,
    )


def effective_from(definition: Mapping[str, Any]) -> datetime | None:
    """From when on the definition wants to decide; None: from now on. Raises CampaignInvalid."""
    problems = Problems()
    moment = Node(definition, path="", problems=problems).instant("effective_from")
    _raise(problems)
    return moment


def _read(
    definition: Mapping[str, Any],
    *,
    program: ProgramRules,
    pk: int | None,
    revision_pk: int | None,
    path: str,
) -> tuple[dict[str, Any], CompiledCampaign]:
    problems = Problems()
    node = Node(definition, path=path, problems=problems)
    _raise(problems)
    key = node.text("key", slug=True)
    name = node.text("name", default="")
    kind, trigger_params = _trigger(node, program, problems)
    node.instant("effective_from")
    starts_at, ends_at = node.instant("starts_at"), node.instant("ends_at")
    if starts_at and ends_at and starts_at >= ends_at:
        node.refuse("ends_at", "ends_before_it_starts", _("The end must be after the start."))
    priority = node.integer("priority", default=100)
    phase = node.text("phase", default="base", choices=PHASES)
    group, stacking = _stacking(node, phase, problems)
    about_purchase = kind is None or kind.about_purchase  # of an unknown trigger nothing more can be said
    groups, group_texts = read_conditions(node, kind=kind, program=program, problems=problems)
    milestone = any(item.is_milestone for group in groups for item in group)
    within = Surroundings(
        program=program,
        problems=problems,
        campaign=key,
        phase=phase,
        about_purchase=about_purchase,
        about_reward=kind is None or kind.kind == REWARD_GRANTED,
        milestone=milestone,
        chooses=stacking != ALL,
    )
    actions = [read_action(raw, at, within) for at, raw in node.items("actions")]
    if not actions:
        node.refuse("actions", "no_actions", _("A campaign needs at least one action."))
    for slot, times in Counter(text["slot"] for text, _action in actions).items():
        if slot and times > 1:
            node.refuse(
                "actions",
                "slot_twice",
                _("Two actions have the slot “%(slot)s”. Give each its own."),
                slot=slot,
            )
    currencies = {code for _text, action in actions if action for code in action.currencies}
    limits = [
        read_limit(raw, at, program=program, currencies=currencies, problems=problems)
        for at, raw in node.items("limits")
    ]
    node.finish()
    _raise(problems)
    assert kind is not None
    canonical: dict[str, Any] = {
        "key": key,
        "name": name,
        "trigger": {"kind": kind.kind, **({"params": trigger_params} if trigger_params else {})},
        "starts_at": format_instant(starts_at) if starts_at else None,
        "ends_at": format_instant(ends_at) if ends_at else None,
        "priority": priority,
        "phase": phase,
        "stacking": {"group": group, "mode": stacking} if group else None,
        "conditions": group_texts,
        "actions": [text for text, _action in actions],
        "limits": [text for text, _limit in limits],
    }
    if not is_storable(canonical):
        node.refuse("", "unprintable", _("There are characters that cannot be stored, such as a null."))
        _raise(problems)
    return canonical, CompiledCampaign(
        pk=pk,
        revision_pk=revision_pk,
        key=key,
        name=name,
        trigger=kind.kind,
        trigger_params=trigger_params,
        priority=priority,
        phase=phase,
        starts_at=starts_at,
        ends_at=ends_at,
        groups=tuple(tuple(group) for group in groups),
        actions=tuple(action for _text, action in actions if action),
        limits=tuple(limit for _text, limit in limits if limit),
        group=group,
        stacking=stacking,
    )


def _stacking(node: Node, phase: str, problems: Problems) -> tuple[str, str]:
    """The stacking group and how its campaigns combine."""
    raw = node.take("stacking")
    if raw is None:
        return "", ALL
    inner = Node(raw, path=node.at("stacking"), problems=problems)
    group = inner.text("group", slug=True, most=64)
    mode = inner.text("mode", default=ALL, choices=STACKING_MODES)
    inner.finish()
    if mode == EXCLUSIVE and phase == "multiplier":
        text = _("A multiplier has nothing to multiply when nothing else applies. Choose another mode.")
        inner.refuse("mode", "exclusive_multiplier", text)
    return group, mode


def _trigger(node: Node, program: ProgramRules, problems: Problems) -> tuple[EventKind | None, Settings]:
    raw = node.take("trigger")
    if raw is None:
        node.refuse("trigger", "required", _("“%(key)s” is required."), key="trigger")
        return None, {}
    inner = Node(raw, path=node.at("trigger"), problems=problems)
    kind = inner.rule(registry.event_kinds)
    params = inner.take("params")
    inner.finish()
    if kind is None:
        return None, {}
    if not kind.triggers:
        inner.refuse("kind", "not_a_trigger", _("Campaigns cannot be triggered by this kind of event."))
    try:
        return kind, clean_rule(
            kind, {} if params is None else params, program=program, prefix=inner.at("params")
        ).canonical
    except ParamsInvalid as error:
        problems.extend(error)
        return kind, {}


def read_conditions(
    node: Node, *, kind: EventKind | None, program: ProgramRules, problems: Problems
) -> tuple[list[list[CompiledCondition]], list[list[dict[str, Any]]]]:
    """The groups of conditions, and their canonical form; mistakes go to `problems`."""
    groups, texts = [], []
    for path, raw_group in node.items("conditions"):
        if not isinstance(raw_group, list | tuple) or not raw_group:
            problems.add(
                path, "not_a_group", _("Give a list of groups, each a list of at least one condition.")
            )
            continue
        read = [
            _condition(raw, f"{path}[{number}]", kind=kind, program=program, problems=problems)
            for number, raw in enumerate(raw_group)
        ]
        groups.append([item for item, _text in read if item])
        texts.append([text for _item, text in read])
    return groups, texts


def compile_audience(
    conditions: object, *, program: ProgramRules
) -> tuple[tuple[CompiledCondition, ...], ...]:
    """Groups of conditions, as in a campaign file, that can be asked of cards to which nothing has happened.

    Raises CampaignInvalid, with code "needs_audience" for a condition that needs an event.
    """
    problems = Problems()
    node = Node({"conditions": conditions}, path="", problems=problems)
    kind = registry.event_kinds.get(ScheduledKind.kind)
    groups, _texts = read_conditions(node, kind=kind, program=program, problems=problems)
    _raise(problems)
    return tuple(tuple(group) for group in groups)


def _condition(
    raw: object, path: str, *, kind: EventKind | None, program: ProgramRules, problems: Problems
) -> tuple[CompiledCondition | None, dict[str, Any]]:
    node = Node(raw, path=path, problems=problems)
    condition = node.rule(registry.conditions)
    about = node.text("about", default="card", choices=ABOUT)
    negate = node.boolean("negate")
    params = node.take("params")
    node.finish()
    if condition is None:
        return None, {}
    if is_about_purchase(condition) and kind is not None and not kind.about_purchase:
        node.refuse(
            "kind", "needs_purchase", _("The trigger brings no purchase, so this condition can never hold.")
        )
    try:
        cleaned = clean_rule(
            condition, {} if params is None else params, program=program, prefix=node.at("params")
        )
    except ParamsInvalid as error:
        problems.extend(error)
        return None, {}
    if isinstance(kind, ScheduleKind) and not has_audience(condition, cleaned.values, program):
        node.refuse("kind", "needs_audience", _("This can only be asked when something happens to the card."))
    canonical = {"kind": condition.kind, "about": about, "negate": negate, "params": cleaned.canonical}
    return CompiledCondition(condition, about, negate, cleaned.values), canonical


def _raise(problems: Problems) -> None:
    if problems.found:
        raise CampaignInvalid(details=[mistake.as_problem() for mistake in problems.found])
