"""A program in which nearly everything has happened, and ways past everything that keeps its rows sound."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db import connection

from loyalty import services
from loyalty.db_triggers import APPEND_ONLY
from loyalty.models import Card, Program

LONG_AGO = datetime(2023, 1, 1, tzinfo=UTC)


def day(month: int, number: int = 1, year: int = 2024) -> datetime:
    """Noon of a day."""
    return datetime(year, month, number, 12, tzinfo=UTC)


def credit(recipient: str, percent: str, **more: str) -> dict[str, Any]:
    """An action that gives a percentage in points."""
    amount = {"kind": "loyalty.percent", "percent": percent}
    return {
        "slot": recipient,
        "kind": "loyalty.credit",
        "recipient": recipient,
        "currency": "points",
        "amount": amount,
        **more,
    }


CAMPAIGNS: list[dict[str, Any]] = [
    {
        "key": "ten-percent",
        "actions": [credit("card", "10"), credit("parent_card", "5")],
        "limits": [
            {"per": "recipient", "measure": "amount", "max": "1000", "period": "month", "at_edge": "cut"},
            {"per": "campaign", "measure": "times", "max": "50", "period": "year", "at_edge": "skip"},
        ],
    },
    {"key": "kept-for-ever", "actions": [credit("card", "1", on_refund="never")]},
]


def write_books() -> Program:
    """Purchases by lines, refunds, levels, limits, debts, expiry, spends, holds of all ends, corrections, blocks."""
    program = services.create_program(
        slug="club",
        currencies=[
            {"code": "points", "hold": "P14D", "validity": "P90D"},
            {"code": "credit", "decimals": 2},
        ],
    )
    for definition in CAMPAIGNS:
        campaign = services.save_draft(
            program=program, definition={"trigger": {"kind": "loyalty.purchase"}, **definition}
        )
        services.publish_campaign(campaign=campaign, effective_from=LONG_AGO, allow_past=True)
    anna, boris, clara = (
        services.enrol_card(program=program, external_id=key, at=LONG_AGO)
        for key in ("anna", "boris", "clara")
    )
    services.set_parent(card=boris, parent=anna, at=LONG_AGO)
    services.set_parent(card=clara, parent=boris, at=LONG_AGO)
    services.process_inbox()
    buy(
        boris,
        "one",
        "1000.00",
        day(1),
        lines=[{"amount": "600.00", "sku": "a"}, {"amount": "300.00", "sku": "b"}],
    )
    buy(clara, "two", "500.00", day(1, 2))
    refund("one", "one-a", day(1, 5), amount="100.00")
    refund("two", "two-a", day(1, 6))
    # Available since 15 January, valid until 14 April.
    spend(boris, "40", day(2), "spent")
    cancelled = spend(boris, "20", day(2, 2), "cancelled")
    services.cancel_spend(spend=cancelled, at=day(2, 3), allow_past=True)
    captured = hold(boris, "10", day(2, 4), day(2, 20))
    services.capture_hold(spend=captured, amount=6, at=day(2, 5), allow_past=True)
    services.void_hold(spend=hold(boris, "5", day(2, 6), day(2, 20)), at=day(2, 7), allow_past=True)
    hold(boris, "3", day(2, 8), day(2, 9))
    # What is left of the first purchase's points expires here; what comes back later does so at once.
    buy(boris, "three", "2000.00", day(5))
    adjust(boris, "50", day(5, 2))
    adjust(boris, "-5", day(5, 3))
    refund("one", "one-b", day(5, 4), amount="50.00")
    # Spent, then taken back: a debt, which the next points repay in part.
    buy(clara, "four", "900.00", day(6))
    spend(clara, "80", day(6, 20), "clara")
    refund("four", "four-a", day(6, 21))
    buy(clara, "five", "300.00", day(6, 22))
    adjust(clara, "10", day(6, 23))
    hold(boris, "15", day(6, 24), day(12, 31, year=2999))
    services.adjust_balance(
        card=anna, amount="12.50", currency="credit", reason="gift", at=day(6, 25), allow_past=True
    )
    join_and_part(program)
    services.block_card(card=anna, reason="asked for it")
    services.record_refund(
        purchase_id="never-heard-of", external_id="early", occurred_at=day(7), program=program
    )
    refund("five", "too-much", day(7, 2), amount="900.00")
    services.process_inbox()
    return program


def join_and_part(program: Program) -> None:
    """Two cards that became one and part again, and two that are one; what was earned goes back in part."""
    doris, emil, fritz = (
        services.enrol_card(program=program, external_id=key, at=LONG_AGO)
        for key in ("doris", "emil", "fritz")
    )
    services.process_inbox()
    buy(doris, "six", "1000.00", day(1))
    buy(emil, "seven", "300.00", day(1))
    spend(doris, "20", day(2), "doris")
    services.merge_cards(survivor=emil, merged=doris, reason="the same", at=day(2, 2))
    spend(emil, "15", day(2, 3), "emil")
    services.unmerge_cards(card=doris, reason="not the same", at=day(2, 4))
    services.merge_cards(survivor=fritz, merged=emil, reason="the same", at=day(2, 5))
    spend(fritz, "1", day(2, 6), "fritz")
    refund("seven", "seven-a", day(6), amount="100.00")


def buy(card: Card, key: str, total: str, at: datetime, **more: Any) -> None:
    services.record_purchase(card=card, external_id=key, total=total, occurred_at=at, **more)
    services.process_inbox()


def refund(purchase: str, key: str, at: datetime, **more: Any) -> None:
    services.record_refund(purchase_id=purchase, external_id=key, occurred_at=at, **more)
    services.process_inbox()


def spend(card: Card, amount: str, at: datetime, key: str) -> Any:
    return services.spend_points(card=card, amount=amount, currency="points", at=at, key=key, allow_past=True)


def hold(card: Card, amount: str, at: datetime, until: datetime) -> Any:
    return services.hold_points(
        card=card, amount=amount, currency="points", at=at, expires_at=until, allow_past=True
    )


def adjust(card: Card, amount: str, at: datetime) -> None:
    services.adjust_balance(
        card=card, amount=amount, currency="points", reason="test", at=at, allow_past=True
    )


def unguard() -> None:
    """Switch off the constraints and triggers that would refuse what the tests plant."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = ON")
            for model in APPEND_ONLY:
                cursor.execute(f"DROP TRIGGER {model._meta.db_table}_append_only")
            return
        # What is deferred must be checked before a table can be altered.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for model in APPEND_ONLY:
            table = model._meta.db_table
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_append_only")
        cursor.execute(
            "SELECT conrelid::regclass, conname FROM pg_constraint WHERE contype = 'c' AND conname LIKE 'loyalty_%'"
        )
        for table, name in cursor.fetchall():
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')


def guard_again() -> None:
    """SQLite's switch is of the connection, which later tests use too; the rest is rolled back."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA ignore_check_constraints = OFF")
