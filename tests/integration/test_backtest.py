"""The expected balances of the real purchase history, worked out as a backtest of a campaign file."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core import serializers
from django.core.management import call_command
from django.db import connection

from loyalty.services import create_program

DATA = Path(__file__).resolve().parent.parent / "data"

pytestmark = pytest.mark.django_db


def credit(recipient: str, amount: dict[str, str], **more: str) -> list[dict[str, Any]]:
    return [
        {
            "slot": "main",
            "kind": "loyalty.credit",
            "recipient": recipient,
            "currency": "points",
            "amount": amount,
            **more,
        }
    ]


POINTS = {
    "key": "points-on-purchases",
    "trigger": {"kind": "loyalty.purchase"},
    "actions": credit("card", {"kind": "loyalty.percent", "percent": "5"}),
}
FIRST = {
    "key": "first-purchase-to-parent",
    "trigger": {"kind": "loyalty.purchase"},
    "conditions": [
        [
            {"kind": "referrals.registered_via_link"},
            {
                "kind": "loyalty.purchase_number",
                "params": {"match": "first", "minimum_total": "0.01", "since": "link"},
            },
        ]
    ],
    "actions": credit("parent_card", {"kind": "loyalty.percent", "percent": "10"}),
}
THIRD = {
    "key": "every-third-friend",
    "trigger": {"kind": "referrals.referral_qualified"},
    "conditions": [
        [
            {
                "kind": "referrals.referred_clients",
                "about": "parent_card",
                "params": {"match": "every", "count": 3, "stage": "qualified"},
            }
        ]
    ],
    "actions": credit("parent_card", {"kind": "loyalty.fixed", "value": "250"}, on_refund="milestone"),
}


def import_history(folder: Path, *names: str) -> None:
    """Into a program without campaigns: nobody has earned anything."""
    create_program(slug="cdnow", purchase_currency="USD")
    files = [shutil.copy(DATA / name, folder) for name in names]
    call_command("loyalty_import", *files, "--strict", stdout=io.StringIO(), stderr=io.StringIO())


def dump() -> str:
    rows = [
        row
        for label in ("loyalty", "loyalty_referrals")
        for model in apps.get_app_config(label).get_models()
        for row in model.objects.order_by("pk")
    ]
    return serializers.serialize("json", rows)


def refuse_writes(execute, sql, params, many, context):
    assert sql.lstrip().upper().startswith(("SELECT", "DECLARE", "FETCH", "CLOSE")), sql
    return execute(sql, params, many, context)


def backtest(folder: Path, *campaigns: dict[str, Any]) -> dict[str, int]:
    """The balances that the campaigns of a file would have given."""
    file = folder / "campaigns.json"
    file.write_text(
        json.dumps({"format": "loyalty-campaigns/1", "program": "cdnow", "campaigns": list(campaigns)})
    )
    out = io.StringIO()
    with connection.execute_wrapper(refuse_writes):
        call_command("loyalty_backtest", str(file), "--format", "csv", stdout=out)
    rows = csv.DictReader(io.StringIO(out.getvalue()))
    return {row["external_id"]: int(row["balance"]) for row in rows if row["currency"] == "points"}


def expected(name: str) -> dict[str, int]:
    with (DATA / name).open(encoding="utf-8") as file:
        return {row["customer"]: int(row["balance"]) for row in csv.DictReader(file)}


def test_points_with_refunds_come_out_exactly(tmp_path):
    import_history(tmp_path, "cdnow_small_tree.jsonl", "cdnow_small_refunds.jsonl")
    before = dump()

    assert backtest(tmp_path, POINTS) == expected("expected_points_with_refunds.csv")
    assert dump() == before


def test_first_purchase_and_every_third_come_out_exactly(tmp_path):
    import_history(tmp_path, "cdnow_small_tree.jsonl", "cdnow_small_purchases.jsonl")
    before = dump()

    balances = backtest(tmp_path, POINTS, FIRST, THIRD)

    assert balances == expected("expected_first_purchase_and_every_third.csv")
    assert dump() == before
