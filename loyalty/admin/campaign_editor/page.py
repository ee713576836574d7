"""A draft as the editor shows it: read from its definition or from what was posted, and turned back into a definition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.forms import Media
from django.http import QueryDict
from django.utils.translation import gettext as _

from loyalty.admin.campaign_editor.commands import NEXT, Done, rows_of
from loyalty.admin.campaign_editor.forms import CombiningForm, DatesForm, NameForm, OldNameForm
from loyalty.admin.campaign_editor.offer import Offer
from loyalty.admin.campaign_editor.rows import ActionRow, ConditionRow, Group, LimitRow
from loyalty.admin.campaign_editor.settings_form import SettingsForm
from loyalty.admin.campaign_editor.slot_names import name_slots
from loyalty.admin.campaign_editor.slots import RuleSlot
from loyalty.rules import registry

Definition = Mapping[str, Any]


class EditorPage:
    """All forms of a campaign. `key` is fixed, or empty for one that is not saved yet."""

    def __init__(
        self,
        offer: Offer,
        *,
        key: str = "",
        data: QueryDict | None = None,
        definition: Definition | None = None,
        done: Done | None = None,
    ) -> None:
        told = definition or {}
        self.offer, self.key, self.done = offer, key, done or Done()
        self.problems: list[str] = []
        self.sentence = ""
        stacking = told.get("stacking") or {}
        flat = {**told, **{f"stacking_{name}": value for name, value in stacking.items()}}
        forms = [NameForm if not key else OldNameForm, DatesForm, CombiningForm]
        self.naming, self.dates, self.combining = (
            SettingsForm(
                form,
                prefix="campaign",
                offer=offer,
                data=data,
                stored={name: flat[name] for name in form.base_fields if name in flat},
            )
            for form in forms
        )
        trigger = told.get("trigger") or {}
        self.trigger = RuleSlot(
            registry.event_kinds,
            prefix="trigger",
            offer=offer,
            label=_("Event"),
            offered=lambda kind: kind.triggers,
            data=data,
            kind=str(trigger.get("kind", "")),
            stored=trigger.get("params"),
        )
        if data is None:
            self.groups, self.actions, self.limits, self.next = _from_definition(told, offer)
        else:
            self.groups, self.actions, self.limits = _from_posted(data, offer)
            self.next = data.get(NEXT, "1")
        self._spots: dict[str, Any] = {}

    @property
    def rows(self) -> Iterator[ConditionRow | ActionRow | LimitRow]:
        """Everything that can be added and removed."""
        for group in self.groups:
            yield from group.conditions
        yield from self.actions
        yield from self.limits

    @property
    def slots(self) -> Iterator[RuleSlot]:
        """All rules."""
        yield self.trigger
        for row in self.rows:
            yield from row.slots

    @property
    def is_valid(self) -> bool:
        """Whether nothing is wrong as far as is known."""
        parts = [self.naming, self.dates, self.combining, self.trigger, *self.rows]
        return not self.problems and all(part.is_valid for part in parts)

    @property
    def forms(self) -> Iterator[SettingsForm]:
        """All forms that are drawn."""
        yield from (self.naming, self.dates, self.combining)
        for row in self.rows:
            yield from row.forms
        for slot in self.slots:
            if slot.settings is not None:
                yield slot.settings

    @property
    def media(self) -> Media:
        """What the widgets of hosts bring along."""
        return sum((one.form.media for one in self.forms), Media())

    def definition(self, *, key: str, used_slots: Sequence[str] = ()) -> dict[str, Any]:
        """As in a campaign file. New actions get names that are none of `used_slots`; empty groups are left out."""
        groups = [group for group in self.groups if group.conditions]
        names = name_slots(self.actions, used_slots)
        self._spots = {"": self, "trigger": self.trigger, "trigger.params": self.trigger}
        for number, group in enumerate(groups):
            self._spots[f"conditions[{number}]"] = group
            for place, row in enumerate(group.conditions):
                self._spots |= row.spots(f"conditions[{number}][{place}]")
        for number, action in enumerate(self.actions):
            self._spots |= action.spots(f"actions[{number}]")
        for number, limit in enumerate(self.limits):
            self._spots |= limit.spots(f"limits[{number}]")
        dates, combining = self.dates.values(), self.combining.values()
        stacking = {"group": combining["stacking_group"], "mode": combining["stacking_mode"]}
        return {
            "key": key,
            "name": self.naming.values()["name"],
            "trigger": {"kind": self.trigger.kind, "params": self.trigger.values()},
            "starts_at": dates["starts_at"],
            "ends_at": dates["ends_at"],
            "priority": combining["priority"],
            "phase": combining["phase"],
            "stacking": stacking if combining["stacking_group"] else None,
            "conditions": [[row.definition() for row in group.conditions] for group in groups],
            "actions": [row.definition(name) for row, name in zip(self.actions, names, strict=True)],
            "limits": [row.definition() for row in self.limits],
        }

    def place(self, problems: Sequence[Any]) -> None:
        """Show each {"path", "message"} at its field; paths are those of the last `definition`."""
        for problem in problems:
            path, message = str(problem["path"]), str(problem["message"])
            if problem.get("code") == "required":
                message = _("This must be filled in.")
            found = max((spot for spot in self._spots if _leads_to(spot, path)), key=len)
            self._spots[found].note(path[len(found) :].lstrip("."), message)

    def count_problems(self) -> int:
        """How many things are marked."""
        spots = [self, *self.groups, *self.rows, *self.slots]
        return sum(len(spot.problems) for spot in spots) + sum(form.count_problems() for form in self.forms)

    def forget_problems(self) -> None:
        """Mark nothing: who is still filling in the form does not want to be told."""
        for spot in (self, *self.groups, *self.rows, *self.slots):
            spot.problems.clear()
        for form in self.forms:
            form.forget_problems()

    def note(self, name: str, message: str) -> None:
        """Show a problem of the campaign itself."""
        flat = name.replace("stacking.", "stacking_")
        for form in (self.naming, self.dates, self.combining):
            if flat in form.views:
                form.note(flat, message)
                return
        if message not in self.problems:
            self.problems.append(message)


def _leads_to(spot: str, path: str) -> bool:
    return not spot or path == spot or path.startswith((f"{spot}.", f"{spot}["))


def _from_definition(
    told: Definition, offer: Offer
) -> tuple[list[Group], list[ActionRow], list[LimitRow], str]:
    number = 0

    def fresh(letter: str) -> str:
        nonlocal number
        number += 1
        return f"{letter}{number}"

    groups = [
        Group(fresh("g"), [ConditionRow(fresh("c"), offer=offer, stored=one) for one in conditions])
        for conditions in told.get("conditions") or ()
    ]
    actions = [ActionRow(fresh("a"), offer=offer, stored=one) for one in told.get("actions") or ()]
    limits = [LimitRow(fresh("l"), offer=offer, stored=one) for one in told.get("limits") or ()]
    return groups, actions, limits, str(number + 1)


def _from_posted(data: QueryDict, offer: Offer) -> tuple[list[Group], list[ActionRow], list[LimitRow]]:
    def typed(token: str) -> QueryDict | None:
        """A row that was just added has nothing typed in it: it begins with its defaults."""
        return data if f"{token}-here" in data else None

    groups = [
        Group(
            token,
            [ConditionRow(one, offer=offer, data=typed(one)) for one in rows_of(data, f"{token}-conditions")],
        )
        for token in rows_of(data, "groups")
    ]
    actions = [
        ActionRow(token, offer=offer, data=typed(token), stored=new_action(offer))
        for token in rows_of(data, "actions")
    ]
    limits = [LimitRow(token, offer=offer, data=typed(token)) for token in rows_of(data, "limits")]
    return groups, actions, limits


def new_action(offer: Offer) -> dict[str, Any]:
    """With what an action begins: points for the buyer, in the only currency if there is one."""
    code = offer.currencies[0][0] if len(offer.currencies) == 1 else None
    return {"kind": "loyalty.credit", "currency": code, "amount": {"kind": "loyalty.percent"}}
