"""`loyalty_balances`: every card in every currency."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from loyalty.models import Card, CardNumber, Program
from loyalty.periods import format_instant
from loyalty.services import adjust_balance, create_program, enrol_card, enrol_cards, process_inbox
from loyalty.services.bulk_enrolment import NewCard


@pytest.fixture
def shop(db: None) -> Program:
    """Three cards, two currencies, one balance."""
    program = create_program(slug="shop", currencies=[{"code": "points"}, {"code": "credit", "decimals": 2}])
    for key in ("boris", "anna", None):
        enrol_card(program=program, external_id=key)
    adjust_balance(
        card=Card.objects.get(external_id="anna"), amount="12.50", currency="credit", reason="test"
    )
    process_inbox()
    return program


def printed(**options: Any) -> str:
    out = io.StringIO()
    call_command("loyalty_balances", stdout=out, **options)
    return out.getvalue()


def test_csv_lists_all_cards_and_currencies_zeros_included(shop: Program) -> None:
    number = CardNumber.objects.get(card__external_id=None).number

    assert printed().splitlines() == [
        "external_id,currency,balance",
        "anna,credit,12.50",
        "anna,points,0",
        "boris,credit,0.00",
        "boris,points,0",
        f"{number},credit,0.00",
        f"{number},points,0",
    ]


def test_json_and_table_tell_the_same(shop: Program) -> None:
    rows = list(csv.DictReader(io.StringIO(printed())))

    assert json.loads(printed(format="json")) == rows
    table = [line.split() for line in printed(format="table").splitlines()]
    assert table == [["external_id", "currency", "balance"], *(list(row.values()) for row in rows)]


def test_a_program_without_cards(db: None) -> None:
    create_program(slug="empty")

    assert printed().splitlines() == ["external_id,currency,balance"]
    assert json.loads(printed(format="json")) == []


def test_as_of_a_moment(shop: Program) -> None:
    before = timezone.now() - timedelta(days=1)

    out = io.StringIO()
    call_command("loyalty_balances", "--at", format_instant(before), stdout=out)
    assert "12.50" not in out.getvalue()


@pytest.mark.parametrize("text", ["yesterday", "2025-01-01", "2025-01-01T10:00:00"])
def test_a_moment_needs_an_offset(text: str, shop: Program) -> None:
    with pytest.raises(CommandError, match="--at"):
        call_command("loyalty_balances", "--at", text)


def test_an_unknown_program_is_told(shop: Program) -> None:
    with pytest.raises(CommandError, match="no such program"):
        printed(program="nobody")


@pytest.mark.parametrize("key", ["=1+1", "+1", "-1", "@A1", "\uff1d1"])
def test_a_spreadsheet_takes_no_key_for_a_formula(key: str, db: None) -> None:
    program = create_program(slug="shop")
    enrol_card(program=program, external_id=key)

    assert f"'{key},points,0" in printed().splitlines()
    assert json.loads(printed(format="json"))[0]["external_id"] == key


def test_queries_do_not_grow_with_the_cards(db: None) -> None:
    program = create_program(slug="shop")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            printed()
        return len(captured)

    enrol_cards(program=program, items=[NewCard(external_id=f"a{n}") for n in range(3)])
    queries()  # the program's rules are kept from now on
    few = queries()
    enrol_cards(program=program, items=[NewCard(external_id=f"b{n}") for n in range(300)])

    assert queries() == few
    assert len(printed().splitlines()) == 304
