"""Lines as they stand in a file: cut from a stream of bytes, so that nothing in it can stop the reading."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Protocol

from django.utils.translation import gettext_lazy as _

from loyalty.imports.lines import LineRejected

LONGEST_LINE = 1 << 20
BOM = b"\xef\xbb\xbf"


@dataclass(slots=True)
class RawLine:
    """A line (in CSV: a record) with its number from 1 and the offset behind it; fields, or why it has none."""

    number: int
    end: int
    raw: bytes
    fields: dict[str, Any] = field(default_factory=dict)
    refusal: LineRejected | None = None

    @property
    def text(self) -> str:
        """What stands in the file, fit to be shown."""
        return self.raw.rstrip(b"\r\n").decode("utf-8", "backslashreplace")


class FileFormat(Protocol):
    """How lines stand in a file. `is_tabular`: times without an offset are local, empty cells are left out."""

    is_tabular: bool

    def read(self, stream: BinaryIO, *, start: int, number: int) -> Iterator[RawLine]:
        """The lines from the offset `start` on, behind line `number`; blank ones are passed over."""
        ...


def cut_lines(stream: BinaryIO, *, start: int, number: int) -> Iterator[tuple[int, int, bytes, bool]]:
    """(number, offset behind, bytes, is whole) of each line; of one that is too long only the beginning."""
    offset = start
    while raw := stream.readline(LONGEST_LINE + 1):
        number += 1
        offset += len(raw)
        part, is_whole = raw, len(raw) <= LONGEST_LINE
        while not is_whole and not part.endswith(b"\n") and (part := stream.readline(LONGEST_LINE)):
            offset += len(part)
        if number == 1 and raw.startswith(BOM):
            raw = raw[len(BOM) :]
        yield number, offset, raw if is_whole else raw[:1000], is_whole


def find_bad_character(value: object) -> bool:
    """Whether a text anywhere in the value holds NUL or half of a surrogate pair, which no database takes."""
    if isinstance(value, str):
        return "\0" in value or any("\ud800" <= character <= "\udfff" for character in value)
    if isinstance(value, dict):
        return any(find_bad_character(part) for pair in value.items() for part in pair)
    return isinstance(value, list) and any(map(find_bad_character, value))


def too_long() -> LineRejected:
    return LineRejected("line_too_long", _("The line is longer than 1 MiB."))


def not_utf8() -> LineRejected:
    return LineRejected("line_not_utf8", _("The line is not UTF-8 text."))


def bad_character() -> LineRejected:
    return LineRejected(
        "line_bad_character", _("The line holds a NUL or half of a surrogate pair. Take it out.")
    )
