"""Card numbers: one reading for whatever is typed, and mistakes are found."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.codes import (
    ALPHABET,
    DEFAULT_PATTERN,
    check_character,
    generate,
    is_valid,
    normalise,
    validate_pattern,
)

bodies = st.text(ALPHABET, min_size=11, max_size=30)


def product_by_the_book(body: str) -> int:
    """The recursive method of ISO/IEC 7064 for M = 26, step by step: sum, adjusted sum, product."""
    product = 26
    for character in body:
        total = (product + ALPHABET.index(character)) % 26
        adjusted = total if total != 0 else 26
        product = (adjusted * 2) % 27
    return product


def test_the_alphabet_has_26_characters_of_different_shape() -> None:
    assert len(ALPHABET) == len(set(ALPHABET)) == 26
    assert not set(ALPHABET) & set("BDGILOQSUZ")


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("7K2M-9XWA-1TFH", "7K2M9XWA1TFH"),
        ("7k2m 9xwa 1tfh", "7K2M9XWA1TFH"),
        ("  7K2M.9XWA/1TFH\r\n", "7K2M9XWA1TFH"),
        ("«7K2M–9XWA—1TFH»,", "7K2M9XWA1TFH"),
        ("(7K2M_9XWA\u00a01TFH)", "7K2M9XWA1TFH"),
        ("7K2M\u200b9XWA\u00ad1TFH\u202e\x00", "7K2M9XWA1TFH"),
        ("７Ｋ２Ｍ９ＸＷＡ１ＴＦＨ", "7K2M9XWA1TFH"),
        ("OQDoqd", "000000"),
        ("ILil|ıİ", "1111111"),
        ("ZzSsGgBbUu", "225566" + "88VV"),
        ("АВЕКМНОРСТХУЗ", "A8EKMH0PCTXY3"),
        ("авекмнорстхуз", "A8EKMH0PCTXY3"),
        ("ІЇЅЈЁ", "115JE"),
        ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "A8E2H1KMN0PTYX"),
        ("Ⅻ", "X11"),
        ("Ж", "Ж"),
        ("\ud800", ""),
        ("", ""),
    ],
    ids=ascii,
)
def test_whatever_is_typed_has_one_reading(typed: str, read: str) -> None:
    assert normalise(typed) == read


@given(st.text(ALPHABET))
def test_numbers_read_as_themselves(number: str) -> None:
    assert normalise(number) == number


@given(st.text(max_size=100))
def test_any_text_is_read_without_failing(text: str) -> None:
    assert normalise(text).isalnum() or normalise(text) == ""


def test_the_check_character_of_a_known_body() -> None:
    # By hand: 26 + 7 leaves 7, doubled 14; 14 + 13 leaves 1, and the character of value 13 is F.
    assert check_character("7") == "F"
    # Then 14 + 9 leaves 23, doubled 46, which leaves 19; 19 + 8 leaves 1.
    assert check_character("79") == "8"


@given(bodies)
def test_the_check_character_is_the_standards(body: str) -> None:
    value = ALPHABET.index(check_character(body))

    assert (product_by_the_book(body) + value) % 26 == 1


@given(bodies)
def test_a_number_with_its_check_character_is_valid(body: str) -> None:
    assert is_valid(body + check_character(body))


@given(bodies, st.data())
def test_every_single_wrong_character_is_found(body: str, data: st.DataObject) -> None:
    number = body + check_character(body)
    place = data.draw(st.integers(0, len(number) - 1))

    wrong = [number[:place] + other + number[place + 1 :] for other in ALPHABET if other != number[place]]

    assert [number for number in wrong if is_valid(number)] == []


def test_all_but_one_of_325_swaps_of_neighbours_are_found() -> None:
    """Each of the 26 states that a body can lead to misses one pair out of 325."""
    prefixes = {
        product_by_the_book(body): body for body in map("".join, itertools.product(ALPHABET, repeat=2))
    }
    pairs = list(itertools.combinations(ALPHABET, 2))

    assert sorted(prefixes) == list(range(1, 27))
    for prefix in prefixes.values():
        missed = [
            (one, other)
            for one, other in pairs
            if check_character(prefix + one + other) == check_character(prefix + other + one)
        ]
        assert len(missed) == 1
    assert len(pairs) == 325


def test_swaps_with_the_check_character_itself_are_found_but_for_one_pair() -> None:
    missed = 0
    bodies = ["0" * 9 + "".join(end) for end in itertools.product(ALPHABET, repeat=2)]
    for body in bodies:
        check = check_character(body)
        missed += check != body[-1] and is_valid(body[:-1] + check + body[-1])

    assert (missed, len(bodies)) == (2, 676)


@pytest.mark.parametrize(
    "number",
    [
        "",
        "0",
        "1",
        "01",
        "7K2M9XWA1TF",
        "7K2M 9XWA1TFH",
        "7k2m9xwa1tfh",
        "ЖЖЖЖЖЖЖЖЖЖЖЖ",
        "OOOOOOOOOOOO",
        "\x00" * 12,
    ],
    ids=ascii,
)
def test_what_is_no_number_is_not_valid(number: str) -> None:
    assert not is_valid(number)


@pytest.mark.parametrize("body", ["B", "a", " ", "Ж"])
def test_no_check_character_for_foreign_characters(body: str) -> None:
    with pytest.raises(ValueError, match=r"^A number has only the characters"):
        check_character(body)


@pytest.mark.parametrize(
    ("pattern", "start", "length"),
    [
        (DEFAULT_PATTERN, "", 12),
        ("77##########*", "77", 13),
        ("V1P########*", "V1P", 12),
        ("#" * 18 + "*", "", 19),
    ],
)
def test_generated_numbers_follow_the_pattern(pattern: str, start: str, length: int) -> None:
    number = generate(pattern)

    assert (number[: len(start)], len(number)) == (start, length)
    assert is_valid(number)
    assert normalise(number) == number


def test_generated_numbers_differ() -> None:
    assert len({generate() for _ in range(1_000)}) == 1_000


def test_every_character_is_drawn() -> None:
    assert set("".join(generate()[:-1] for _ in range(1_000))) == set(ALPHABET)


@pytest.mark.parametrize(
    ("pattern", "complaint"),
    [
        ("", "ends in one *"),
        ("############", "ends in one *"),
        ("*###########", "ends in one *"),
        ("##########**", "ends in one *"),
        ("##########*", "at least 12 characters"),
        ("7777#######*", "at least 8 random characters"),
        ("VIP########*", "not I"),
        ("a-########**", "ends in one *"),
        ("a-#########*", "not - a"),
        ("Ж ##########*", "not   Ж"),
    ],
)
def test_patterns_that_are_weak_or_unreadable_are_refused(pattern: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint.replace("*", r"\*")):
        validate_pattern(pattern)
    with pytest.raises(ValueError, match=complaint.replace("*", r"\*")):
        generate(pattern)
