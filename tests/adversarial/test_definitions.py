"""Negative, fractional, huge, NaN amounts, mixed currencies: in campaigns and in lines of files."""

from __future__ import annotations

import io
import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from loyalty import services
from loyalty.exceptions import CampaignInvalid
from loyalty.testing import process_inbox
from tests.adversarial.wrong import NO_AMOUNTS, each_wrong_amount

pytestmark = pytest.mark.django_db

BASE: dict[str, Any] = {
    "key": "c",
    "trigger": {"kind": "loyalty.purchase"},
    "conditions": [[{"kind": "loyalty.purchase_total", "params": {"minimum": "1.00"}}]],
    "actions": [
        {
            "slot": "s",
            "kind": "loyalty.credit",
            "currency": "points",
            "amount": {"kind": "loyalty.percent", "percent": "5"},
        }
    ],
}
LIMITED = BASE | {"limits": [{"measure": "amount", "max": "10"}]}
# Where a campaign has numbers; "fraction of a cent" and its like may well be percents.
PLACES: dict[str, tuple[dict[str, Any], list[Any]]] = {
    "fixed": ({"kind": "loyalty.fixed", "value": None}, ["value"]),
    "percent": ({"kind": "loyalty.percent", "percent": None}, ["percent"]),
    "at least": ({"kind": "loyalty.percent", "percent": "5", "minimum": None}, ["minimum"]),
    "at most": ({"kind": "loyalty.percent", "percent": "5", "maximum": None}, ["maximum"]),
    "per every": ({"kind": "loyalty.per_every", "amount": None, "step": "10.00"}, ["amount"]),
    "step": ({"kind": "loyalty.per_every", "amount": "1", "step": None}, ["step"]),
}
FINE = ("fraction of a cent", "fraction of a cent as Decimal")


def refused(program: Any, stored: Any, definition: dict[str, Any], path: str) -> None:
    """The draft is refused at this place, and nothing is stored."""
    before = stored()
    with pytest.raises(CampaignInvalid) as refusal:
        services.save_draft(program=program, definition=definition)
    assert refusal.value.code == "campaign_invalid"
    assert all(problem["path"].startswith(path) for problem in refusal.value.details)
    assert stored() == before


@pytest.mark.parametrize("place", PLACES)
@each_wrong_amount(*FINE)
def test_negative_huge_and_nan_amounts_of_an_action(program, stored, place, wrong):
    amount, (name,) = PLACES[place]
    definition = deepcopy(BASE)
    definition["actions"][0]["amount"] = amount | {name: wrong}

    refused(program, stored, definition, "actions[0].amount")


@each_wrong_amount(*FINE)
def test_negative_huge_and_nan_amounts_of_a_level(program, stored, wrong):
    definition = deepcopy(BASE)
    definition["actions"][0] |= {
        "recipient": {"role": "ancestors"},
        "amount": {"kind": "loyalty.percent_by_level", "percents": ["10", wrong]},
    }

    refused(program, stored, definition, "actions[0].amount")


@each_wrong_amount(*FINE)
def test_negative_huge_and_nan_amounts_of_a_pot(program, stored, wrong):
    definition = deepcopy(BASE)
    definition["actions"][0]["pot"] = {"percent": wrong, "of": "total"}

    refused(program, stored, definition, "actions[0].pot")


@each_wrong_amount("a million digits")
def test_negative_fractional_huge_and_nan_amounts_of_a_limit(program, stored, wrong):
    definition = deepcopy(LIMITED)
    definition["limits"][0]["max"] = wrong

    refused(program, stored, definition, "limits[0]")


@each_wrong_amount()
def test_negative_fractional_huge_and_nan_amounts_of_a_condition(program, stored, wrong):
    definition = deepcopy(BASE)
    definition["conditions"][0][0]["params"]["minimum"] = wrong

    refused(program, stored, definition, "conditions[0][0]")


@each_wrong_amount(*FINE)
def test_negative_huge_and_nan_factors(program, stored, wrong):
    definition = {
        "key": "c",
        "trigger": {"kind": "loyalty.purchase"},
        "phase": "multiplier",
        "actions": [
            {"slot": "s", "kind": "loyalty.multiply", "currency": "points", "params": {"factor": wrong}}
        ],
    }

    refused(program, stored, definition, "actions[0]")


def test_mixed_currencies_in_one_limit_of_an_amount(program, stored):
    services.create_program(slug="other", currencies=[{"code": "cents"}])
    definition = deepcopy(BASE)
    definition["actions"].append(BASE["actions"][0] | {"slot": "t", "currency": "cents"})

    refused(program, stored, definition, "actions[1].currency")


def test_mixed_currencies_of_one_program_in_one_limit_of_an_amount(stored):
    club = services.create_program(
        slug="two", currencies=[{"code": "points"}, {"code": "cents", "decimals": 2}]
    )
    definition = deepcopy(LIMITED)
    definition["actions"].append(BASE["actions"][0] | {"slot": "t", "currency": "cents"})

    refused(club, stored, definition, "limits[0]")


JSON_WRONG = {
    name: value
    for name, value in NO_AMOUNTS.items()
    if isinstance(value, str | int | list | dict) and name != "NUL"
}


@pytest.mark.parametrize(
    "line",
    [
        {"id": "p", "customer": "anna", "total": "wrong"},
        {"id": "p", "customer": "anna", "total": "9.00", "lines": [{"amount": "wrong"}]},
        {"type": "refund", "id": "r", "purchase": "p0", "amount": "wrong"},
        {"type": "spend", "id": "s", "customer": "anna", "points": "wrong"},
    ],
    ids=["purchase", "line", "refund", "spend"],
)
def test_negative_fractional_huge_and_nan_amounts_of_lines_of_a_file(
    rich, stored, tmp_path: Path, line: dict[str, Any]
):
    """All at once: not one of them leaves a row, an event or a card."""
    services.record_purchase(card=rich, external_id="p0", total="50.00")
    process_inbox()
    at = {"occurred_at": "2025-01-01T10:00:00Z"}
    rows = [
        json.dumps({**line, **at, "id": f"x{number}"}).replace('"wrong"', json.dumps(value))
        for number, value in enumerate(JSON_WRONG.values())
    ]
    rows += [json.dumps({**line, **at}).replace('"wrong"', value) for value in ("NaN", "-Infinity", "1e400")]
    path = tmp_path / "wrong.jsonl"
    path.write_text("\n".join(rows), encoding="utf-8")
    before, out = stored(), io.StringIO()

    call_command("loyalty_import", str(path), stdout=out, stderr=out)

    assert f"{len(rows)} lines: 0 new, 0 known, {len(rows)} rejected; 0 cards enrolled" in out.getvalue()
    assert stored() == before
