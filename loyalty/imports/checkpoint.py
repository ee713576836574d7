"""Where an interrupted import stands: a small file beside the imported one, gone once that is through.

It is written after each committed chunk. Lost or late it harms nothing, since a line imported twice changes
nothing: it only saves time.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from django.utils.translation import gettext as _

_TAIL = 1 << 12


class CheckpointUnfit(Exception):
    """The file is not the one that was interrupted; the text says why."""


@dataclass(slots=True)
class Checkpoint:
    """Lines up to the offset `offset`, the last being number `number`, are imported into `target`."""

    path: Path
    target: str
    offset: int = 0
    number: int = 0

    @classmethod
    def beside(cls, file: Path, *, target: str) -> Checkpoint:
        """The checkpoint of a file; `target` says what is imported how."""
        return cls(file.with_name(f"{file.name}.progress"), target)

    def load(self, stream: BinaryIO) -> bool:
        """Take over what an interrupted import left; False when there is nothing. Raises CheckpointUnfit."""
        try:
            stored = json.loads(self.path.read_text(encoding="utf-8"))
            offset, number, digest, target = (
                stored[name] for name in ("offset", "number", "digest", "target")
            )
        except FileNotFoundError:
            return False
        except (ValueError, LookupError, TypeError) as error:
            raise CheckpointUnfit(_("%(file)s cannot be read.") % {"file": self.path}) from error
        if target != self.target:
            raise CheckpointUnfit(_("It was started otherwise: %(target)s.") % {"target": target})
        if digest != _digest(stream, offset):
            raise CheckpointUnfit(_("The lines that were imported have changed since."))
        self.offset, self.number = offset, number
        return True

    def save(self, stream: BinaryIO, *, offset: int, number: int) -> bool:
        """Note that everything before `offset` is imported; False where nothing can be written beside the file."""
        self.offset, self.number = offset, number
        place = stream.tell()
        stored = {
            "offset": offset,
            "number": number,
            "digest": _digest(stream, offset),
            "target": self.target,
        }
        stream.seek(place)
        new = self.path.with_name(f"{self.path.name}.new")
        try:
            new.write_text(json.dumps(stored), encoding="utf-8")
            new.replace(self.path)
        except OSError:
            return False
        return True

    def remove(self) -> None:
        """The file is through."""
        if self.path.exists():
            self.path.unlink(missing_ok=True)


def _digest(stream: BinaryIO, offset: int) -> str:
    """Of the bytes before the offset: enough to tell a file from one that was edited or sorted anew."""
    start = max(0, offset - _TAIL)
    stream.seek(start)
    return sha256(stream.read(offset - start)).hexdigest()
