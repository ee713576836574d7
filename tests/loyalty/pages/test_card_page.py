"""The card page without referrals, on any host."""

from __future__ import annotations

import pytest

from loyalty import services
from loyalty.pages import navigation
from loyalty.templatetags.loyalty_pages import grouped, signed_units, units
from loyalty.testing import give_points
from tests.factories import CurrencyFactory, ProgramFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.loyalty.pages.urls")]


@pytest.fixture
def program():
    found = ProgramFactory(name="Club")
    CurrencyFactory(program=found, decimals=2, name="Bonus roubles")
    return found


@pytest.fixture
def member(program, client):
    user = UserFactory()
    client.force_login(user)
    return user


def text(client, path="/"):
    return " ".join(client.get(path).content.decode().split())


def test_who_has_no_card_is_offered_one_and_a_look_makes_none(client, member):
    assert "You have no card yet." in text(client)
    assert member.loyalty_cards.count() == 0

    assert client.post("/enrol/").status_code == 302

    card = member.loyalty_cards.get()
    assert grouped(card.number) in text(client)


def test_where_there_is_no_program_the_button_says_so(client, db):
    client.force_login(UserFactory())

    assert client.post("/enrol/").status_code == 302

    assert "There is no such program." in text(client)


def test_amounts_have_the_decimals_of_their_currency(client, member):
    card = services.enrol_card(user=member)
    give_points(card, "1234.50")
    services.spend_points(card=card, amount="0.50")

    assert '<p class="loyalty-amount">1,234.00</p>' in text(client)
    statement = text(client, "/statement/")
    assert "−0.50" in statement
    assert "+1,234.50" in statement


def test_a_blocked_card_says_so(client, member):
    card = services.enrol_card(user=member)
    services.block_card(card=card, reason="lost")

    assert "This card is blocked." in text(client)
    assert "lost" not in text(client)


def test_without_a_qr_library_the_number_stands_alone(client, member, monkeypatch):
    services.enrol_card(user=member)
    assert "<svg" in text(client)
    monkeypatch.setitem(__import__("sys").modules, "segno", None)

    assert "<svg" not in text(client)
    assert "<svg" not in text(client, "/token/")


def test_only_pages_that_the_host_has_are_in_the_navigation(client, member):
    services.enrol_card(user=member)
    navigation.register_entry(name="elsewhere:page", label="Elsewhere")
    try:
        assert [address for address, _label in navigation.list_entries()] == ["/", "/statement/"]
        assert "Elsewhere" not in text(client)
    finally:
        del navigation._entries["elsewhere:page"]


@pytest.mark.parametrize("path", ["/", "/statement/", "/token/"])
def test_pages_ask_to_sign_in_and_are_never_cached(client, program, path):
    assert client.get(path).status_code == 302
    client.force_login(UserFactory())
    assert "no-store" in client.get(path)["Cache-Control"]


@pytest.mark.parametrize(
    ("minor", "decimals", "plain", "signed"),
    [(123450, 2, "1,234.50", "+1,234.50"), (-5, 0, "-5", "−5"), (0, 0, "0", "0"), (7, 3, "0.007", "+0.007")],
)
def test_amounts_as_members_read_them(minor, decimals, plain, signed):
    assert (units(minor, decimals), signed_units(minor, decimals)) == (plain, signed)


def test_numbers_are_grouped_by_four():
    assert [grouped("PYCKPV95FMF3"), grouped("12345"), grouped("")] == ["PYCK PV95 FMF3", "1234 5", ""]


@pytest.mark.parametrize("asked", ["nonsense", "\0"])
def test_a_statement_in_a_currency_that_is_none_leads_back_to_the_card(client, member, program, asked):
    services.enrol_card(program=program, user=member)

    answer = client.get("/statement/", {"currency": asked})

    assert (answer.status_code, answer.url) == (302, "/")
