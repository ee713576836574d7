"""The parts of a campaign's definition as people read them: labels of rules and settings, values, whole rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty.models import Campaign
from loyalty.rules import registry
from loyalty.rules.base import Rule
from loyalty.rules.compile_actions import LimitParams, PotParams
from loyalty.rules.kinds.base import EventKind
from loyalty.rules.params import to_json
from loyalty.rules.registry import Registry, UnknownKind

NOTHING = "–"

_HEAD: Mapping[str, str | Promise] = {
    "trigger": gettext_lazy("trigger"),
    "about": gettext_lazy("about"),
    "negate": gettext_lazy("not"),
    "kind": gettext_lazy("kind"),
    "recipient": gettext_lazy("recipient"),
    "blocked": gettext_lazy("a blocked ancestor"),
    "currency": gettext_lazy("currency"),
    "on_refund": gettext_lazy("on refund"),
    "amount": gettext_lazy("amount"),
    "pot": gettext_lazy("pot"),
    "stacking": gettext_lazy("stacking group"),
}
_WORDS: Mapping[str, Mapping[str, str | Promise]] = {
    "recipient": {
        "card": gettext_lazy("card"),
        "parent_card": gettext_lazy("parent card"),
        "ancestors": gettext_lazy("ancestors"),
    },
    "blocked": {
        "keep_level": gettext_lazy("keeps its level and gets nothing"),
        "compress": gettext_lazy("is skipped, the next moves up"),
        "stop": gettext_lazy("ends the walk"),
    },
    "on_refund": {
        "proportional": gettext_lazy("taken back in proportion"),
        "while_met": gettext_lazy("kept while the conditions hold"),
        "full_only": gettext_lazy("taken back when nothing remains"),
        "never": gettext_lazy("never taken back"),
        "milestone": gettext_lazy("kept while the count holds"),
    },
    "phase": dict(Campaign.Phase.choices),
    "mode": dict(Campaign.Stacking.choices),
}
_WORDS = {**_WORDS, "about": _WORDS["recipient"]}
_PER: Mapping[str, str | Promise] = {
    "recipient": gettext_lazy("recipient"),
    "campaign": gettext_lazy("campaign"),
    "pair": gettext_lazy("pair of cards"),
}

Form = type[forms.Form]


def label_of(name: str, form: Form | None = None) -> str:
    """What a setting is called, with a capital letter."""
    field = None if form is None else form.base_fields.get(name)
    if field is not None and field.label:
        return capfirst(str(field.label))
    if name in _HEAD:
        return capfirst(str(_HEAD[name]))
    columns = {column.name: column.verbose_name for column in Campaign._meta.concrete_fields}
    return capfirst(str(columns.get(name, name.replace("_", " "))))


def text_of(value: Any, name: str = "", form: Form | None = None) -> str:
    """A value of a definition; a choice by its label."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if value is None or value in ("", [], {}):
        return NOTHING
    if isinstance(value, list | tuple):
        return ", ".join(text_of(one, name, form) for one in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {text_of(one)}" for key, one in value.items())
    return str(_choices_of(name, form).get(str(value), value))


def form_of(kinds: Registry[Any], kind: str) -> Form | None:
    """The settings of a rule; None for one that nobody registers any more."""
    rule = _find(kinds, kind)
    return None if rule is None else rule.Params


def name_of(kinds: Registry[Any], kind: str) -> str:
    """The label of a rule; its kind when nobody registers it any more."""
    rule = _find(kinds, kind)
    return kind if rule is None else str(rule.label)


def describe_rule(kinds: Registry[Any], kind: str, params: Mapping[str, Any]) -> str:
    """A rule with those of its settings that are not as they are by default."""
    form = form_of(kinds, kind)
    settings = ", ".join(_settings(params, form))
    named = {"rule": name_of(kinds, kind), "settings": settings}
    return _("%(rule)s (%(settings)s)") % named if settings else named["rule"]


def describe_trigger(trigger: Mapping[str, Any]) -> str:
    """The kind of event, with its settings."""
    return describe_rule(registry.event_kinds, trigger["kind"], trigger.get("params", {}))


def describe_condition(condition: Mapping[str, Any]) -> str:
    """A question, whether it is asked about the parent card, and whether it is turned round."""
    text = describe_rule(registry.conditions, condition["kind"], condition["params"])
    if condition.get("about") == "parent_card":
        text = _("%(question)s (about the parent card)") % {"question": text}
    return _("not: %(question)s") % {"question": text} if condition.get("negate") else text


def describe_amount(amount: Mapping[str, Any] | None) -> str:
    """How much."""
    if amount is None:
        return NOTHING
    settings = {name: value for name, value in amount.items() if name != "kind"}
    return describe_rule(registry.amounts, amount["kind"], settings)


def describe_pot(pot: Mapping[str, Any] | None) -> str:
    """What all may get together."""
    return NOTHING if pot is None else ", ".join(_settings(pot, PotParams))


def describe_recipient(recipient: Any) -> str:
    """Who receives."""
    role = recipient["role"] if isinstance(recipient, Mapping) else recipient
    return text_of(role, "recipient")


def describe_action(action: Mapping[str, Any]) -> str:
    """What is given to whom."""
    named = {
        "slot": action["slot"],
        "action": describe_rule(registry.actions, action["kind"], action.get("params") or {}),
        "recipient": describe_recipient(action["recipient"]),
        "amount": describe_amount(action.get("amount")),
        "currency": action.get("currency") or NOTHING,
    }
    if action.get("amount") is None:
        return _("%(slot)s: %(action)s, to: %(recipient)s") % named
    return _("%(slot)s: %(action)s, to: %(recipient)s, amount: %(amount)s, currency: %(currency)s") % named


def describe_limit(limit: Mapping[str, Any]) -> str:
    """How often or how much, for whom, in what period."""
    return _("%(measure)s: at most %(max)s per %(per)s, period: %(period)s") % {
        "measure": text_of(limit["measure"], "measure", LimitParams),
        "max": limit["max"],
        "per": str(_PER.get(limit["per"], limit["per"])),
        "period": text_of(limit["period"], "period", LimitParams),
    }


def describe_stacking(stacking: Mapping[str, Any] | None) -> str:
    """The group in which campaigns are chosen from, and how."""
    if stacking is None:
        return NOTHING
    named = {"group": stacking["group"], "mode": text_of(stacking["mode"], "mode")}
    return _("%(group)s (of the group apply: %(mode)s)") % named


def _settings(params: Mapping[str, Any], form: Form | None) -> Iterator[str]:
    for name, value in params.items():
        field = None if form is None else form.base_fields.get(name)
        if value not in (None, "", [], {}) and (field is None or value != to_json(_initial(field))):
            label = name.replace("_", " ") if field is None or not field.label else str(field.label)
            yield _("%(label)s %(value)s") % {"label": label, "value": text_of(value, name, form)}


def _initial(field: forms.Field) -> Any:
    return field.initial() if callable(field.initial) else field.initial


def _choices_of(name: str, form: Form | None) -> Mapping[str, str | Promise]:
    field = None if form is None else form.base_fields.get(name)
    if isinstance(field, forms.ChoiceField):
        choices: Any = field.choices
        return {str(value): label for value, label in choices if isinstance(label, str | Promise)}
    return _WORDS.get(name, {}) if form is None else {}


def _find(kinds: Registry[Any], kind: str) -> Rule | EventKind | None:
    try:
        found: Rule | EventKind = kinds.get(kind)
    except UnknownKind:
        return None
    return found
