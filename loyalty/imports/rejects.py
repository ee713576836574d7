"""The file of lines that were not taken: where, why, and as they stand, to be corrected and imported again."""

from __future__ import annotations

import json
from io import TextIOWrapper
from pathlib import Path
from types import TracebackType

from loyalty.exceptions import LoyaltyError
from loyalty.imports.raw import RawLine


class Rejects:
    """Writes `{"file", "line", "code", "message", "text"}` per rejected line; makes no file while there is none."""

    def __init__(self, path: Path, *, source: str, append: bool) -> None:
        self.path, self.source = path, source
        self._append = append
        self._file: TextIOWrapper | None = None

    def write(self, line: RawLine, error: LoyaltyError) -> None:
        """Note one line. Raises OSError when the file cannot be written."""
        if self._file is None:
            self._file = self.path.open(
                "a" if self._append else "w", encoding="utf-8", errors="backslashreplace", newline="\n"
            )
        row = {
            "file": self.source,
            "line": line.number,
            "code": error.code,
            "message": explain(error),
            "text": line.text,
        }
        self._file.write(json.dumps(row, ensure_ascii=False) + "\n")

    def flush(self) -> None:
        """Before the chunk's checkpoint is written."""
        if self._file is not None:
            self._file.flush()

    def __enter__(self) -> Rejects:
        if not self._append and self.path.exists():
            # What an earlier run rejected is no longer true.
            self.path.unlink(missing_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()


def explain(error: LoyaltyError) -> str:
    """The refusal in words, field by field where it names fields."""
    if not isinstance(error.details, list):
        return str(error)
    return " ".join(
        f"{problem['path']}: {problem['message']}" if problem.get("path") else str(problem.get("message", ""))
        for problem in error.details
    )
