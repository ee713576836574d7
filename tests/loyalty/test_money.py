"""Amounts: exact both ways, and nothing but plain numbers gets in."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.exceptions import InvalidAmount
from loyalty.money import LIMIT, currency_decimals, parse_amount, to_decimal_string, to_minor


@pytest.mark.parametrize(
    ("code", "decimals"),
    [
        ("RUB", 2),
        ("USD", 2),
        ("EUR", 2),
        ("JPY", 0),
        ("KRW", 0),
        ("KWD", 3),
        ("TND", 3),
        ("CLF", 4),
        ("UYW", 4),
    ],
)
def test_a_currency_has_the_exponent_of_iso_4217(code: str, decimals: int) -> None:
    assert currency_decimals(code) == decimals


@pytest.mark.parametrize("code", ["", "usd", "US", "USDT", "U5D", "РУБ", "USD\n", "XAU", "XXX"])
def test_what_is_no_currency_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="ISO 4217"):
        currency_decimals(code)


@pytest.mark.parametrize(
    ("value", "decimals", "minor"),
    [
        ("0", 2, 0),
        ("-0", 2, 0),
        ("10.05", 2, 1005),
        ("10.5", 2, 1050),
        ("10", 2, 1000),
        ("-0.05", 2, -5),
        ("10.0500", 2, 1005),
        ("1000.00", 0, 1000),
        ("1.0005", 4, 10005),
        ("9999999999999.99", 2, LIMIT - 1),
        ("-999999999999999", 0, 1 - LIMIT),
        (7, 0, 7),
        (7, 3, 7000),
        (-7, 2, -700),
        (Decimal("10.05"), 2, 1005),
        (Decimal("10.0500"), 2, 1005),
        (Decimal("1E+3"), 2, 100000),
        (Decimal("1E-2"), 2, 1),
        (Decimal("-0.00"), 2, 0),
        (Decimal("0E+999999"), 2, 0),
        (Decimal("0E-999999"), 2, 0),
    ],
)
def test_amounts_become_minor_units_exactly(value: object, decimals: int, minor: int) -> None:
    assert to_minor(value, decimals) == minor


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        float("nan"),
        True,
        False,
        None,
        b"1",
        [1],
        {},
        "",
        "-",
        ".",
        "+1",
        "1.",
        ".5",
        "007",
        "1e3",
        "1E3",
        "NaN",
        "Infinity",
        "-Infinity",
        "sNaN",
        " 1",
        "1 ",
        "1\n",
        "1\x00",
        "1 000",
        "1\u00a0000",
        "1_000",
        "1,5",
        "1,000.00",
        "--1",
        "\u22121",
        "0x10",
        "1/2",
        "１２",
        "١٢",
        "²",
        "\ud800",
        "=1+1",
        "0." + "0" * 100,
        Decimal("NaN"),
        Decimal("sNaN"),
        Decimal("Infinity"),
        Decimal("-Infinity"),
    ],
    ids=ascii,
)
def test_what_is_no_plain_number_is_refused(value: object) -> None:
    with pytest.raises(InvalidAmount) as caught:
        to_minor(value, 2)

    assert str(caught.value) == "The amount is not valid. Give it in plain digits, such as 10.50."


@pytest.mark.parametrize(
    ("value", "decimals"),
    [
        ("1.005", 2),
        ("0.5", 0),
        (Decimal("1.005"), 2),
        (Decimal("0.5"), 0),
        (Decimal("1E-3"), 2),
        (Decimal("1E-999999"), 2),
    ],
)
def test_nothing_is_rounded_off(value: object, decimals: int) -> None:
    with pytest.raises(InvalidAmount) as caught:
        to_minor(value, decimals)

    assert str(caught.value) == (
        f"The amount has too many digits after the decimal point: at most {decimals} are allowed."
    )


@pytest.mark.parametrize(
    "value",
    [
        10**13,
        -(10**13),
        10**5000,
        "10000000000000",
        "-10000000000000.00",
        "9" * 40,
        Decimal(10**13),
        Decimal("1E+13"),
        Decimal("1E+999999"),
        Decimal("-1E+999999"),
    ],
    ids=lambda value: "huge" if value == 10**5000 else str(value),
)
def test_huge_amounts_are_refused(value: object) -> None:
    with pytest.raises(InvalidAmount) as caught:
        to_minor(value, 2)

    assert str(caught.value) == "The amount is too large. Give one below 10000000000000.00."


@pytest.mark.parametrize(
    ("minor", "decimals", "text"),
    [
        (0, 0, "0"),
        (0, 2, "0.00"),
        (1005, 2, "10.05"),
        (1000, 2, "10.00"),
        (-3, 0, "-3"),
        (-5, 2, "-0.05"),
        (-1005, 2, "-10.05"),
        (1, 4, "0.0001"),
        (LIMIT - 1, 2, "9999999999999.99"),
    ],
)
def test_minor_units_are_written_with_all_decimals(minor: int, decimals: int, text: str) -> None:
    assert to_decimal_string(minor, decimals) == text


@given(st.integers(1 - LIMIT, LIMIT - 1), st.integers(0, 8))
def test_writing_and_reading_give_the_same_amount(minor: int, decimals: int) -> None:
    text = to_decimal_string(minor, decimals)

    assert to_minor(text, decimals) == minor
    assert to_minor(Decimal(text), decimals) == minor


@given(st.decimals(allow_nan=True, allow_infinity=True), st.integers(0, 4))
def test_a_decimal_is_taken_exactly_or_refused(value: Decimal, decimals: int) -> None:
    try:
        minor = to_minor(value, decimals)
    except InvalidAmount:
        return

    assert Decimal(minor).scaleb(-decimals) == value


@given(st.text(max_size=50))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        minor = to_minor(text, 2)
    except InvalidAmount:
        return

    assert Decimal(minor) / 100 == Decimal(text)


@pytest.mark.parametrize(("value", "minor"), [("0.01", 1), ("5", 500), (Decimal("0.010"), 1)])
def test_an_amount_of_at_least_the_minimum_is_taken(value: object, minor: int) -> None:
    assert parse_amount(value, 2, minimum=1) == minor


@pytest.mark.parametrize("value", ["0", "0.00", "-1", 0, Decimal("-0.01")], ids=str)
def test_an_amount_below_the_minimum_is_refused(value: object) -> None:
    with pytest.raises(InvalidAmount) as caught:
        parse_amount(value, 2, minimum=1)

    assert str(caught.value) == "The amount is too small. Give at least 0.01."


def test_without_a_minimum_negative_amounts_are_taken() -> None:
    assert parse_amount("-1", 2) == -100
