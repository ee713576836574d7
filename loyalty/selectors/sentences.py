"""What a campaign does, in one plain sentence of the active language, put together from the clauses of its rules."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, TypeVar

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from loyalty.models import Program
from loyalty.processing.campaigns import load_program_rules
from loyalty.rules import registry
from loyalty.rules.base import Action, Amount, Condition
from loyalty.rules.compiled import REWARD_GRANTED
from loyalty.rules.kinds.base import EventKind
from loyalty.rules.kinds.scheduled import ScheduledKind
from loyalty.rules.phrases import CARD, PARENT, Clause, Telling, all_of
from loyalty.rules.registry import Registry
from loyalty.rules.state import ProgramRules
from loyalty.selectors.programs import ProgramLike, get_program
from loyalty.selectors.revision_texts import describe_rule
from loyalty.selectors.sentence_ends import limit_phrases, more_sentences
from loyalty.selectors.sentence_parts import AskedPart, GivenPart, Part, Parts, read_definition

logger = logging.getLogger("loyalty.selectors")

T = TypeVar("T")

Audience = Literal["staff", "member"]


def describe_campaign(
    definition: Mapping[str, Any],
    *,
    program: ProgramLike | ProgramRules = None,
    audience: Audience = "staff",
    role: str | None = None,
) -> str:
    """What a campaign does, in plain words; the definition is as in a campaign file and may be unfinished.

    A member is addressed as "you" and not told of budgets and of how campaigns combine; `role` says as what they take
    part, "card" or "parent_card" (default: the parent card where that gets anything). Never raises for a definition;
    raises ProgramNotFound, ProgramAmbiguous.
    """
    rules = program if isinstance(program, ProgramRules) else load_program_rules(_current(program))
    parts = read_definition(definition, rules)
    return describe_parts(parts, rules, you="" if audience == "staff" else role or role_of(parts))


def role_of(parts: Parts) -> str:
    """As what a member takes part: as the parent card where that gets anything."""
    return PARENT if any(action.role != CARD for action in parts.actions) else CARD


def describe_parts(parts: Parts, rules: ProgramRules, *, you: str = "") -> str:
    """The sentence, and those that follow it."""
    asked = [item for group in parts.groups for item in group]
    with_parents = any(item.about == PARENT for item in asked) or role_of(parts) == PARENT
    telling = Telling(rules, you=you, trigger=parts.trigger.kind, with_parents=with_parents)
    opening, telling = _opening(parts, telling)
    given = [item for item in parts.actions if you != CARD or item.role == CARD] or parts.actions
    deeds = [_deed(item, telling) for item in given] or [_("nothing is given yet")]
    named = {
        "when": opening,
        "then": _together(given, deeds),
        "limits": all_of(limit_phrases(parts, telling)),
    }
    text = _("%(when)s, %(then)s, %(limits)s.") if named["limits"] else _("%(when)s, %(then)s.")
    sentences = [capfirst(text % named), *more_sentences(parts, telling), *_missing(parts)]
    return " ".join(sentences)


def _opening(parts: Parts, telling: Telling) -> tuple[str, Telling]:
    """The clause of the trigger with all conditions, and how to go on from there."""
    if len(parts.groups) == 1:
        return _single_group(parts, telling)
    opening = _trigger(parts.trigger, telling)
    if not parts.groups:
        return opening, replace(telling, is_it=_names_purchase(parts.trigger))
    groups = [all_of([_clause(item, telling) for item in group]) for group in parts.groups]
    text = groups[0]
    for more in groups[1:]:
        text = _("%(one)s, or %(other)s") % {"one": text, "other": more}
    return _with_condition(parts.trigger, opening, _("either %(groups)s") % {"groups": text}), telling


def _single_group(parts: Parts, telling: Telling) -> tuple[str, Telling]:
    """Some conditions melt into the trigger's clause, the others follow it."""
    group = parts.groups[0]
    is_linked = any(_phrase(item, telling).who for item in group if _melts(item))
    telling = replace(telling, linked=is_linked)
    rest: list[str] = []
    whens: list[str] = []
    opening = ""
    for item in group:
        clause = _phrase(item, telling)
        if clause.opening and not item.negate and not opening:
            opening = clause.opening
        elif not _melts(item) or not _melt(clause, parts, telling, whens):
            rest.append(_clause(item, telling))
        else:
            telling = _told(clause, telling)
    is_it = not opening and _names_purchase(parts.trigger)
    opening = opening or _trigger(parts.trigger, telling)
    unsaid = [text for text in (telling.what, telling.who) if text and text not in opening]
    if unsaid and not telling.by_you:
        telling = replace(telling, who="", what="")
        opening, whens = _trigger(parts.trigger, telling), []
        rest = [_clause(item, telling) for item in group]
    for when in whens:
        opening = _("%(event)s %(when)s") % {"event": opening, "when": when}
    telling = replace(telling, is_it=is_it and not rest)
    return _with_condition(parts.trigger, opening, all_of(rest)) if rest else opening, telling


def _melt(clause: Clause, parts: Parts, telling: Telling, whens: list[str]) -> bool:
    """Whether a clause can be said within that of the trigger; adverbials are put aside."""
    kind = parts.trigger.rule
    if clause.who:
        return not telling.who
    if clause.what:
        return not telling.what and parts.trigger.kind == "loyalty.purchase"
    if clause.when and kind is not None and not isinstance(kind, ScheduledKind):
        whens.append(clause.when)
        return True
    return False


def _told(clause: Clause, telling: Telling) -> Telling:
    return replace(telling, who=clause.who or telling.who, what=clause.what or telling.what)


def _melts(item: AskedPart) -> bool:
    return item.about == CARD and not item.negate


def _names_purchase(trigger: Part) -> bool:
    kind = trigger.rule
    return isinstance(kind, EventKind) and kind.about_purchase and kind.kind != REWARD_GRANTED


def _with_condition(trigger: Part, opening: str, condition: str) -> str:
    named = {"event": opening, "condition": condition}
    if isinstance(trigger.rule, ScheduledKind):
        return _("%(event)s, if %(condition)s") % named
    return _("%(event)s and %(condition)s") % named


def _trigger(trigger: Part, telling: Telling) -> str:
    kind = trigger.rule
    if trigger.is_missing:
        return _("When something happens that is still to be chosen")
    if isinstance(kind, EventKind) and trigger.params is not None:
        params = trigger.params
        text = _safely(lambda: kind.phrase(params, telling))
        if text:
            return text
    label = describe_rule(registry.event_kinds, trigger.kind, trigger.raw)
    return _("When this happens: “%(event)s”") % {"event": label}


def _phrase(item: AskedPart, telling: Telling) -> Clause:
    """A condition's own clause, else its label with its settings."""
    rule, params = item.part.rule, item.part.params
    telling = replace(telling, about=item.about)
    if isinstance(rule, Condition) and params is not None:
        found = _safely(lambda: rule.phrase(params, telling))
        if found is not None:
            return found
    named = {"card": telling.card}
    if item.part.is_missing:
        return Clause(_("a condition holds that is still to be chosen"))
    named["rule"] = describe_rule(registry.conditions, item.part.kind, item.part.raw)
    return Clause(
        _("%(card)s meets the condition “%(rule)s”") % named,
        _("%(card)s does not meet the condition “%(rule)s”") % named,
    )


def _clause(item: AskedPart, telling: Telling) -> str:
    clause = _phrase(item, telling)
    if not item.negate:
        return clause.holds
    return clause.fails or _("it is not so that %(clause)s") % {"clause": clause.holds}


def _deed(item: GivenPart, telling: Telling) -> str:
    """What is given to whom."""
    named: dict[str, object] = {"what": _what(item, telling), "card": telling.named(item.role)}
    if (telling.you == PARENT) == (item.role != CARD) and telling.you:
        return _("you get %(what)s") % named
    if item.role == "ancestors":
        text = ngettext(
            "the parent cards of %(count)s level get %(what)s",
            "the parent cards of %(count)s levels get %(what)s",
            item.levels,
        )
        return text % {**named, "count": item.levels}
    return _("%(card)s gets %(what)s") % named


def _together(given: Sequence[GivenPart], deeds: Sequence[str]) -> str:
    """Several deeds in one clause: those for different cards stand against each other."""
    if len(deeds) == 2 and len({item.role for item in given}) == 2:
        named = {"first": deeds[0], "last": deeds[1]}
        return pgettext("one card gets something, another something else", "%(first)s and %(last)s") % named
    return all_of(deeds)


def _what(item: GivenPart, telling: Telling) -> str:
    telling = replace(telling, currency=item.currency)
    rule, params = item.part.rule, item.part.params
    amount = "" if item.amount is None else _amount(item.amount, telling)
    if item.part.is_missing:
        return _("something that is still to be chosen")
    if isinstance(rule, Action) and params is not None:
        if rule.gives_amount and not amount:
            amount = _("an amount that is still to be chosen")
        text = _safely(lambda: rule.phrase(params, telling, amount))
        if text:
            return text
    return _("“%(rule)s”") % {"rule": describe_rule(registry.actions, item.part.kind, item.part.raw)}


def _amount(part: Part, telling: Telling) -> str:
    rule, params = part.rule, part.params
    if isinstance(rule, Amount) and params is not None:
        text = _safely(lambda: rule.phrase(params, telling))
        if text:
            return text
    if rule is not None and params is None:
        return _("an amount that is still to be chosen")
    return _("“%(rule)s”") % {"rule": describe_rule(registry.amounts, part.kind, part.raw)}


def _missing(parts: Parts) -> Iterator[str]:
    """What a draft still lacks."""
    lacking = [pgettext("missing", "the trigger")] if parts.trigger.is_missing else []
    if not parts.actions:
        lacking.append(pgettext("missing", "an action"))
    asked: list[tuple[Registry[Any], Part]] = [
        (registry.conditions, item.part) for group in parts.groups for item in group
    ]
    given: list[tuple[Registry[Any], Part]] = [(registry.actions, item.part) for item in parts.actions]
    counted: list[tuple[Registry[Any], Part]] = [
        (registry.amounts, item.amount) for item in parts.actions if item.amount
    ]
    first: list[tuple[Registry[Any], Part]] = [(registry.event_kinds, parts.trigger)]
    for kinds, part in [*first, *asked, *given, *counted]:
        if part.params is None and not part.is_missing:
            known = pgettext("missing", "the settings of “%(rule)s”")
            text = known if part.rule else pgettext("missing", "an app that knows “%(rule)s”")
            lacking.append(text % {"rule": describe_rule(kinds, part.kind, {})})
    for item in parts.actions:
        if item.amount is None and isinstance(item.part.rule, Action) and item.part.rule.gives_amount:
            lacking.append(pgettext("missing", "an amount"))
    if lacking:
        yield _("Still missing: %(parts)s.") % {"parts": ", ".join(dict.fromkeys(lacking))}


def _safely(phrase: Callable[[], T]) -> T | None:
    """What a rule says; nothing where a host's own rule raises: its sentence must not take a page down."""
    try:
        return phrase()
    except Exception:
        logger.exception("A rule could not say what it does")
        return None


def _current(program: ProgramLike) -> Program:
    return get_program(program)
