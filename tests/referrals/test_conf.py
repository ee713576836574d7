"""The dict REFERRALS and the checks of its mistakes."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.checks import Error, run_checks
from django.core.exceptions import ImproperlyConfigured

from referrals.checks import check_referrals_settings
from referrals.conf import ReferralsSettings, referrals_settings

HINT = "Correct it, or leave it out for the default: '0.01'."
WANTS = 'REFERRALS["QUALIFY_MINIMUM"] must be an amount above zero in quotes, such as "0.01".'


def test_without_a_dict_every_key_has_its_default() -> None:
    assert {one.name: getattr(referrals_settings, one.name) for one in ReferralsSettings.declared} == {
        "QUALIFY_MINIMUM": "0.01",
        "SITE_URL": None,
        "PARAMETER": "ref",
        "LANDING_URL": "/",
        "LANDING_PAGES": {},
        "COOKIE_NAME": "referral",
        "COOKIE_DAYS": 90,
        "TOUCH": "last",
        "CONSENT": None,
        "LATE_CODE_DAYS": 30,
    }


@pytest.mark.parametrize("value", ["0.01", "5", "12.345", "0.0001"])
def test_a_minimum_is_an_amount_of_any_currency(value: str, settings: Any) -> None:
    settings.REFERRALS = {"QUALIFY_MINIMUM": value}

    assert value == referrals_settings.QUALIFY_MINIMUM
    assert check_referrals_settings() == []


@pytest.mark.parametrize("value", [1, 0.01, None, ["0.01"]], ids=repr)
def test_e003_a_minimum_of_the_wrong_type(value: object, settings: Any) -> None:
    settings.REFERRALS = {"QUALIFY_MINIMUM": value}

    assert check_referrals_settings() == [Error(WANTS, hint=HINT, id="loyalty_referrals.E003")]


@pytest.mark.parametrize(
    "value", ["0", "0.00", "-1", "1e3", "NaN", "", " 1", "0.00001", "1,5", "١"], ids=repr
)
def test_e004_a_minimum_that_is_no_amount_above_zero(value: str, settings: Any) -> None:
    settings.REFERRALS = {"QUALIFY_MINIMUM": value}

    assert check_referrals_settings() == [Error(WANTS, hint=HINT, id="loyalty_referrals.E004")]
    with pytest.raises(ImproperlyConfigured):
        _ = referrals_settings.QUALIFY_MINIMUM


def test_the_checks_are_run_with_all_others(settings: Any) -> None:
    settings.REFERRALS = {"QUALIFY_MINIMUN": "1"}

    (error,) = run_checks(tags=["loyalty_referrals"])
    assert error == Error(
        "REFERRALS has no key 'QUALIFY_MINIMUN'.",
        hint='Did you mean "QUALIFY_MINIMUM"?',
        id="loyalty_referrals.E002",
    )


def test_every_key_says_what_it_is_for() -> None:
    assert all(one.help.endswith(".") and one.kind.wants for one in ReferralsSettings.declared)
