"""The history of a campaign: its revisions, and what changed from one to another, in sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from loyalty.exceptions import CampaignInvalid
from loyalty.models import Campaign, CampaignPublication, CampaignRevision
from loyalty.processing.campaigns import load_program_rules
from loyalty.rules import registry
from loyalty.rules.compile import canonical_campaign
from loyalty.rules.compile_actions import LimitParams, PotParams
from loyalty.selectors import revision_texts as texts
from loyalty.selectors.revision_texts import NOTHING, Form, label_of, text_of

Definition = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Published:
    """One dated decision about a campaign: published, in shadow mode, paused, resumed or archived.

    `action` is the stable word, `label` the same in the active language; `actor` is empty where nobody is known.
    """

    action: str
    label: str
    effective_from: datetime
    written_at: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class Revision:
    """What was frozen once, with its number, its canonical definition and the decisions that name it, oldest first."""

    number: int
    created_at: datetime
    definition: Definition
    publications: tuple[Published, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: where in the definition, what it is called, both values as texts, and all of it as a sentence.

    `before` or `after` is empty for what was added or removed as a whole.
    """

    path: str
    label: str
    before: str
    after: str
    sentence: str


def list_revisions(campaign: Campaign) -> list[Revision]:
    """All that was ever frozen of a campaign, the latest first."""
    rows = CampaignPublication.objects.filter(campaign=campaign).select_related("actor").order_by("pk")
    published: dict[int | None, list[Published]] = {}
    for row in rows:
        published.setdefault(row.revision_id, []).append(
            Published(
                row.action,
                str(row.get_action_display()),
                row.effective_from,
                row.created_at,
                "" if row.actor is None else row.actor.get_username(),
            )
        )
    revisions = CampaignRevision.objects.filter(campaign=campaign).order_by("-number")
    return [
        Revision(row.number, row.created_at, row.definition, tuple(published.get(row.pk, ())))
        for row in revisions
    ]


def diff_revisions(old: CampaignRevision, new: CampaignRevision) -> list[Change]:
    """What the newer revision says otherwise; a setting that a rule has got since is no change."""
    return diff_definitions(today_of(old), today_of(new))


def diff_definitions(old: Definition, new: Definition) -> list[Change]:
    """The same of two canonical definitions, such as a draft's and a revision's.

    Actions are matched by slot, limits by what they count for whom and when, conditions by kind within their group.
    """
    return [
        *_head(old, new),
        *_conditions(old.get("conditions") or [], new.get("conditions") or []),
        *_actions(old.get("actions") or [], new.get("actions") or []),
        *_limits(old.get("limits") or [], new.get("limits") or []),
    ]


def today_of(revision: CampaignRevision) -> Definition:
    """A revision's definition with today's defaults; as it stands where it no longer compiles."""
    definition: Definition = revision.definition
    try:
        return canonical_campaign(definition, program=load_program_rules(revision.campaign.program))
    except CampaignInvalid:
        return definition


def _head(old: Definition, new: Definition) -> Iterator[Change]:
    described: dict[str, Callable[[Any], str]] = {
        "trigger": texts.describe_trigger,
        "stacking": texts.describe_stacking,
    }
    for name in _names(old, new):
        if name not in ("key", "conditions", "actions", "limits"):
            describe = described.get(name) or _reader(name)
            yield from _changed(name, label_of(name), old.get(name), new.get(name), describe)


def _conditions(old: Sequence[Any], new: Sequence[Any]) -> Iterator[Change]:
    pairs = _pair_groups(old, new)
    several = len(old) > 1 or len(new) > 1
    for before, after in pairs:
        group = f"conditions[{new.index(after) if after else old.index(before)}]"
        number = (new.index(after) if after else old.index(before)) + 1 if several else 0
        for one, other in _matched(before or [], after or [], lambda item: item["kind"]):
            if one is None or other is None:
                place = (after if one is None else before).index(other if one is None else one)
                text = texts.describe_condition(other if one is None else one)
                yield _whole_condition(f"{group}[{place}]", text, added=one is None, group=number)
                continue
            form = texts.form_of(registry.conditions, other["kind"])
            within = _("in condition “%(name)s”") % {
                "name": texts.name_of(registry.conditions, other["kind"])
            }
            path = f"{group}[{after.index(other)}]"
            for name in ("about", "negate"):
                yield from _changed(
                    f"{path}.{name}",
                    label_of(name),
                    one.get(name),
                    other.get(name),
                    _reader(name),
                    within,
                )
            yield from _settings(f"{path}.params", form, one["params"], other["params"], within)


def _whole_condition(path: str, text: str, *, added: bool, group: int) -> Change:
    if group:
        named = {"condition": text, "group": group}
        sentence = (
            _("Condition added to group %(group)d: %(condition)s") % named
            if added
            else _("Condition removed from group %(group)d: %(condition)s") % named
        )
    else:
        named = {"condition": text}
        sentence = (
            _("Condition added: %(condition)s") % named
            if added
            else _("Condition removed: %(condition)s") % named
        )
    return _whole(path, _("Condition"), text, sentence, added=added)


def _actions(old: Sequence[Any], new: Sequence[Any]) -> Iterator[Change]:
    for one, other in _matched(old, new, lambda item: item["slot"]):
        if one is None or other is None:
            action = other if one is None else one
            text = texts.describe_action(action)
            named = {"action": text}
            sentence = _("Action added: %(action)s") if one is None else _("Action removed: %(action)s")
            yield _whole(f"actions[{action['slot']}]", _("Action"), text, sentence % named, added=one is None)
        else:
            yield from _action(one, other)


def _action(old: Definition, new: Definition) -> Iterator[Change]:
    path = f"actions[{new['slot']}]"
    within = _("in action %(slot)s") % {"slot": new["slot"]}
    described: dict[str, Callable[[Any], str]] = {
        "kind": lambda kind: texts.name_of(registry.actions, kind),
        "recipient": texts.describe_recipient,
        "amount": texts.describe_amount,
        "pot": texts.describe_pot,
    }
    for name in _names(old, new):
        before, after = old.get(name), new.get(name)
        if name == "params" and old["kind"] == new["kind"]:
            form = texts.form_of(registry.actions, new["kind"])
            yield from _settings(f"{path}.params", form, before or {}, after or {}, within)
        elif name == "amount" and before and after and before["kind"] == after["kind"]:
            form = texts.form_of(registry.amounts, after["kind"])
            yield from _settings(f"{path}.amount", form, before, after, within)
        elif name == "pot" and before and after:
            yield from _settings(f"{path}.pot", PotParams, before, after, within)
        elif name == "recipient" and isinstance(before, Mapping) and isinstance(after, Mapping):
            yield from _settings(f"{path}.recipient", None, before, after, within)
        elif name != "params":
            describe = described.get(name) or _reader(name)
            yield from _changed(f"{path}.{name}", label_of(name), before, after, describe, within)


def _limits(old: Sequence[Any], new: Sequence[Any]) -> Iterator[Change]:
    for one, other in _matched(old, new, lambda item: (item["per"], item["measure"], item["period"])):
        if one is None or other is None:
            limit = other if one is None else one
            text = texts.describe_limit(limit)
            named = {"limit": text}
            place = (new if one is None else old).index(limit)
            sentence = _("Limit added: %(limit)s") if one is None else _("Limit removed: %(limit)s")
            yield _whole(f"limits[{place}]", _("Limit"), text, sentence % named, added=one is None)
        else:
            within = _("in limit “%(limit)s”") % {"limit": texts.describe_limit(other)}
            yield from _settings(f"limits[{new.index(other)}]", LimitParams, one, other, within)


def _settings(
    path: str, form: Form | None, old: Definition, new: Definition, within: str
) -> Iterator[Change]:
    for name in _names(old, new):
        yield from _changed(
            f"{path}.{name}",
            label_of(name, form),
            old.get(name),
            new.get(name),
            _reader(name, form),
            within,
        )


def _changed(
    path: str, label: str, old: Any, new: Any, describe: Callable[[Any], str], within: str = ""
) -> Iterator[Change]:
    """A change of one value, if it is one."""
    if old == new:
        return
    before = NOTHING if old is None else describe(old)
    after = NOTHING if new is None else describe(new)
    named = {"label": label, "before": before, "after": after, "where": within}
    sentence = (
        _("%(label)s: %(before)s → %(after)s %(where)s") if within else _("%(label)s: %(before)s → %(after)s")
    )
    yield Change(path, label, before, after, sentence % named)


def _whole(path: str, label: str, text: str, sentence: str, *, added: bool) -> Change:
    return Change(path, label, "" if added else text, text if added else "", sentence)


def _reader(name: str, form: Form | None = None) -> Callable[[Any], str]:
    return lambda value: text_of(value, name, form)


def _names(old: Definition, new: Definition) -> list[str]:
    return list(dict.fromkeys([*new, *old]))


def _matched(
    old: Sequence[Any], new: Sequence[Any], key: Callable[[Any], object]
) -> Iterator[tuple[Any, Any]]:
    """Pairs of what has the same key, of equal keys in their order; what is only on one side stands beside None."""
    left: dict[object, list[Any]] = {}
    for item in old:
        left.setdefault(key(item), []).append(item)
    pairs = [(left[key(item)].pop(0) if left.get(key(item)) else None, item) for item in new]
    yield from ((item, None) for item in old if any(item is other for other in left[key(item)]))
    yield from pairs


def _pair_groups(old: Sequence[Any], new: Sequence[Any]) -> list[tuple[Any, Any]]:
    """Groups that say the same belong together; of the others the first of each side do, and so on."""
    rest_old = [group for group in old if group not in new]
    rest_new = [group for group in new if group not in old]
    most = max(len(rest_old), len(rest_new))
    return list(
        zip(
            [*rest_old, *[None] * (most - len(rest_old))],
            [*rest_new, *[None] * (most - len(rest_new))],
            strict=True,
        )
    )
