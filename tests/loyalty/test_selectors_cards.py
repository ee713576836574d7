"""Finding cards."""

import pytest
from django.contrib.auth.models import AnonymousUser

from loyalty import selectors, services
from loyalty.exceptions import CardNotFound
from tests.factories import CardFactory, CardNumberFactory, UserFactory


@pytest.fixture
def plastic(program):
    """A card with a number full of look-alikes."""
    return services.enrol_card(external_id="anna", number="0181 5A6C EH42")


@pytest.mark.parametrize(
    "typed",
    [
        "01815A6CEH42",
        "0181-5a6c-eh42",
        " O1B1 SAGC EHA2 ".replace("A2", "42"),
        "0I8L.5А6С.ЕН42",  # Cyrillic А С Е Н
        "０１８１５Ａ６ＣＥＨ４２",  # full width
        "018１ 5a6c eh4Z",
    ],
)
def test_a_number_is_found_as_people_type_it(plastic, typed):
    assert selectors.find_card(number=typed) == plastic


@pytest.mark.parametrize(
    "typed", ["", "   ", "-", "01815A6CEH4", "01815A6CEH42X", "\0", "\ud800", "x" * 10_000]
)
def test_what_is_no_number_finds_nothing(plastic, typed):
    with pytest.raises(CardNotFound):
        selectors.find_card(number=typed)


def test_s30_a_replaced_number_finds_the_card_but_not_for_spending(plastic):
    new = services.replace_number(card=plastic).number

    assert selectors.find_card(number="01815A6CEH42") == plastic
    assert selectors.find_card(number=new, for_spending=True) == plastic
    with pytest.raises(CardNotFound):
        selectors.find_card(number="01815A6CEH42", for_spending=True)


def test_the_hosts_key_is_taken_as_it_stands(program):
    upper, lower = services.enrol_card(external_id="ANNA"), services.enrol_card(external_id="anna")

    assert selectors.find_card(external_id="ANNA") == upper
    assert selectors.find_card(external_id="anna") == lower
    assert (
        selectors.find_card(external_id=services.enrol_card(external_id=42).external_id).external_id == "42"
    )
    assert selectors.find_card(external_id=42).external_id == "42"


@pytest.mark.parametrize("key", ["", "bob", " anna", "\0", "\ud800"])
def test_an_unknown_key(plastic, key):
    with pytest.raises(CardNotFound):
        selectors.find_card(external_id=key)


def test_s36_of_several_cards_of_a_user_the_first_that_is_open(program):
    user = UserFactory()
    first = services.enrol_card(user=user)
    second = services.enrol_card(user=user, additional=True)

    assert selectors.find_card(user=user) == first
    services.close_card(card=first, reason="Asked for it")
    assert selectors.find_card(user=user) == second
    services.close_card(card=second, reason="Asked for it")
    with pytest.raises(CardNotFound):
        selectors.find_card(user=user)


def test_nobody_does_not_own_the_cards_without_holder(plastic):
    with pytest.raises(CardNotFound):
        selectors.find_card(user=AnonymousUser())


def test_another_programs_card_and_an_unknown_one_get_the_same_answer(plastic):
    foreign = CardNumberFactory(card=CardFactory(held=True)).card
    asked = [{"number": foreign.number}, {"external_id": foreign.external_id}, {"user": foreign.user}]
    for by in [*asked, {"number": "99999999"}]:
        with pytest.raises(CardNotFound) as refused:
            selectors.find_card(program="club", **by)
        assert refused.value.details == {}


@pytest.mark.parametrize("by", [{}, {"number": "1", "external_id": "1"}, {"number": "1", "user": object()}])
def test_one_of_the_three_is_given(program, by):
    with pytest.raises(TypeError):
        selectors.find_card(**by)


def test_a_text_means_a_number_first(program, plastic):
    other = services.enrol_card(external_id="01815A6CEH42")

    assert selectors.resolve_card("01815a6ceh42") == plastic
    assert selectors.find_card(external_id="01815A6CEH42") == other
    assert selectors.resolve_card("anna") == plastic


def test_a_card_given_must_be_of_the_program_named(plastic):
    other = services.create_program(slug="other")

    assert selectors.resolve_card(plastic) is plastic
    assert selectors.resolve_card(plastic, program="club") is plastic
    with pytest.raises(CardNotFound):
        selectors.resolve_card(plastic, program=other)


@pytest.mark.parametrize(("by", "queries"), [("number", 1), ("external_id", 1), ("user", 1)])
def test_one_query(program, django_assert_num_queries, by, queries):
    user = UserFactory()
    card = services.enrol_card(external_id="anna", user=user)
    value = {"number": card.number, "external_id": "anna", "user": user}[by]

    with django_assert_num_queries(queries):
        found = selectors.find_card(program=program, **{by: value})
        assert found.program.slug == "club"
