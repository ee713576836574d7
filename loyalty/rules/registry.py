"""The registries: every app's `loyalty_rules` module registers what a campaign can name.

from loyalty.rules import Condition, Outcome, register_condition

@register_condition
class ...(Condition): ...
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

from loyalty.rules.base import Action, Amount, Condition, Fact
from loyalty.rules.kinds.base import EventKind

T = TypeVar("T")


class UnknownKind(LookupError):
    """A campaign names a kind that no installed app registers."""

    def __init__(self, *, what: str, kind: str, known: list[str]) -> None:
        super().__init__(f"Unknown {what} “{kind}”. Registered: {', '.join(known) or 'none'}.")
        self.what, self.kind = what, kind


class Registry(Generic[T]):
    """Kinds by name. Refuses nonsense early and by name."""

    def __init__(self, what: str, base: type[T], attribute: str = "kind") -> None:
        self.what, self.base, self.attribute = what, base, attribute
        self._items: dict[str, T] = {}
        self._aliases: dict[str, str] = {}
        self.changes = 0  # counts up with every change, so that what was compiled before can be told apart

    def register(self, cls: type[T]) -> type[T]:
        """Class decorator; one instance serves everybody, so rules must not keep state."""
        if not issubclass(cls, self.base):
            raise TypeError(f"{cls!r} is not a {self.base.__name__}.")
        name = getattr(cls, self.attribute, None)
        if not isinstance(name, str) or "." not in name:
            raise TypeError(
                f'{cls.__qualname__}.{self.attribute} must be a string such as "yourapp.something".'
            )
        if name in self._items and type(self._items[name]) is not cls:
            raise ValueError(
                f"{self.what} “{name}” is registered twice: {type(self._items[name])!r} and {cls!r}."
            )
        self._items[name] = cls()
        self.changes += 1
        for alias in getattr(cls, "aliases", ()):
            self._aliases[alias] = name
        return cls

    def get(self, kind: str) -> T:
        """The rule of this kind. Raises UnknownKind."""
        try:
            return self._items[self._aliases.get(kind, kind)]
        except KeyError:
            raise UnknownKind(what=self.what, kind=kind, known=sorted(self._items)) from None

    def canonical(self, kind: str) -> str:
        """The present name of a kind that may have been renamed."""
        return self._aliases.get(kind, kind)

    def __iter__(self) -> Iterator[T]:
        return iter(list(self._items.values()))

    def __contains__(self, kind: str) -> bool:
        return self._aliases.get(kind, kind) in self._items

    @contextmanager
    def register_temporarily(self, cls: type[T]) -> Iterator[type[T]]:
        """For tests: registered within the block only."""
        before = dict(self._items), dict(self._aliases)
        try:
            yield self.register(cls)
        finally:
            self._items, self._aliases = before
            self.changes += 1


conditions: Registry[Condition] = Registry("condition", Condition)
actions: Registry[Action] = Registry("action", Action)
amounts: Registry[Amount] = Registry("amount", Amount)
event_kinds: Registry[EventKind] = Registry("event kind", EventKind)
facts: Registry[Fact] = Registry("fact", Fact, attribute="key")

register_condition = conditions.register
register_action = actions.register
register_amount = amounts.register
register_event_kind = event_kinds.register
register_fact = facts.register
