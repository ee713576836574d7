"""Bad lines go to the rejects with their reason, good ones go in, and nothing that a file can hold stops the import."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loyalty.models import Card, Event, Program, Purchase
from tests.loyalty.imports.conftest import bought, rejects, to_bytes

GOOD = {"id": "p1", "customer": "anna", "occurred_at": "2025-01-01T10:00:00Z", "total": "10.00"}
DEEP = "[" * 100_000
BAD: dict[str, tuple[dict[str, Any] | str | bytes, str]] = {
    "not JSON": ("{id: 1}", "line_not_json"),
    "cut off": ('{"id": "p1", "customer"', "line_not_json"),
    "not an object": ("[1, 2]", "line_not_an_object"),
    "a number": ("17", "line_not_an_object"),
    "not UTF-8": (b'{"id": "\xff"}', "line_not_utf8"),
    "UTF-16": (json.dumps(GOOD).encode("utf-16-le"), "line_not_json"),
    "raw NUL": (b'{"id": "p\x00", "total": "1"}', "line_not_json"),
    "escaped NUL": ({**GOOD, "id": "p\0"}, "line_bad_character"),
    "NUL in a name": (
        {**GOOD, "lines": [{"amount": "1.00", "attributes": {"a\0": "b"}}]},
        "line_bad_character",
    ),
    "lone surrogate": ('{"id": "\\ud800", "total": "1"}', "line_bad_character"),
    "encoded surrogate": (b'{"id": "\xed\xa0\x80"}', "line_not_utf8"),
    "NaN": (
        '{"id": "p1", "customer": "anna", "occurred_at": "2025-01-01T10:00:00Z", "total": NaN}',
        "line_not_json",
    ),
    "infinity": ('{"id": "p1", "total": -Infinity}', "line_not_json"),
    "ten thousand digits": ('{"id": "p1", "total": ' + "9" * 10_000 + "}", "line_not_json"),
    "many brackets": (DEEP, "line_not_json"),
    "too long": (b'{"id": "' + b"x" * (1 << 20) + b'"}', "line_too_long"),
    "huge exponent": (json.dumps(GOOD).replace('"10.00"', "1e999999999"), "event_payload_invalid"),
    "huge amount": ({**GOOD, "total": "9" * 30}, "event_payload_invalid"),
    "negative amount": ({**GOOD, "total": "-1.00"}, "event_payload_invalid"),
    "fraction of a cent": ({**GOOD, "total": "1.005"}, "event_payload_invalid"),
    "boolean amount": ({**GOOD, "total": True}, "event_payload_invalid"),
    "no id": ({**GOOD, "id": None}, "event_payload_invalid"),
    "blank id": ({**GOOD, "id": "  "}, "event_payload_invalid"),
    "long id": ({**GOOD, "id": "x" * 201}, "event_payload_invalid"),
    "id is a list": ({**GOOD, "id": ["p1"]}, "event_payload_invalid"),
    "no customer": (
        {key: value for key, value in GOOD.items() if key != "customer"},
        "event_payload_invalid",
    ),
    "long customer": ({**GOOD, "customer": "x" * 129}, "event_payload_invalid"),
    "no time": ({**GOOD, "occurred_at": None}, "event_payload_invalid"),
    "no offset": ({**GOOD, "occurred_at": "2025-01-01T10:00:00"}, "event_payload_invalid"),
    "no such day": ({**GOOD, "occurred_at": "2025-02-30T10:00:00Z"}, "event_payload_invalid"),
    "far ahead": ({**GOOD, "occurred_at": "2999-01-01T10:00:00Z"}, "event_payload_invalid"),
    "before all time": ({**GOOD, "occurred_at": "0001-01-01T00:00:00+14:00"}, "event_payload_invalid"),
    "misspelled field": ({**GOOD, "totla": "5.00"}, "event_payload_invalid"),
    "lines exceed the total": ({**GOOD, "lines": [{"amount": "11.00"}]}, "event_payload_invalid"),
    "long channel": ({**GOOD, "channel": "x" * 65}, "event_payload_invalid"),
    "long item": ({**GOOD, "lines": [{"amount": "1.00", "sku": "x" * 129}]}, "event_payload_invalid"),
    "no type": ({"id": "p1"}, "line_type_missing"),
    "unknown type": ({**GOOD, "type": "robbery"}, "line_type_unknown"),
    "type is a list": ({**GOOD, "type": []}, "line_type_unknown"),
    "type is an object": ({**GOOD, "type": {"a": 1}}, "line_type_unknown"),
    "misspelled amount of a refund": (
        {"type": "refund", "id": "r", "purchase": "p", "occurred_at": "2025-01-01T10:00:00Z", "amout": "1"},
        "event_payload_invalid",
    ),
    "spend of no such currency": (
        {
            "type": "spend",
            "id": "s",
            "customer": "anna",
            "occurred_at": "2025-01-01T10:00:00Z",
            "points": 1,
            "currency": "gold",
        },
        "currency_not_found",
    ),
    "spend of nothing": (
        {"type": "spend", "id": "s", "customer": "anna", "occurred_at": "2025-01-01T10:00:00Z", "points": 0},
        "event_payload_invalid",
    ),
    "cancellation of no spend": (
        {"type": "spend_cancelled", "id": "c", "spend": "s", "occurred_at": "2025-01-01T10:00:00Z"},
        "spend_not_found",
    ),
}


@pytest.mark.parametrize(("line", "code"), BAD.values(), ids=list(BAD))
def test_a_bad_line_is_rejected_with_its_reason_and_the_others_go_in(line, code, bring, write) -> None:
    path = write(bought(1), line, bought(2))

    printed = bring(path)

    assert "3 lines: 2 new, 0 known, 1 rejected; 1 cards enrolled" in printed
    (row,) = rejects(path)
    assert (row["file"], row["line"], row["code"]) == ("lines.jsonl", 2, code)
    assert row["message"]
    assert row["text"][:20] == to_bytes(line).decode("utf-8", "backslashreplace")[:20]
    assert sorted(Purchase.objects.values_list("external_id", flat=True)) == ["p1", "p2"]


def test_a_rejected_line_enrols_nobody(bring, write) -> None:
    bring(write({**GOOD, "total": "-1.00"}))

    assert not Card.objects.exists()


def test_the_reason_names_the_field(bring, write) -> None:
    path = write({**GOOD, "total": "1.005"})

    bring(path)

    assert rejects(path)[0]["message"].startswith("total: The amount has too many digits")


def test_blank_lines_and_a_byte_order_mark_are_nothing(bring, write) -> None:
    path = write(b"\xef\xbb\xbf" + json.dumps(bought(1)).encode(), "", "   ", json.dumps(bought(2)) + "\r")

    assert "2 lines: 2 new, 0 known, 0 rejected" in bring(path)
    assert not rejects(path)


def test_corrected_lines_replace_the_rejects(bring, write) -> None:
    path = write(bought(1), "nonsense")
    bring(path)
    assert len(rejects(path)) == 1

    bring(write(bought(1), bought(2)))

    assert rejects(path) == []


def test_strict_ends_with_an_error_once_all_is_done(bring, write) -> None:
    with pytest.raises(CommandError, match="1 lines were rejected"):
        bring(write("nonsense", bought(1)), strict=True)

    assert Purchase.objects.get().external_id == "p1"


def test_rejects_of_several_files_go_into_one_on_request(bring, write, tmp_path: Path) -> None:
    target = tmp_path / "all.jsonl"

    bring(write("nonsense"), write("rubbish", name="more.jsonl"), rejects=target)

    rows = [json.loads(line) for line in target.read_text().splitlines()]
    assert [(row["file"], row["text"]) for row in rows] == [
        ("lines.jsonl", "nonsense"),
        ("more.jsonl", "rubbish"),
    ]


def test_the_file_itself_is_never_taken_for_rejects(bring, write) -> None:
    path = write(bought(1))

    with pytest.raises(CommandError, match="--rejects"):
        bring(path, rejects=path)

    assert path.read_text()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from(
    [
        "type",
        "id",
        "customer",
        "occurred_at",
        "total",
        "lines",
        "purchase",
        "amount",
        "points",
        "spend",
        "kind",
        "payload",
    ]
)
LINES = st.one_of(
    st.binary(max_size=60).map(lambda raw: raw.replace(b"\n", b"")),
    JSON.map(lambda value: json.dumps(value).encode()),
    st.dictionaries(FIELDS, JSON, max_size=8).map(lambda value: json.dumps({**GOOD, **value}).encode()),
    st.tuples(
        st.sampled_from(["refund", "spend", "spend_cancelled", "blocked", "event"]),
        st.dictionaries(FIELDS, JSON),
    ).map(lambda pair: json.dumps({**GOOD, **pair[1], "type": pair[0]}).encode()),
)


@pytest.mark.django_db
@settings(suppress_health_check=list(HealthCheck))
@given(lines=st.lists(LINES, max_size=6), batch=st.integers(1, 4))
def test_no_file_stops_the_import(lines: list[bytes], batch: int, program: Program, tmp_path: Path) -> None:
    path = tmp_path / "random.jsonl"
    path.write_bytes(b"\n".join(lines))
    out = io.StringIO()

    call_command("loyalty_import", str(path), batch=batch, stdout=out, stderr=out)

    assert " lines: " in out.getvalue()
    assert not Event.objects.filter(status__in=["failed", "pending"]).exists()
