"""Importing a file: chunk by chunk, never the whole of it in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from loyalty.imports.checkpoint import Checkpoint
from loyalty.imports.chunk import write_chunk
from loyalty.imports.lines import ImportContext
from loyalty.imports.raw import FileFormat, RawLine
from loyalty.imports.rejects import Rejects

# A chunk of the longest lines must fit the memory too.
_CHUNK_BYTES = 16 << 20


@dataclass(slots=True)
class Totals:
    """What became of a file's lines. `number` is the last line read, `is_resumable` whether a checkpoint was kept."""

    lines: int = 0
    new: int = 0
    known: int = 0
    rejected: int = 0
    enrolled: int = 0
    offset: int = 0
    number: int = 0
    is_resumable: bool = True


Watcher = Callable[[Totals], None]


def import_file(
    context: ImportContext,
    stream: BinaryIO,
    *,
    file_format: FileFormat,
    checkpoint: Checkpoint,
    rejects: Rejects,
    default_kind: str = "",
    batch: int = 1_000,
    watch: Watcher | None = None,
) -> Totals:
    """Write every line of the file into the inbox, from the checkpoint on; `watch` is called after each chunk.

    Nothing is processed. Stopped at any point, it leaves whole chunks and the checkpoint behind.
    """
    totals = Totals(offset=checkpoint.offset, number=checkpoint.number)
    lines = file_format.read(stream, start=checkpoint.offset, number=checkpoint.number)
    for chunk in _cut(lines, batch):
        written = write_chunk(context, chunk, default_kind=default_kind)
        for line, error in written.rejected:
            rejects.write(line, error)
        rejects.flush()
        totals.lines += len(chunk)
        totals.new += written.new
        totals.known += written.known
        totals.rejected += len(written.rejected)
        totals.enrolled += written.enrolled
        totals.offset, totals.number = chunk[-1].end, chunk[-1].number
        if totals.is_resumable:
            totals.is_resumable = checkpoint.save(stream, offset=totals.offset, number=totals.number)
        if watch is not None:
            watch(totals)
    checkpoint.remove()
    return totals


def _cut(lines: Iterable[RawLine], size: int) -> Iterator[list[RawLine]]:
    chunk: list[RawLine] = []
    weight = 0
    for line in lines:
        chunk.append(line)
        weight += len(line.raw)
        if len(chunk) >= size or weight >= _CHUNK_BYTES:
            yield chunk
            chunk, weight = [], 0
    if chunk:
        yield chunk


def default_rejects(file: Path) -> Path:
    """Where the rejects of a file go unless told otherwise."""
    return file.with_name(f"{file.name}.rejects.jsonl")
