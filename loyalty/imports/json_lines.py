"""JSON Lines: an object on each line. Numbers keep their digits, whatever a float would make of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, BinaryIO, NoReturn

from django.utils.translation import gettext_lazy as _

from loyalty.imports.lines import LineRejected
from loyalty.imports.raw import (
    RawLine,
    bad_character,
    cut_lines,
    find_bad_character,
    not_utf8,
    too_long,
)


class JsonLines:
    """The format jsonl. `renames` gives the name in the file for a field of ours, e.g. {"total": "Amount"}."""

    is_tabular = False

    def __init__(self, *, renames: dict[str, str] | None = None) -> None:
        self.renames: dict[str, str] = {theirs: ours for ours, theirs in (renames or {}).items()}

    def read(self, stream: BinaryIO, *, start: int = 0, number: int = 0) -> Iterator[RawLine]:
        stream.seek(start)
        for count, end, raw, is_whole in cut_lines(stream, start=start, number=number):
            if not raw.strip():
                continue
            line = RawLine(count, end, raw)
            try:
                line.fields = self._parse(raw) if is_whole else _refuse(too_long())
            except LineRejected as refusal:
                line.refusal = refusal
            yield line

    def _parse(self, raw: bytes) -> dict[str, Any]:
        try:
            value = json.loads(raw.decode("utf-8"), parse_float=str, parse_constant=_refuse_constant)
        except UnicodeDecodeError:
            raise not_utf8() from None
        except (
            ValueError,
            RecursionError,
        ):  # not JSON, NaN, a number of thousands of digits, too many brackets
            raise LineRejected("line_not_json", _("The line is not JSON.")) from None
        if not isinstance(value, dict):
            raise LineRejected("line_not_an_object", _("The line is not a JSON object."))
        # A raw NUL is no JSON: only an escape can bring one in.
        if b"\\u" in raw and find_bad_character(value):
            raise bad_character()
        return {self.renames.get(str(name), str(name)): part for name, part in value.items()}


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON.")


def _refuse(refusal: LineRejected) -> NoReturn:
    raise refusal
