"""Importing files of purchases, refunds, spends, referrals and events; every app may register kinds of lines.

Public API: the names below. See `loyalty.imports.registry` for how to write a kind of line.
"""

from loyalty.imports.chunk import Chunk
from loyalty.imports.lines import Draft, ImportContext, LineReader, LineRejected
from loyalty.imports.registry import LineKind, line_kinds, register_line_kind

__all__ = [
    "Chunk",
    "Draft",
    "ImportContext",
    "LineKind",
    "LineReader",
    "LineRejected",
    "line_kinds",
    "register_line_kind",
]
