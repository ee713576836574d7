"""Kinds of lines that an import understands. Every app's `loyalty_rules` module may register its own.

    from loyalty.imports import Draft, LineKind, LineReader, register_line_kind

    @register_line_kind
    class LessonLine(LineKind):
        name = "lesson"

        def read(self, line: LineReader) -> Draft:
            return Draft(
                kind="school.lesson_finished", key=line.key(), customer=line.customer(), at=line.moment(),
                payload=line.take("course"),
            )

A kind translates; the importer does the rest, for a chunk of lines at a time and in a number of statements that
does not grow with it:

1. `read` every line. What it raises rejects the line alone.
2. Find the cards of all customers that the drafts name, enrol those that are unknown.
3. `finish` the drafts of each kind, all of the chunk's in one call: here it may ask the database.
4. Write the events of all drafts in the order of the file. A key that is there already changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

from loyalty.imports.lines import Draft, LineReader, LineRejected

if TYPE_CHECKING:
    from loyalty.imports.chunk import Chunk


class LineKind:
    """A kind of line. One instance serves everybody, so it must not keep state."""

    # What a line's `type` and the option --kind say.
    name: ClassVar[str]
    # The fields that a line can have, beside `type`; for CSV, what --map can name.
    fields: ClassVar[tuple[str, ...]] = ()

    def recognises(self, line: Mapping[str, Any]) -> bool:
        """Whether a line without a `type` is of this kind."""
        return False

    def read(self, line: LineReader) -> Draft | None:
        """What the line asks for; no database. None: nothing. Raises LoyaltyError to reject it.

        Fields that are not taken are refused afterwards.
        """
        raise NotImplementedError(f"{type(self).__name__} must define read()")

    def finish(self, drafts: Sequence[Draft], chunk: Chunk) -> None:
        """Complete the drafts of a chunk, whose `card_id` is known by now; a few queries for all of them.

        `chunk.card(customer)` gives the other cards. Set `payload`; set `refusal` to reject a line, `is_known` where
        nothing is left to do.
        """


class LineKinds:
    """The registered kinds. Refuses nonsense early and by name."""

    def __init__(self) -> None:
        self._kinds: dict[str, LineKind] = {}

    def register(self, cls: type[LineKind]) -> type[LineKind]:
        """Class decorator. Raises TypeError for what is no kind, ValueError for a name that is taken."""
        if not issubclass(cls, LineKind):
            raise TypeError(f"{cls!r} is not a LineKind.")
        name = getattr(cls, "name", None)
        if not isinstance(name, str) or not name.isidentifier():
            raise TypeError(f'{cls.__qualname__}.name must be a word such as "purchase".')
        if name in self._kinds and type(self._kinds[name]) is not cls:
            raise ValueError(
                f"The line kind {name!r} is registered twice: {self._kinds[name]!r} and {cls!r}."
            )
        self._kinds[name] = cls()
        return cls

    def find(self, line: Mapping[str, Any], *, default: str = "") -> LineKind:
        """The kind of a line: by its `type`, else `default`, else the one that recognises it. Raises LineRejected."""
        name = default if line.get("type") in (None, "") else line["type"]
        if name != "":
            kind = self._kinds.get(name) if isinstance(name, str) else None
            if kind is None:
                raise LineRejected(
                    "line_type_unknown",
                    f"There is no such type of line. Registered: {', '.join(sorted(self._kinds))}.",
                )
            return kind
        for kind in self._kinds.values():
            if kind.recognises(line):
                return kind
        raise LineRejected("line_type_missing", "The line does not say what it is. Give it a type.")

    def __iter__(self) -> Iterator[LineKind]:
        return iter(list(self._kinds.values()))

    def __contains__(self, name: str) -> bool:
        return name in self._kinds

    @contextmanager
    def register_temporarily(self, cls: type[LineKind]) -> Iterator[type[LineKind]]:
        """For tests: registered within the block only."""
        before = dict(self._kinds)
        try:
            yield self.register(cls)
        finally:
            self._kinds = before


line_kinds = LineKinds()
register_line_kind = line_kinds.register
