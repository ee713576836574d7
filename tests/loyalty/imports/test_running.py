"""How an import runs: chunk by chunk, twice, interrupted and resumed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loyalty.imports import run
from loyalty.imports.chunk import write_chunk
from loyalty.imports.json_lines import JsonLines
from loyalty.imports.lines import ImportContext
from loyalty.models import Card, Event, Program, Purchase
from loyalty.processing.campaigns import load_program_rules
from loyalty.services import create_program
from tests.loyalty.imports.conftest import bought, rejects


def checkpoint_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.progress")


@pytest.fixture
def interrupt(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Press Ctrl-C in the chunk with this number, from 1."""

    def at_chunk(number: int) -> None:
        seen = []

        def write(*args: Any, **options: Any) -> Any:
            seen.append(1)
            if len(seen) == number:
                raise KeyboardInterrupt
            return write_chunk(*args, **options)

        monkeypatch.setattr(run, "write_chunk", write)

    return at_chunk


def test_twice_changes_nothing(bring, write) -> None:
    path = write(*(bought(number, f"c{number % 3}") for number in range(20)))
    assert "20 lines: 20 new, 0 known, 0 rejected; 3 cards enrolled" in bring(path, batch=7)
    before = Event.objects.count()

    assert "20 lines: 0 new, 20 known, 0 rejected; 0 cards enrolled" in bring(path, batch=4)
    assert Event.objects.count() == before


def test_the_same_line_twice_in_a_chunk_counts_once(bring, write) -> None:
    assert "2 lines: 1 new, 1 known" in bring(write(bought(1), bought(1)))
    assert Purchase.objects.count() == 1


def test_a_statement_count_that_does_not_grow(program: Program, write) -> None:
    context = ImportContext(program, load_program_rules(program), "shop")

    def statements(first: int, count: int) -> int:
        lines = [bought(number, f"c{number}") for number in range(first, first + count)]
        with write(*lines).open("rb") as stream, CaptureQueriesContext(connection) as captured:
            write_chunk(context, list(JsonLines().read(stream)))
        return len(captured)

    few, many = statements(0, 5), statements(100, 50)

    assert few == many
    assert Card.objects.count() == 55


def test_an_interrupted_import_goes_on_where_it_stopped(bring, write, interrupt) -> None:
    path = write(*(bought(number) for number in range(10)), "nonsense", bought(11))
    interrupt(3)
    with pytest.raises(CommandError, match=r"Interrupted after line 8 .* --resume") as stopped:
        bring(path, batch=4)
    assert stopped.value.returncode == 130
    assert Event.objects.filter(kind="loyalty.purchase").count() == 8
    assert checkpoint_of(path).exists()

    printed = bring(path, batch=4, resume=True)

    assert "Goes on behind line 8." in printed
    assert "4 lines: 3 new, 0 known, 1 rejected" in printed
    assert Purchase.objects.count() == 11
    assert rejects(path)[0]["line"] == 11
    assert not checkpoint_of(path).exists()


def test_rejects_from_before_the_interruption_are_kept(bring, write, interrupt) -> None:
    path = write("nonsense", bought(1), "rubbish", bought(2))
    interrupt(2)
    with pytest.raises(CommandError):
        bring(path, batch=2)

    bring(path, batch=2, resume=True)

    assert [(row["line"], row["text"]) for row in rejects(path)] == [(1, "nonsense"), (3, "rubbish")]


def test_without_resume_an_interrupted_import_begins_again(bring, write, interrupt) -> None:
    path = write(*(bought(number) for number in range(6)))
    interrupt(2)
    with pytest.raises(CommandError):
        bring(path, batch=2)

    assert "6 lines: 4 new, 2 known" in bring(path)


def test_a_changed_file_is_not_resumed(bring, write, interrupt) -> None:
    path = write(*(bought(number) for number in range(6)))
    interrupt(2)
    with pytest.raises(CommandError):
        bring(path, batch=2)
    write(*(bought(number, "boris") for number in range(6)))

    with pytest.raises(CommandError, match="have changed since"):
        bring(path, resume=True)


@pytest.mark.parametrize(
    ("options", "message"),
    [({"source": "till"}, "started otherwise"), ({"kind": "refund"}, "started otherwise")],
)
def test_another_import_is_not_resumed(options, message, bring, write, interrupt) -> None:
    path = write(*(bought(number) for number in range(6)))
    interrupt(2)
    with pytest.raises(CommandError):
        bring(path, batch=2)

    with pytest.raises(CommandError, match=message):
        bring(path, resume=True, **options)


def test_a_damaged_checkpoint_is_not_believed(bring, write) -> None:
    path = write(bought(1))
    checkpoint_of(path).write_text(json.dumps({"offset": 3}))

    with pytest.raises(CommandError, match="cannot be read"):
        bring(path, resume=True)


def test_resume_without_anything_to_resume_just_begins(bring, write) -> None:
    assert "1 lines: 1 new" in bring(write(bought(1)), resume=True)


def test_without_processing_the_events_wait(bring, write) -> None:
    printed = bring(write(bought(1)), no_process=True)

    assert "wait in the inbox" in printed
    assert set(Event.objects.values_list("status", flat=True)) == {"pending"}


def test_in_deferred_mode_the_events_wait(bring, write, settings) -> None:
    settings.LOYALTY = {"PROCESSING": "deferred"}

    bring(write(bought(1)))

    assert set(Event.objects.values_list("status", flat=True)) == {"pending"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch": 0}, "--batch"),
        ({"batch": 5_001}, "--batch"),
        ({"kind": "robbery"}, "--kind is one of attribute, blocked, event, purchase"),
        ({"program": "nobody"}, "no such program"),
        ({"source": "a/b"}, "content of the event"),
        ({"map": ["total"]}, "--map wants FIELD=COLUMN"),
        ({"format": "csv", "delimiter": ";;"}, "--delimiter"),
    ],
    ids=["no lines", "too many lines", "kind", "program", "source", "map", "delimiter"],
)
def test_mistakes_in_the_options_are_told_before_anything_happens(options, message, bring, write) -> None:
    with pytest.raises(CommandError, match=message):
        bring(write(bought(1)), **options)

    assert not Event.objects.exists()


def test_several_programs_need_a_name(bring, write) -> None:
    create_program(slug="other")

    with pytest.raises(CommandError, match="several programs"):
        bring(write(bought(1)))
    assert "1 new" in bring(write(bought(1)), program="other")
    assert Purchase.objects.get().program.slug == "other"


def test_a_missing_file_is_told(bring, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"none\.jsonl: No such file"):
        bring(tmp_path / "none.jsonl")


def test_lines_without_a_type_are_what_kind_says(bring, write) -> None:
    bring(write(bought(1)))
    line = {"id": "r1", "purchase": "p1", "customer": "anna", "occurred_at": "2025-01-02T10:00:00Z"}

    bring(write(line), kind="refund")

    assert Purchase.objects.get().remaining == 0
