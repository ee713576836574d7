"""What commands share at a terminal: a progress bar, Ctrl-C that ends cleanly, tables of plain text."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TextIO, cast

from django.core.management.base import OutputWrapper

Stream = TextIO | OutputWrapper


@contextmanager
def progress_bar(*, stream: Stream, description: str) -> Iterator[Callable[[int, int | None], None]]:
    """A function that shows how many are done and of how many: a bar where rich is installed, else a counter.

    Nothing is shown where nobody looks: when the stream is no terminal.
    """
    if not stream.isatty():
        yield lambda _done, _total: None
        return
    try:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
    except ImportError:
        raw = _raw(stream)
        yield lambda done, total: _count(raw, description, done, total)
        raw.write("\n")
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(file=_raw(stream))) as bar:
        task = bar.add_task(description, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _raw(stream: Stream) -> TextIO:
    """The stream itself, without what a command wraps around it: that would end each part with a line."""
    raw: Any = stream
    while isinstance(raw, OutputWrapper):
        raw = raw._out
    return cast(TextIO, raw)


def _count(raw: TextIO, description: str, done: int, total: int | None) -> None:
    whole = "" if total is None else f"/{total:,}"
    raw.write(f"\r{description} {done:,}{whole}")
    raw.flush()


@contextmanager
def noting_interrupts() -> Iterator[Callable[[], bool]]:
    """Within the block Ctrl-C is not raised: the answer tells whether it was pressed. A second one is raised."""
    pressed = False

    def note(*_signal: object) -> None:
        nonlocal pressed
        pressed = True
        signal.signal(signal.SIGINT, signal.default_int_handler)

    if threading.current_thread() is not threading.main_thread():
        yield lambda: False  # only the main thread hears of signals
        return
    before = signal.signal(signal.SIGINT, note)
    try:
        yield lambda: pressed
    finally:
        signal.signal(signal.SIGINT, before)


def draw_table(*, head: Sequence[str], rows: Sequence[Sequence[object]], left: int = 1) -> str:
    """Columns of plain text, the first `left` of them words, the others numbers on the right."""
    texts = [[str(cell) for cell in row] for row in [head, *rows]]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]

    def line(cells: Sequence[str]) -> str:
        padded = (
            cell.ljust(width) if number < left else cell.rjust(width)
            for number, (cell, width) in enumerate(zip(cells, widths, strict=True))
        )
        return "  ".join(padded).rstrip()

    return "\n".join([line(texts[0]), "  ".join("-" * width for width in widths), *map(line, texts[1:])])


# A spreadsheet takes a cell that begins so for a formula; the last four are the wide forms of = + - and @.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def escape_formula(text: str) -> str:
    """A text for a cell of CSV that no spreadsheet runs."""
    return f"'{text}" if text.startswith(_FORMULA) else text
