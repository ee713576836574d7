"""Card numbers: drawn at random, without characters that look alike, with a check character at the end.

The alphabet has one representative of each class of characters that are taken for each other when copied by
hand, so that whatever a person types has one reading (the idea of RFC 8628, section 6.1).
"""

from __future__ import annotations

import secrets
import unicodedata
from functools import lru_cache

ALPHABET = "0123456789ACEFHJKMNPRTVWXY"
DEFAULT_PATTERN = "###########*"

_VALUES = {character: value for value, character in enumerate(ALPHABET)}
_MODULUS = len(ALPHABET)
_SHORTEST = 12
_FEWEST_RANDOM = 8

# What is read as which character: Latin, then Cyrillic, then Greek letters of that shape. Capitals only.
_LOOK_ALIKES = str.maketrans(
    {
        look_alike: character
        for character, look_alikes in {
            "0": "OQD" + "ОԚ" + "Ο",
            "1": "IL|İ" + "ІЇӀ" + "Ι",
            "2": "Z" + "Ζ",
            "3": "ЗӠ",
            "5": "S" + "Ѕ",
            "6": "G",
            "8": "B" + "В" + "Β",
            "A": "А" + "Α",
            "C": "СҪ",
            "E": "ЕЁ" + "Ε",
            "H": "НҺ" + "Η",
            "J": "Ј",
            "K": "КЌ" + "Κ",
            "M": "М" + "Μ",
            "N": "Ν",
            "P": "Р" + "Ρ",
            "T": "Т" + "Τ",
            "V": "U",
            "W": "Ԝ",
            "X": "Х" + "Χ",
            "Y": "УҮ" + "Υ",
        }.items()
        for look_alike in look_alikes
    }
)


def normalise(text: str) -> str:
    """The one reading of what a person typed, pasted or scanned: capitals and digits without look-alikes.

    Blanks, dashes, dots and every other character that is neither letter nor digit are dropped. The result
    need not be a valid number: see `is_valid`.
    """
    capitals = unicodedata.normalize("NFKC", text).upper().translate(_LOOK_ALIKES)
    return "".join(character for character in capitals if character.isalnum())


def check_character(body: str) -> str:
    """The check character of `body`: ISO/IEC 7064, hybrid system MOD 27,26, over our 26 characters.

    It finds every wrong character and 324 of 325 swaps of two neighbours. Raises ValueError when `body`
    has a character outside the alphabet.
    """
    return ALPHABET[(1 - _product(body)) % _MODULUS]


def is_valid(number: str) -> bool:
    """Whether `number`, already normalised, is long enough, of the alphabet, and ends in its check character.

    Numbers brought in from elsewhere need not be: this tells a slip of the pen from a number we never made.
    """
    if len(number) < _SHORTEST or not _VALUES.keys() >= set(number):
        return False
    return check_character(number[:-1]) == number[-1]


def generate(pattern: str = DEFAULT_PATTERN) -> str:
    """A new number after `pattern`: each `#` drawn by a cryptographic generator, `*` the check character.

    Uniqueness is the caller's: insert and draw again. Raises ValueError as `validate_pattern` does.
    """
    validate_pattern(pattern)
    body = "".join(secrets.choice(ALPHABET) if place == "#" else place for place in pattern[:-1])
    return body + check_character(body)


@lru_cache(maxsize=64)
def validate_pattern(pattern: str) -> None:
    """Raise ValueError unless numbers made after `pattern` can be checked and are hard to guess."""
    if not pattern.endswith("*") or pattern.count("*") != 1:
        raise ValueError("A number pattern ends in one *, the check character, and has no other.")
    if len(pattern) < _SHORTEST:
        raise ValueError(f"A number pattern has at least {_SHORTEST} characters.")
    if pattern.count("#") < _FEWEST_RANDOM:
        raise ValueError(f"A number pattern has at least {_FEWEST_RANDOM} random characters, written #.")
    foreign = sorted(set(pattern) - set(ALPHABET) - set("#*"))
    if foreign:
        raise ValueError(f"A number pattern may use only # * and {ALPHABET}, not {' '.join(foreign)}.")


def _product(body: str) -> int:
    """The running product of the standard's recursive method, after the whole of `body`."""
    product = _MODULUS
    try:
        for character in body:
            product = ((product + _VALUES[character]) % _MODULUS or _MODULUS) * 2 % (_MODULUS + 1)
    except KeyError:
        raise ValueError(f"A number has only the characters {ALPHABET}.") from None
    return product
