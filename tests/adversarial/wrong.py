"""What is no amount, whatever it is given for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

NO_AMOUNTS: dict[str, Any] = {
    "negative": "-1",
    "negative int": -1,
    "negative Decimal": Decimal("-0.01"),
    "fraction of a cent": "1.005",
    "fraction of a cent as Decimal": Decimal("0.001"),
    "2**63": 2**63,
    "2**63 as text": str(2**63),
    "10**30": 10**30,
    "10**30 as Decimal": Decimal("1E+30"),
    "a million digits": Decimal("1E+999999"),
    "NaN": Decimal("NaN"),
    "signalling NaN": Decimal("sNaN"),
    "NaN as text": "NaN",
    "NaN as float": float("nan"),
    "infinity": Decimal("Infinity"),
    "minus infinity": Decimal("-Infinity"),
    "infinity as text": "Infinity",
    "infinity as float": float("inf"),
    "exponent": "1e5",
    "float": 1.5,
    "whole float": 1.0,
    "boolean": True,
    "blank before": " 1",
    "blank behind": "1 ",
    "blank between": "1 000",
    "no-break space": "1\N{NO-BREAK SPACE}000",
    "line break": "1\n",
    "underscore": "1_000",
    "comma": "1,50",
    "plus": "+1",
    "hexadecimal": "0x10",
    "no whole part": ".5",
    "leading zero": "007",
    "Arabic digits": "١٢",
    "fullwidth digits": "１２",
    "superscript": "1²",
    "empty": "",
    "NUL": "1\0",
    "bytes": b"1",
    "list": [1],
    "object": {"amount": 1},
}


def each_wrong_amount(*leave_out: str) -> pytest.MarkDecorator:
    """The test runs with each value that is no amount, named by what is wrong with it."""
    chosen = {name: value for name, value in NO_AMOUNTS.items() if name not in leave_out}
    return pytest.mark.parametrize("wrong", chosen.values(), ids=list(chosen))
