"""A rule of a campaign: the choice of its kind, and the form of its settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.http import QueryDict

from loyalty.admin.campaign_editor.carried import read_carried, write_carried
from loyalty.admin.campaign_editor.kinds import Group, kind_groups
from loyalty.admin.campaign_editor.offer import Offer
from loyalty.admin.campaign_editor.settings_form import SettingsForm
from loyalty.rules.registry import Registry


class RuleSlot:
    """Where a kind is chosen and set.

    The settings that are drawn belong to the kind named in "…-for": after another one was chosen its settings are drawn
    first, keeping what both have in common, and nothing is saved before somebody saw them (`is_fresh`). A kind that
    nobody registers any more is carried along as it is stored, to be seen and removed.
    """

    def __init__(
        self,
        registry: Registry[Any],
        *,
        prefix: str,
        offer: Offer,
        label: str,
        offered: Callable[[Any], bool] | None = None,
        data: QueryDict | None = None,
        kind: str = "",
        stored: Mapping[str, Any] | None = None,
    ) -> None:
        self.registry, self.prefix, self.label, self.offered = registry, prefix, label, offered
        self.problems: list[str] = []
        self.kind = registry.canonical(kind if data is None else data.get(f"{prefix}-kind", ""))
        self.stored = dict(stored or {}) if data is None else _read_stored(data.get(f"{prefix}-stored", ""))
        self.rule = registry.get(self.kind) if self.kind in registry else None
        self.settings: SettingsForm | None = None
        drawn = registry.canonical(data.get(f"{prefix}-for", "")) if data is not None else self.kind
        if self.rule is None:
            self.is_fresh = False
            return
        form = self.rule.Params
        if data is None or drawn == self.kind:
            self.settings = SettingsForm(
                form,
                prefix=f"{prefix}-p",
                offer=offer,
                data=data,
                stored=self.stored if data is None else None,
            )
        else:
            kept = _in_common(registry, drawn, form, prefix=f"{prefix}-p", offer=offer, data=data)
            self.settings = SettingsForm(form, prefix=f"{prefix}-p", offer=offer, stored=kept)
        self.is_fresh = drawn != self.kind and bool(self.settings.fields)

    @property
    def is_unknown(self) -> bool:
        """Whether nobody registers its kind."""
        return bool(self.kind) and self.rule is None

    @property
    def groups(self) -> list[Group]:
        """The kinds to choose from."""
        return kind_groups(self.registry, self.offered)

    @property
    def stored_text(self) -> str:
        """The settings of an unknown kind, to be carried along."""
        return write_carried(self.stored)

    @property
    def stored_rows(self) -> list[tuple[str, Any]]:
        """The same by name, to be read; one of the names may be "items", so a template cannot ask the dict."""
        return list(self.stored.items())

    @property
    def is_valid(self) -> bool:
        """Whether nothing is wrong as far as is known."""
        return not self.problems and (self.settings is None or self.settings.is_valid)

    def values(self) -> dict[str, Any]:
        """The settings as JSON."""
        return self.stored if self.settings is None else self.settings.values()

    def note(self, name: str, message: str) -> None:
        """Show a problem at a setting, or at the choice of the kind."""
        if self.settings is not None and name != "kind":
            self.settings.note(name, message)
        elif not self.problems:
            self.problems.append(message)


def _in_common(
    registry: Registry[Any], drawn: str, form: Any, *, prefix: str, offer: Offer, data: QueryDict
) -> dict[str, Any]:
    """What was typed for the kind before, as far as the new one has settings of the same name and class."""
    if drawn not in registry:
        return {}
    before = SettingsForm(registry.get(drawn).Params, prefix=prefix, offer=offer, data=data)
    values = before.values()
    return {
        name: values[name]
        for name, field in form.base_fields.items()
        if name in before.views
        and type(field) is type(before.form.fields[name])
        and not before.views[name].problems
        and values[name] not in (None, "", [], {})
    }


def _read_stored(text: str) -> dict[str, Any]:
    """The settings that were carried along; none where that is not what we wrote."""
    try:
        found = read_carried(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
