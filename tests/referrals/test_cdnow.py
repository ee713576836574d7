"""A real history: 600 customers of CDNOW in a tree, against balances of a model that shares no code with ours."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from loyalty.imports.chunk import write_chunk
from loyalty.imports.json_lines import JsonLines
from loyalty.imports.lines import ImportContext
from loyalty.models import Card, Program, Wallet
from loyalty.processing.campaigns import load_program_rules
from loyalty.services import import_campaigns
from loyalty.testing import process_inbox
from referrals.models import Referral, ReferrerStats

pytestmark = pytest.mark.django_db

DATA = Path(__file__).parent.parent / "data"
CAMPAIGNS = DATA / "first_purchase_and_every_third.yaml"
FILES = ["cdnow_small_tree.jsonl", "cdnow_small_purchases.jsonl"]


def write(program: Program, name: str) -> None:
    """Write a file's lines into the inbox."""
    context = ImportContext(program=program, rules=load_program_rules(program), source="shop")
    with (DATA / name).open("rb") as stream:
        assert write_chunk(context, list(JsonLines().read(stream))).rejected == []


def expected() -> dict[str, int]:
    """The final balances by customer."""
    with (DATA / "expected_first_purchase_and_every_third.csv").open(newline="") as stream:
        return {row["customer"]: int(row["balance"]) for row in csv.DictReader(stream)}


@pytest.mark.parametrize(
    ("files", "batch"),
    [(FILES, 1_000), (FILES, 50), (FILES[::-1], 1_000)],
    ids=["tree first", "tree first, small batches", "purchases first"],
)
def test_first_purchases_and_every_third_friend(files: list[str], batch: int, settings: Any) -> None:
    settings.LOYALTY = {"BATCH_SIZE": batch}
    text = CAMPAIGNS.read_text(encoding="utf-8")
    program = import_campaigns(text=text, publish=True, allow_past=True).program
    program.refresh_from_db()

    for name in files:
        write(program, name)
    process_inbox(program=program)

    balances = dict.fromkeys(expected(), 0)
    balances |= dict(Wallet.objects.values_list("card__external_id", "available"))
    assert balances == expected()
    assert Card.objects.count() == 600
    assert Referral.objects.count() == 518
    brought = Counter(Referral.objects.values_list("referrer_id", "status"))
    for card_id, registered, qualified in ReferrerStats.objects.values_list(
        "card_id", "registered", "qualified"
    ):
        assert qualified == brought[card_id, "qualified"]
        assert registered - qualified == brought[card_id, "registered"]
