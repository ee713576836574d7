"""The kinds of a registry as choices: in the order of their registration, those of each app together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from loyalty.rules.registry import Registry

Option = tuple[str, str]
Group = tuple[str, list[Option]]


def kind_groups(registry: Registry[Any], offered: Callable[[Any], bool] | None = None) -> list[Group]:
    """The kinds with their labels, under the name of their app; without names where a single app registers all."""
    groups: dict[str, list[Option]] = {}
    for rule in registry:
        if offered is None or offered(rule):
            groups.setdefault(_app_name(rule), []).append((rule.kind, capfirst(str(rule.label))))
    return [("", options) for options in groups.values()] if len(groups) == 1 else list(groups.items())


def kind_choices(registry: Registry[Any], offered: Callable[[Any], bool] | None = None) -> list[Any]:
    """The same as choices of a select, with nothing chosen at first."""
    groups = kind_groups(registry, offered)
    chosen: list[Any] = groups[0][1] if len(groups) == 1 else groups
    return [("", _("– choose –")), *chosen]


def _app_name(rule: Any) -> str:
    config = apps.get_containing_app_config(type(rule).__module__)
    return capfirst(str(config.verbose_name)) if config is not None else rule.kind.partition(".")[0]
