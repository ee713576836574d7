"""Programs and definitions for tests of campaigns."""

from typing import Any

import pytest

from loyalty.models import Program
from loyalty.services.programs import create_program


@pytest.fixture
def program() -> Program:
    """A program that counts points (whole) and cents (two decimals)."""
    return create_program(
        slug="shop",
        currencies=[{"code": "points"}, {"code": "cents", "decimals": 2}],
    )


@pytest.fixture
def definition() -> dict[str, Any]:
    """5 % of each purchase to the buyer."""
    return {
        "key": "five-percent",
        "name": "Five percent",
        "trigger": {"kind": "loyalty.purchase"},
        "actions": [
            {
                "slot": "buyer",
                "kind": "loyalty.credit",
                "currency": "points",
                "amount": {"kind": "loyalty.percent", "percent": "5"},
            }
        ],
    }
