"""Lines that say who brought whom: read strictly, written in bulk, safe to repeat."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loyalty.imports.chunk import Written, write_chunk
from loyalty.imports.lines import ImportContext
from loyalty.imports.raw import RawLine
from loyalty.models import Card, Event, Program
from loyalty.processing.campaigns import load_program_rules
from loyalty.testing import process_inbox
from referrals.models import Referral, ReferrerStats
from referrals.testing import refer
from tests.referrals.rows import make_card, make_program

pytestmark = pytest.mark.django_db

AT = "2025-03-01T10:00:00Z"


@pytest.fixture
def program() -> Program:
    return make_program()


def bring(program: Program, *lines: dict[str, Any], source: str = "history") -> Written:
    """Import these lines as one chunk."""
    context = ImportContext(program=program, rules=load_program_rules(program), source=source)
    raw = [
        RawLine(number=number, end=0, raw=json.dumps(line).encode(), fields=line)
        for number, line in enumerate(lines, start=1)
    ]
    return write_chunk(context, raw)


def line(child: str, parent: str | None, at: str | None = AT, **more: Any) -> dict[str, Any]:
    """One line of a tree."""
    return {"child": child, "parent": parent, "registered_at": at, **more}


def codes(written: Written) -> list[tuple[int, str]]:
    """Which lines were rejected and why."""
    return [(raw.number, error.code) for raw, error in written.rejected]


def test_a_tree_is_enrolled_and_linked(program: Program) -> None:
    written = bring(program, line("a", None), line("b", "a"), line("c", "b"), line("d", "b"))
    process_inbox()

    assert (written.new, written.enrolled, written.rejected) == (4, 4, [])
    cards = {card.external_id: card for card in Card.objects.all()}
    assert {key: card.parent and card.parent.external_id for key, card in cards.items()} == {
        "a": None,
        "b": "a",
        "c": "b",
        "d": "b",
    }
    assert {card.enrolled_at.isoformat() for card in cards.values()} == {"2025-03-01T10:00:00+00:00"}
    stats = ReferrerStats.objects.values_list("card__external_id", "registered", "qualified")
    assert set(stats) == {("a", 1, 0), ("b", 2, 0)}
    referral = Referral.objects.get(referee=cards["c"])
    assert (referral.method, referral.link, referral.code) == ("import", None, "")
    assert referral.registered_at == cards["c"].parent_since


def test_a_line_told_again_changes_nothing(program: Program) -> None:
    lines = [line("a", None), line("b", "a")]
    bring(program, *lines)
    again_before = bring(program, *lines)
    process_inbox()
    again_after = bring(program, *lines)

    assert (again_before.new, again_before.known, again_before.rejected) == (0, 2, [])
    assert (again_after.new, again_after.known, again_after.rejected) == (0, 2, [])
    assert Referral.objects.count() == 1


def test_the_first_referrer_stays(program: Program) -> None:
    bring(program, line("b", "a"))
    process_inbox()

    assert codes(bring(program, line("b", "x"))) == [(1, "event_conflict")]
    assert codes(bring(program, line("b", "x"), source="other")) == [(1, "already_referred")]
    assert Referral.objects.get().referrer.external_id == "a"


def test_two_referrers_in_one_file_leave_the_first(program: Program) -> None:
    assert codes(bring(program, line("b", "a"), line("b", "x"))) == [(2, "event_conflict")]
    process_inbox()

    assert Referral.objects.get().referrer.external_id == "a"


def test_a_friend_who_came_by_a_code_is_not_brought_again(program: Program) -> None:
    friend = make_card(program, external_id="b")
    refer(friend=friend, by=make_card(program, external_id="a"))

    assert codes(bring(program, line("b", "a"), line("c", "a"))) == [(1, "already_referred")]


def test_a_circle_is_refused_when_it_is_processed(program: Program) -> None:
    bring(program, line("b", "a"), line("c", "b"), line("a", "c"))
    process_inbox()

    outcomes = Event.objects.filter(kind="loyalty.parent_changed").order_by("pk")
    assert [event.evaluation.outcome for event in outcomes] == ["applied", "applied", "parent_cycle"]
    assert Referral.objects.count() == 2


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        (line("b", "b"), "parent_is_self"),
        (line("", "a"), "event_payload_invalid"),
        (line("b", "a", None), "event_payload_invalid"),
        (line("b", "a", "yesterday"), "event_payload_invalid"),
        (line("b", "a", "2999-01-01T00:00:00Z"), "event_payload_invalid"),
        (line("b", "a", colour="red"), "event_payload_invalid"),
        (line("b", 1.5), "event_payload_invalid"),
    ],
    ids=["oneself", "no child", "no date", "no instant", "in the future", "unknown field", "no key"],
)
def test_what_cannot_be_read_is_rejected_alone(fields: dict[str, Any], code: str, program: Program) -> None:
    written = bring(program, fields, line("y", "z"))

    assert codes(written) == [(1, code)]
    assert written.new == 1
    assert set(Card.objects.values_list("external_id", flat=True)) == {"y", "z"}


def test_a_line_about_nobody_says_nothing(program: Program) -> None:
    written = bring(program, line("b", None, None))

    assert (written.new, written.known, written.rejected) == (0, 1, [])
    assert not Card.objects.exists()


def test_statements_do_not_grow_with_the_chunk(program: Program) -> None:
    bring(program, line("warm", "up"))
    counts = []
    for size in (2, 50):
        lines = [line(f"{size}-{number}", f"{size}-parent") for number in range(size)]
        with CaptureQueriesContext(connection) as queries:
            bring(program, *lines)
        counts.append(len(queries))

    assert counts[0] == counts[1]
