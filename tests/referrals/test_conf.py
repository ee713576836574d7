"""The dict REFERRALS and the checks of its mistakes."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.checks import Error, run_checks
from django.core.exceptions import ImproperlyConfigured

from referrals.checks import check_links, check_referrals_settings
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


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("SITE_URL", "https://shop.example"),
        ("SITE_URL", "http://localhost:8000/de"),
        ("SITE_URL", None),
        ("PARAMETER", "friend_code"),
        ("LANDING_URL", "/"),
        ("LANDING_URL", "/willkommen/?from=friend#top"),
        ("LANDING_URL", "shop:home"),
        ("LANDING_PAGES", {"sale": "/sale/", "app": "shop:app"}),
        ("COOKIE_NAME", "shop-friend"),
        ("COOKIE_DAYS", 400),
        ("TOUCH", "first"),
        ("CONSENT", "cookie_consent"),
        ("CONSENT", "tests.referrals.test_conf.agrees"),
        ("LATE_CODE_DAYS", 0),
    ],
    ids=repr,
)
def test_what_a_host_may_say_of_links(key: str, value: object, settings: Any) -> None:
    settings.REFERRALS = {key: value}

    assert check_referrals_settings() == []
    assert getattr(referrals_settings, key) == value


def agrees(request: object) -> bool:
    return True


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("SITE_URL", "shop.example"),
        ("SITE_URL", "javascript://shop.example"),
        ("SITE_URL", "https://shop.example/?a=1"),
        ("SITE_URL", "https://user@shop.example"),
        ("PARAMETER", "a b"),
        ("PARAMETER", ""),
        ("LANDING_URL", "https://evil.example/"),
        ("LANDING_URL", "//evil.example/"),
        ("LANDING_URL", "/\\evil.example/"),
        ("LANDING_URL", "/a\nb"),
        ("LANDING_URL", ""),
        ("LANDING_PAGES", {"sale": "//evil.example"}),
        ("LANDING_PAGES", {"": "/sale/"}),
        ("COOKIE_NAME", "a;b"),
        ("COOKIE_DAYS", 0),
        ("TOUCH", "middle"),
        ("CONSENT", "a cookie"),
        ("CONSENT", "no.such.function"),
        ("CONSENT", "tests.referrals.test_conf.HINT"),
        ("LATE_CODE_DAYS", -1),
    ],
    ids=repr,
)
def test_e004_what_a_host_may_not_say_of_links(key: str, value: object, settings: Any) -> None:
    settings.REFERRALS = {key: value}

    assert [error.id for error in check_referrals_settings()] == ["loyalty_referrals.E004"]


@pytest.mark.parametrize(
    ("key", "value"),
    [("LANDING_PAGES", ["/"]), ("LANDING_PAGES", {"a": 1}), ("CONSENT", True), ("SITE_URL", 1)],
    ids=repr,
)
def test_e003_what_is_no_text(key: str, value: object, settings: Any) -> None:
    settings.REFERRALS = {key: value}

    assert [error.id for error in check_referrals_settings()] == ["loyalty_referrals.E003"]


MIDDLEWARE = "referrals.middleware.ReferralMiddleware"


@pytest.mark.parametrize(
    ("referrals", "middleware", "ids"),
    [
        ({}, [], []),
        ({"CONSENT": "ok"}, [MIDDLEWARE], []),
        ({"CONSENT": "ok"}, [], ["loyalty_referrals.W001"]),
        ({"LANDING_URL": "admin:index"}, [], []),
        ({"LANDING_URL": "nowhere"}, [], ["loyalty_referrals.W002"]),
        ({"LANDING_PAGES": {"a": "/a/", "b": "nowhere"}}, [], ["loyalty_referrals.W002"]),
        ({"CONSENT": 1}, [], []),
    ],
    ids=["nothing", "read", "never read", "page", "no page", "no other page", "a mistake of another kind"],
)
def test_settings_that_cannot_work_on_this_site(
    referrals: dict[str, Any], middleware: list[str], ids: list[str], settings: Any
) -> None:
    settings.REFERRALS, settings.MIDDLEWARE = referrals, middleware

    assert [warning.id for warning in check_links()] == ids
