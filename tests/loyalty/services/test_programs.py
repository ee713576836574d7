"""Which program is meant, and setting one up."""

import pytest
from django.core.exceptions import ValidationError

from loyalty import services
from loyalty.exceptions import CurrencyNotFound, CurrencyNotSpendable, ProgramAmbiguous, ProgramNotFound
from loyalty.models import Currency, Program
from loyalty.selectors.programs import get_spending_currency
from tests.factories import CurrencyFactory, ProgramFactory

pytestmark = pytest.mark.django_db


def test_the_only_program_is_meant_when_none_is_named():
    only = ProgramFactory()

    assert services.get_program() == only


def test_no_program_at_all():
    with pytest.raises(ProgramNotFound):
        services.get_program()


def test_several_programs_need_a_name():
    ProgramFactory.create_batch(2)

    with pytest.raises(ProgramAmbiguous):
        services.get_program()


def test_the_default_of_the_settings_is_meant_among_several(settings):
    ProgramFactory()
    ours = ProgramFactory(slug="ours")
    settings.LOYALTY = {"DEFAULT_PROGRAM": "ours"}

    assert services.get_program() == ours


def test_a_program_is_found_by_slug_or_is_given():
    program, _other = ProgramFactory(slug="ours"), ProgramFactory()

    assert services.get_program("ours") == program
    assert services.get_program(program) is program


@pytest.mark.parametrize("slug", ["nobody", "a\0b", "\ud800"])
def test_an_unknown_program(slug):
    with pytest.raises(ProgramNotFound):
        services.get_program(slug)


def test_a_program_with_its_currencies():
    program = services.create_program(
        slug="corner-shop",
        purchase_currency="JPY",
        timezone="Asia/Tokyo",
        currencies=[{"code": "points", "validity": "P1Y"}, {"code": "yen-back", "spendable": False}],
    )

    assert (program.name, program.decimals, program.zone.key) == ("Corner shop", 0, "Asia/Tokyo")
    assert list(program.currencies.values_list("code", "name", "validity", "spendable")) == [
        ("points", "Points", "P1Y", True),
        ("yen-back", "Yen back", None, False),
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"timezone": "Mars/Olympus"}, id="time-zone"),
        pytest.param({"purchase_currency": "eur"}, id="currency"),
        pytest.param({"slug": "a b"}, id="slug"),
        pytest.param({"card_number_pattern": "1234"}, id="pattern"),
        pytest.param({"currencies": [{"code": "points", "hold": "14 days"}]}, id="hold"),
        pytest.param({"currencies": [{"code": "points"}, {"code": "points"}]}, id="same-code"),
    ],
)
def test_a_wrong_program_leaves_nothing_behind(wrong):
    with pytest.raises(ValidationError):
        services.create_program(**{"slug": "club"} | wrong)

    assert (Program.objects.count(), Currency.objects.count()) == (0, 0)


def test_the_only_currency_that_can_be_spent():
    points = CurrencyFactory()
    CurrencyFactory(program=points.program, status_only=True)

    assert get_spending_currency(points.program) == points


def test_no_currency_can_be_spent():
    with pytest.raises(CurrencyNotSpendable):
        get_spending_currency(CurrencyFactory(status_only=True).program)


def test_several_currencies_can_be_spent():
    points = CurrencyFactory()
    CurrencyFactory(program=points.program, code="credit")

    with pytest.raises(CurrencyNotFound):
        get_spending_currency(points.program)
