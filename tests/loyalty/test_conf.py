"""The dict LOYALTY: typed, defaulted, read at access."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from loyalty.conf import LoyaltySettings, loyalty_settings

DEFAULTS = {
    "PROCESSING": "inline",
    "BATCH_SIZE": 1000,
    "MAX_ATTEMPTS": 5,
    "RETRY_DELAYS": (10, 60, 300, 1800),
    "CLAIM_WAIT_SECONDS": 2.0,
    "DEFAULT_PROGRAM": None,
    "EXPIRY_NOTICE_DAYS": 30,
    "HOLD_MINUTES": 10_080,
    "CARD_NUMBER_PATTERN": "###########*",
    "OUTBOX_BATCH": 500,
    "STUCK_AFTER_HOURS": 24,
    "PURCHASE_SOURCE": "shop",
    "ENROL_NEW_USERS": False,
    "TRACE_DAYS": None,
    "ADJUSTMENT_LIMIT": None,
    "CANCEL_MINUTES": 0,
    "TOKEN_SECONDS": 60,
    "API_RATE": "600/minute",
    "TILL_RATE": None,
    "GUESS_RATE": "30/minute",
    "UPLOAD_LINES": 5_000,
    "UPLOAD_BYTES": 8_388_608,
}
DECLARED = pytest.mark.parametrize("declared", LoyaltySettings.declared, ids=lambda declared: declared.name)


def test_without_a_dict_every_key_has_its_default(settings: Any) -> None:
    del settings.LOYALTY

    assert {one.name: getattr(loyalty_settings, one.name) for one in LoyaltySettings.declared} == DEFAULTS


@DECLARED
def test_a_default_is_what_a_host_could_write(declared: Any, settings: Any) -> None:
    settings.LOYALTY = {declared.name: declared.default}

    assert getattr(loyalty_settings, declared.name) == declared.default
    assert loyalty_settings.find_problems() == []


@DECLARED
def test_every_key_says_what_it_is_for(declared: Any) -> None:
    assert declared.help.endswith(".")
    assert declared.kind.wants


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("PROCESSING", "deferred", "deferred"),
        ("BATCH_SIZE", 1, 1),
        ("BATCH_SIZE", 5000, 5000),
        ("RETRY_DELAYS", [1, 1, 2], (1, 1, 2)),
        ("RETRY_DELAYS", (60,), (60,)),
        ("CLAIM_WAIT_SECONDS", 0, 0.0),
        ("CLAIM_WAIT_SECONDS", 0.5, 0.5),
        ("DEFAULT_PROGRAM", "coffee-club", "coffee-club"),
        ("CARD_NUMBER_PATTERN", "77##########*", "77##########*"),
    ],
)
def test_the_hosts_value_is_read_at_access(name: str, value: object, read: object, settings: Any) -> None:
    settings.LOYALTY = {name: value}

    assert getattr(loyalty_settings, name) == read
    assert type(getattr(loyalty_settings, name)) is type(read)


def test_a_change_is_seen_at_once(settings: Any) -> None:
    settings.LOYALTY = {"BATCH_SIZE": 10}
    before = loyalty_settings.BATCH_SIZE
    settings.LOYALTY = {"BATCH_SIZE": 20}

    assert (before, loyalty_settings.BATCH_SIZE) == (10, 20)


def test_a_key_that_is_not_declared_is_no_attribute() -> None:
    with pytest.raises(AttributeError):
        loyalty_settings.BATCHSIZE  # type: ignore[attr-defined]  # noqa: B018


def test_a_wrong_value_is_refused_at_access_too(settings: Any) -> None:
    settings.LOYALTY = {"BATCH_SIZE": 0}

    with pytest.raises(ImproperlyConfigured) as caught:
        loyalty_settings.BATCH_SIZE  # noqa: B018
    assert str(caught.value) == (
        'LOYALTY["BATCH_SIZE"] must be a whole number from 1 to 5000. '
        "Correct it, or leave it out for the default: 1000."
    )


def test_what_is_no_dict_is_refused_at_access_too(settings: Any) -> None:
    settings.LOYALTY = ["BATCH_SIZE"]

    with pytest.raises(ImproperlyConfigured, match="LOYALTY must be a dict"):
        loyalty_settings.BATCH_SIZE  # noqa: B018
