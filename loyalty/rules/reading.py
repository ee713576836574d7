"""Reading nested settings piece by piece: every mistake is kept with its path, none stops the reading."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from loyalty.periods import parse_instant
from loyalty.rules.params import Mistake, ParamsInvalid, Sentence, join, unknown_key
from loyalty.rules.registry import Registry

T = TypeVar("T")

_SLUG = re.compile(r"[-a-zA-Z0-9_]{1,100}", re.ASCII)


class Problems:
    """The mistakes found so far."""

    def __init__(self) -> None:
        self.found: list[Mistake] = []

    def add(self, path: str, code: str, text: str | Promise, /, **params: object) -> None:
        """Note one mistake; `params` fill the named placeholders of its text."""
        self.found.append(Mistake(path, code, Sentence(text, **params)))

    def extend(self, error: ParamsInvalid) -> None:
        """Note what a form refused."""
        self.found += error.mistakes


class Node:
    """A mapping being read. Each key is taken once; `finish` refuses what is left over."""

    def __init__(self, raw: object, *, path: str, problems: Problems) -> None:
        self.path, self.problems = path, problems
        self.known: list[str] = []
        self.raw: Mapping[str, Any] = {}
        self.is_mapping = isinstance(raw, Mapping)
        if isinstance(raw, Mapping):
            self.raw = raw
        else:
            self.refuse("", "not_a_mapping", _("Give an object with named fields."))

    def at(self, name: str) -> str:
        """The path of a key."""
        return join(self.path, name)

    def refuse(self, name: str, code: str, text: str | Promise, /, **params: object) -> None:
        """Note a mistake at a key; without a name, at the whole."""
        self.problems.add(self.at(name), code, text, **params)

    def take(self, name: str) -> Any:
        """The raw value; None when it is missing."""
        self.known.append(name)
        return self.raw.get(name)

    def text(
        self,
        name: str,
        *,
        default: str | None = None,
        choices: Sequence[str] = (),
        slug: bool = False,
        most: int = 200,
    ) -> str:
        """A text; without a default it is required."""
        value = self.take(name)
        if value is None:
            if default is None and self.is_mapping:
                self.refuse(name, "required", _("“%(key)s” is required."), key=name)
            return default or ""
        if not isinstance(value, str):
            self.refuse(name, "wrong_type", _("Write text, in quotes."))
        elif choices and value not in choices:
            text = _("“%(value)s” is not one of: %(choices)s.")
            self.refuse(name, "invalid_choice", text, value=value, choices=", ".join(choices))
        elif slug and not _SLUG.fullmatch(value):
            self.refuse(
                name, "invalid_slug", _("Use Latin letters, digits, hyphens and underscores, at most 100.")
            )
        elif len(value) > most:
            self.refuse(name, "too_long", _("Use at most %(most)s characters."), most=most)
        else:
            return value
        return default or ""

    def integer(self, name: str, *, default: int) -> int:
        """A whole number that fits a 32-bit column."""
        value = self.take(name)
        if value is None:
            return default
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**31:
            return value
        self.refuse(name, "wrong_type", _("Write a whole number, without quotes."))
        return default

    def boolean(self, name: str) -> bool:
        """True or false; false when missing."""
        value = self.take(name)
        if value is not None and not isinstance(value, bool):
            self.refuse(name, "wrong_type", _("Write true or false, without quotes."))
        return value is True

    def instant(self, name: str) -> datetime | None:
        """An instant in UTC, or None."""
        value = self.take(name)
        if value is None:
            return None
        try:
            return parse_instant(value if isinstance(value, str) else "")
        except ValueError:
            self.refuse(name, "invalid_instant", _('Write an instant such as "2026-11-21T10:00:00+03:00".'))
            return None

    def items(self, name: str) -> Iterator[tuple[str, Any]]:
        """The paths and members of a list; nothing when it is missing."""
        value = self.take(name)
        if value is None:
            return
        if not isinstance(value, list | tuple):
            self.refuse(name, "not_a_list", _("Give a list."))
            return
        for number, item in enumerate(value):
            yield f"{self.at(name)}[{number}]", item

    def rule(self, registry: Registry[T]) -> T | None:
        """The rule named by `kind`; None when no installed app registers it."""
        kind = self.text("kind")
        if not kind:
            return None
        if kind not in registry:
            known = ", ".join(sorted(str(getattr(item, "kind", "")) for item in registry))
            text = _("“%(kind)s” is not registered. Registered are: %(known)s.")
            self.refuse("kind", "unknown_kind", text, kind=kind, known=known)
            return None
        return registry.get(kind)

    def rest(self) -> dict[str, Any]:
        """What has not been taken yet, and with it all is."""
        left = {name: value for name, value in self.raw.items() if name not in self.known}
        self.known += left
        return left

    def finish(self) -> None:
        """Refuse the keys that nobody took."""
        for name in self.raw:
            if name not in self.known:
                self.problems.found.append(unknown_key(self.path, str(name), self.known))
