"""CSV: a header, then a record on each line; which column is which field is said by a mapping."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from django.utils.translation import gettext_lazy as _

from loyalty.imports.lines import LineRejected
from loyalty.imports.raw import RawLine, bad_character, cut_lines, find_bad_character, not_utf8, too_long


class HeaderInvalid(Exception):
    """The header does not fit the mapping; the text says how."""


class CsvRows:
    """The format csv. A field stands in the column of its own name, unless `renames` names another one.

    Cells are text as it stands; an empty cell is a field left out. Columns that are no field are passed over.
    """

    is_tabular = True

    def __init__(self, *, renames: dict[str, str] | None = None, delimiter: str = ",") -> None:
        self.renames = renames or {}
        self.delimiter = delimiter

    def read_header(self, stream: BinaryIO) -> tuple[list[str], int]:
        """The field of each column, and the offset behind the header. Raises HeaderInvalid."""
        stream.seek(0)
        tape = _Tape(stream, start=0, number=0)
        try:
            cells = next(csv.reader(tape, delimiter=self.delimiter, strict=True), None)
        except csv.Error as error:
            raise HeaderInvalid(str(error)) from error
        if not cells:
            raise HeaderInvalid(_("The file has no header."))
        missing = sorted(set(self.renames.values()) - set(cells))
        if missing:
            named = {"missing": ", ".join(missing), "columns": ", ".join(cells)}
            raise HeaderInvalid(_("The header has no column %(missing)s. It has %(columns)s.") % named)
        ours = {theirs: name for name, theirs in self.renames.items()}
        # A column whose own name was given to another column is no field any more.
        names = [ours.get(cell, "" if cell in self.renames else cell) for cell in cells]
        twice = sorted({name for name in names if name and names.count(name) > 1})
        if twice:
            named = {"names": ", ".join(twice)}
            raise HeaderInvalid(_("The header has several columns for %(names)s.") % named)
        return names, tape.offset

    def read(self, stream: BinaryIO, *, start: int = 0, number: int = 0) -> Iterator[RawLine]:
        names, behind = self.read_header(stream)
        stream.seek(max(start, behind))
        tape = _Tape(stream, start=max(start, behind), number=max(number, 1))
        rows = csv.reader(tape, delimiter=self.delimiter, strict=True)
        while True:
            tape.begin()
            line = RawLine(tape.number + 1, 0, b"")
            try:
                cells = next(rows, None)
                if cells is None:
                    return
                line.fields = _to_fields(names, cells, tape)
            except csv.Error as error:
                line.refusal = LineRejected("line_not_csv", str(error))
            except LineRejected as refusal:
                line.refusal = refusal
            line.end, line.raw = tape.offset, b"".join(tape.pieces)
            if line.refusal or line.raw.strip():
                yield line


def _to_fields(names: Sequence[str], cells: Sequence[str], tape: _Tape) -> dict[str, str]:
    if not tape.is_whole:
        raise too_long()
    if not cells:
        return {}
    if len(cells) != len(names):
        raise LineRejected(
            "line_wrong_number_of_cells",
            _("The line has %(found)s cells, the header %(expected)s."),
            found=len(cells),
            expected=len(names),
        )
    fields = {name: cell for name, cell in zip(names, cells, strict=True) if name and cell != ""}
    if find_bad_character(fields):
        raise (
            not_utf8() if any("\udc80" <= c <= "\udcff" for cell in cells for c in cell) else bad_character()
        )
    return fields


class _Tape:
    """Hands lines to the CSV reader and remembers which bytes went into the record at hand."""

    def __init__(self, stream: BinaryIO, *, start: int, number: int) -> None:
        self.offset, self.number = start, number
        self.pieces: list[bytes] = []
        self.is_whole = True
        self._lines = cut_lines(stream, start=start, number=number)

    def begin(self) -> None:
        self.pieces, self.is_whole = [], True

    def __iter__(self) -> _Tape:
        return self

    def __next__(self) -> str:
        self.number, self.offset, raw, is_whole = next(self._lines)
        self.is_whole = self.is_whole and is_whole
        self.pieces.append(raw)
        return raw.decode("utf-8", "surrogateescape")
