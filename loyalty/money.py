"""Amounts: integers in minor units inside, decimal strings outside, nothing rounded in between."""

from __future__ import annotations

import re
from decimal import Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from loyalty.exceptions import InvalidAmount

# Amounts stay below this, in minor units, so that sums of thousands of them fit a 64-bit column.
LIMIT = 10**15

# ISO 4217 list one (six-group.com, "Current currency & funds"): every code whose minor unit is not 2.
_EXPONENTS = {
    code: exponent
    for exponent, codes in (
        (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
        (3, "BHD IQD JOD KWD LYD OMR TND"),
        (4, "CLF UYW"),
    )
    for code in codes.split()
}
# Metals, units of account, testing and "no currency": the list gives them no minor unit.
_WITHOUT_MINOR_UNIT = frozenset(
    ["XAG", "XAU", "XBA", "XBB", "XBC", "XBD", "XDR", "XPD", "XPT", "XSU", "XTS", "XUA", "XXX"]
)

_CODE = re.compile(r"[A-Z]{3}", re.ASCII)
# The number of RFC 8259 (JSON) without its exponent form: what no two readers understand differently.
_PLAIN_NUMBER = re.compile(r"(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?")
_LONGEST = 40

_TOO_FINE = _("The amount has too many digits after the decimal point: at most %(decimals)s are allowed.")
_TOO_LARGE = _("The amount is too large. Give one below %(limit)s.")
_TOO_SMALL = _("The amount is too small. Give at least %(minimum)s.")


def currency_decimals(code: str) -> int:
    """Digits after the decimal point of an ISO 4217 currency: 0, 2, 3 or 4.

    A code that is not listed with another exponent has 2, so that a new currency needs no release of ours.
    Raises ValueError for anything but three capital letters, and for codes without a minor unit (XAU, XXX).
    """
    if _CODE.fullmatch(code) is None or code in _WITHOUT_MINOR_UNIT:
        raise ValueError(f"{code!r} is not the ISO 4217 code of a currency that can be paid in.")
    return _EXPONENTS.get(code, 2)


def to_minor(value: object, decimals: int) -> int:
    """The exact number of minor units in `value`: a Decimal, an int, or a string such as "-10.50".

    Zeros beyond `decimals` are accepted ("10.500" of two decimals), since nothing is lost. Everything else
    raises InvalidAmount: floats, booleans, NaN and infinity, exponent form in a string, blanks, underscores,
    digits of other scripts, more decimals than the currency has, and 10**15 minor units or more.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        minor: int = value * 10**decimals
    elif isinstance(value, str):
        minor = _read(value, decimals)
    elif isinstance(value, Decimal):
        minor = _read(_plain(value, decimals), decimals)
    else:
        raise InvalidAmount
    if not -LIMIT < minor < LIMIT:
        raise _too_large(decimals)
    return minor


def parse_amount(value: object, decimals: int, minimum: int | None = None) -> int:
    """Like `to_minor`, for amounts given by somebody outside, and at least `minimum` minor units.

    Raises InvalidAmount.
    """
    minor = to_minor(value, decimals)
    if minimum is not None and minor < minimum:
        raise InvalidAmount(message=_TOO_SMALL, minimum=to_decimal_string(minimum, decimals))
    return minor


def to_decimal_string(minor: int, decimals: int) -> str:
    """Minor units as a decimal string with all its decimals: 1005 of two is "10.05", -3 of none is "-3"."""
    if decimals == 0:
        return str(minor)
    whole, fraction = divmod(abs(minor), 10**decimals)
    return f"{'-' if minor < 0 else ''}{whole}.{fraction:0{decimals}d}"


def show_amount(minor: int, decimals: int) -> str:
    """Minor units as people read them in the active language: 123450 of two is "1,234.50" in English."""
    return str(number_format(Decimal(to_decimal_string(minor, decimals)), decimals, force_grouping=True))


def _read(text: str, decimals: int) -> int:
    match = _PLAIN_NUMBER.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None:
        raise InvalidAmount
    sign, whole, fraction = match.groups("")
    if len(fraction) > decimals:
        fraction = fraction.rstrip("0")
        if len(fraction) > decimals:
            raise InvalidAmount(message=_TOO_FINE, decimals=decimals)
    return int(f"{sign}{whole}{fraction.ljust(decimals, '0')}")


def _plain(value: Decimal, decimals: int) -> str:
    if not value.is_finite():
        raise InvalidAmount
    if not value:
        return "0"
    # Asked first: written out, Decimal("1E+999999") is a million characters.
    magnitude = value.adjusted()
    if magnitude > len(str(LIMIT)):
        raise _too_large(decimals)
    if magnitude < -decimals:
        raise InvalidAmount(message=_TOO_FINE, decimals=decimals)
    return f"{value:f}"


def _too_large(decimals: int) -> InvalidAmount:
    return InvalidAmount(message=_TOO_LARGE, limit=to_decimal_string(LIMIT, decimals))
