"""Lines that came in one request: written chunk by chunk, processed, and answered one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO

from loyalty.conf import loyalty_settings
from loyalty.exceptions import UploadTooLarge
from loyalty.imports.chunk import Written, write_chunk
from loyalty.imports.json_lines import JsonLines
from loyalty.imports.lines import ImportContext
from loyalty.imports.raw import RawLine
from loyalty.imports.registry import line_kinds
from loyalty.imports.rejects import explain
from loyalty.models import Evaluation
from loyalty.processing.campaigns import load_program_rules
from loyalty.selectors.programs import ProgramLike, get_program
from loyalty.services.fields import clean_source
from loyalty.services.upkeep import process_inbox

_CHUNK = 1_000
# `new` and `known` lines are stored, whatever came of their events; a rejected one left nothing behind.
STATUSES = ("new", "known", "rejected")


@dataclass(frozen=True, slots=True)
class LineResult:
    """What became of one line. `outcome` is `applied`, the code of a refusal, `pending`, or empty for no event.

    `code` and `message` say why a line was rejected.
    """

    line: int
    status: str
    outcome: str = ""
    code: str = ""
    message: str = ""


def upload_lines(
    raw: bytes, *, program: ProgramLike = None, source: str | None = None, kind: str = "", enrol: bool = True
) -> list[LineResult]:
    """Write lines of JSON as `loyalty_import` does, and process them unless a worker does; in their order.

    `kind` is that of lines that do not say theirs; with `enrol` unknown customers get cards. A line that comes again
    changes nothing. Raises UploadTooLarge before anything is written, ProgramNotFound, ProgramAmbiguous,
    EventPayloadInvalid for the name of the source, LineRejected for a kind that is not registered.
    """
    most, longest = loyalty_settings.UPLOAD_LINES, loyalty_settings.UPLOAD_BYTES
    if len(raw) > longest or raw.count(b"\n") + (not raw.endswith(b"\n")) > most:
        raise UploadTooLarge(lines=most, bytes=longest)
    where = get_program(program)
    name = clean_source(source or loyalty_settings.PURCHASE_SOURCE)
    if kind:
        line_kinds.find({"type": kind})
    context = ImportContext(where, load_program_rules(where), name, enrol)
    lines = list(JsonLines().read(BytesIO(raw)))
    chunks = [lines[start : start + _CHUNK] for start in range(0, len(lines), _CHUNK)]
    written = [write_chunk(context, chunk, default_kind=kind) for chunk in chunks]
    if loyalty_settings.PROCESSING == "inline" and any(one.taken for one in written):
        process_inbox(program=where)
    return [result for chunk, one in zip(chunks, written, strict=True) for result in _results(chunk, one)]


def _results(chunk: Sequence[RawLine], written: Written) -> Iterator[LineResult]:
    events = [one.event_id for one in written.taken.values() if one.event_id is not None]
    outcomes = dict(Evaluation.objects.filter(event_id__in=events).values_list("event_id", "outcome"))
    rejected = {line.number: error for line, error in written.rejected}
    for line in chunk:
        error = rejected.get(line.number)
        if error is not None:
            yield LineResult(line.number, "rejected", code=error.code, message=explain(error))
            continue
        taken = written.taken[line.number]
        outcome = "" if taken.event_id is None else outcomes.get(taken.event_id, "pending")
        yield LineResult(line.number, "known" if taken.is_known else "new", outcome)
