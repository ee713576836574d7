"""CSV: a header, a mapping, and cells as they stand."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError

from loyalty.models import Card, Program, Purchase, Refund
from tests.loyalty.imports.conftest import bought, rejects

HEADER = "id,customer,occurred_at,total"


def test_columns_named_as_the_fields_need_no_mapping(bring, write) -> None:
    path = write(
        HEADER, "p1,anna,2025-01-01T10:00:00Z,10.00", '"p,2",anna,2025-01-01T11:00:00Z,0.50', name="a.csv"
    )

    assert "2 lines: 2 new" in bring(path)
    assert list(Purchase.objects.order_by("pk").values_list("external_id", "total")) == [
        ("p1", 1000),
        ("p,2", 50),
    ]


def test_columns_are_mapped(bring, write) -> None:
    path = write(
        "Order\tclient_id\tDate\tAmount\tNote\ttotal",
        "17\tanna\t2025-01-01T10:00:00Z\t10.00\thello\tnot this",
        name="orders.txt",
    )

    printed = bring(
        path,
        format="csv",
        delimiter="\\t",
        map=["id=Order", "customer=client_id", "occurred_at=Date", "total=Amount"],
    )

    assert "1 lines: 1 new" in printed
    assert "Columns that are not used: Note." in printed
    assert Purchase.objects.get().external_id == "17"


def test_the_mapping_serves_json_too(bring, write) -> None:
    line = {"order": "p1", "who": "anna", "when": "2025-01-01T10:00:00Z", "sum": "10.00"}

    bring(write(line), map=["id=order", "customer=who", "occurred_at=when", "total=sum"])

    assert Purchase.objects.get().total == 1000


def test_times_without_an_offset_are_local_to_the_program(bring, write, program: Program) -> None:
    Program.objects.update(timezone="America/New_York")
    program.refresh_from_db()
    program.save()
    path = write(HEADER, "p1,anna,2025-01-01 10:00,1.00", "p2,anna,2025-01-02,1.00", name="a.csv")

    bring(path)

    new_york = ZoneInfo("America/New_York")
    assert list(Purchase.objects.order_by("pk").values_list("occurred_at", flat=True)) == [
        datetime(2025, 1, 1, 10, tzinfo=new_york).astimezone(UTC),
        datetime(2025, 1, 2, tzinfo=new_york).astimezone(UTC),
    ]


def test_an_empty_cell_is_a_field_left_out(bring, write, card: Card) -> None:
    bring(write(bought(1)))
    path = write("id,purchase,customer,occurred_at,amount", "r1,p1,anna,2025-01-02T10:00:00Z,", name="r.csv")

    bring(path, kind="refund")

    assert Refund.objects.get().amount == 1000


def test_a_column_may_say_the_type(bring, write, card: Card) -> None:
    path = write(
        "type,id,customer,occurred_at,total,purchase,amount",
        ",p1,anna,2025-01-01T10:00:00Z,10.00,,",
        "refund,r1,anna,2025-01-02T10:00:00Z,,p1,4.00",
        name="mixed.csv",
    )

    bring(path)

    assert Purchase.objects.get().remaining == 600


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("p2,anna,2025-01-01T10:00:00Z", "line_wrong_number_of_cells"),
        ("p2,anna,2025-01-01T10:00:00Z,1.00,more", "line_wrong_number_of_cells"),
        ('p2,"an"na,2025-01-01T10:00:00Z,1.00', "line_not_csv"),
        (b"p2,an\xffna,2025-01-01T10:00:00Z,1.00", "line_not_utf8"),
        (b"p2,an\x00na,2025-01-01T10:00:00Z,1.00", "line_bad_character"),
        ("p2,anna,01/02/2025,1.00", "event_payload_invalid"),
        ('p2,anna,2025-01-01T10:00:00Z,"1,00"', "event_payload_invalid"),
        ("p2,anna,2025-01-01T10:00:00Z,1e5", "event_payload_invalid"),
        ("p2," + "x" * 200_000 + ",2025-01-01T10:00:00Z,1.00", "line_not_csv"),
        ("p2," + "x" * (2 << 20) + ",2025-01-01T10:00:00Z,1.00", "line_too_long"),
    ],
    ids=["short", "long", "quotes", "UTF-8", "NUL", "date", "comma", "exponent", "large cell", "large line"],
)
def test_bad_rows_are_rejected_and_the_others_go_in(row, code, bring, write) -> None:
    path = write(
        HEADER, "p1,anna,2025-01-01T10:00:00Z,1.00", row, "p3,anna,2025-01-01T10:00:00Z,1.00", name="a.csv"
    )

    printed = bring(path)

    assert "3 lines: 2 new, 0 known, 1 rejected" in printed
    assert [(one["line"], one["code"]) for one in rejects(path)] == [(3, code)]
    assert sorted(Purchase.objects.values_list("external_id", flat=True)) == ["p1", "p3"]


def test_a_record_may_span_lines(bring, write) -> None:
    path = write(
        HEADER, '"p', '1",anna,2025-01-01T10:00:00Z,1.00', "p2,anna,2025-01-01T10:00:00Z,1.00", name="a.csv"
    )

    bring(path)

    assert [(one["line"], one["code"]) for one in rejects(path)] == [(2, "event_payload_invalid")]
    assert Purchase.objects.get().external_id == "p2"


def test_an_open_quote_at_the_end_of_the_file_is_a_bad_line(bring, write) -> None:
    path = write(HEADER, "p1,anna,2025-01-01T10:00:00Z,1.00", '"p2,anna', name="a.csv")

    bring(path)

    assert [(one["line"], one["code"]) for one in rejects(path)] == [(3, "line_not_csv")]


@pytest.mark.parametrize(
    ("lines", "options", "message"),
    [
        ([], {}, "no header"),
        (["id,customer"], {"map": ["total=Amount"]}, "no column Amount"),
        (["id,id,total"], {}, "several columns for id"),
    ],
    ids=["empty", "missing", "twice"],
)
def test_a_header_that_does_not_fit_is_told(lines, options, message, bring, write) -> None:
    with pytest.raises(CommandError, match=message):
        bring(write(*lines, name="a.csv"), **options)


def test_an_interrupted_csv_goes_on(bring, write, monkeypatch) -> None:
    from loyalty.imports import run
    from loyalty.imports.chunk import write_chunk

    path = write(HEADER, *(f"p{n},anna,2025-01-01T10:00:00Z,1.00" for n in range(5)), name="a.csv")
    seen = []

    def write_once(*args, **options):
        seen.append(1)
        if len(seen) == 2:
            raise KeyboardInterrupt
        return write_chunk(*args, **options)

    monkeypatch.setattr(run, "write_chunk", write_once)
    with pytest.raises(CommandError):
        bring(path, batch=2)

    assert "3 lines: 3 new, 0 known, 0 rejected" in bring(path, batch=2, resume=True)
    assert Purchase.objects.count() == 5
