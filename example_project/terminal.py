"""Tables and headings on a terminal: with rich where it is installed, as plain text where it is not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TextIO

try:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
except ImportError:  # rich is an extra
    Console = None  # type: ignore[assignment,misc]

WIDTH = 110


class Terminal:
    """Writes what the demo has to say."""

    def __init__(self, out: TextIO) -> None:
        self.out = out
        self.console: Any = None
        if Console is not None:
            width = None if out.isatty() else WIDTH
            self.console = Console(file=out, width=width, highlight=False)

    def say(self, text: str = "") -> None:
        """A line of text."""
        self.out.write(f"{text}\n")
        self.out.flush()

    def heading(self, text: str) -> None:
        """What follows is about this."""
        self.say()
        if self.console is None:
            self.say(text)
            self.say("=" * len(text))
        else:
            self.console.print(text, style="bold cyan", markup=False)

    def table(self, head: Sequence[str], rows: Sequence[Sequence[object]], *, words: int = 1) -> None:
        """A table: the first `words` columns are words, the others numbers on the right."""
        texts = [[str(cell) for cell in row] for row in rows]
        if self.console is None:
            self._plain([list(head), *texts] if any(head) else texts, words)
            return
        drawn = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, show_header=any(head))
        for number, name in enumerate(head):
            drawn.add_column(name, justify="left" if number < words else "right", no_wrap=True)
        for row in texts:
            drawn.add_row(*row)
        self.console.print(drawn, markup=False)

    def _plain(self, rows: list[list[str]], words: int) -> None:
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            cells = [
                cell.ljust(width) if number < words else cell.rjust(width)
                for number, (cell, width) in enumerate(zip(row, widths, strict=True))
            ]
            self.say("  ".join(cells).rstrip())
