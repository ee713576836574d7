"""System checks of the settings: each mistake has its id and its hint."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.checks import Error, run_checks

from loyalty.checks import check_loyalty_settings, check_settings_dict
from loyalty.conf import Setting, SettingsDict, slug, whole

DEFAULT_HINTS = {
    "PROCESSING": "'inline'",
    "BATCH_SIZE": "1000",
    "MAX_ATTEMPTS": "5",
    "RETRY_DELAYS": "(10, 60, 300, 1800)",
    "CLAIM_WAIT_SECONDS": "2.0",
    "DEFAULT_PROGRAM": "None",
    "EXPIRY_NOTICE_DAYS": "30",
    "HOLD_MINUTES": "10080",
    "CARD_NUMBER_PATTERN": "'###########*'",
    "OUTBOX_BATCH": "500",
    "STUCK_AFTER_HOURS": "24",
    "PURCHASE_SOURCE": "'shop'",
    "ENROL_NEW_USERS": "False",
    "TRACE_DAYS": "None",
    "ADJUSTMENT_LIMIT": "None",
    "CANCEL_MINUTES": "0",
    "TOKEN_SECONDS": "60",
    "API_RATE": "'600/minute'",
    "TILL_RATE": "None",
    "GUESS_RATE": "'30/minute'",
    "UPLOAD_LINES": "5000",
    "UPLOAD_BYTES": "8388608",
}
DELAYS = "a list of whole seconds, each at least 1 and none shorter than the one before"
SLUG = "a slug of at most 50 letters, digits, hyphens and underscores"
RATE = 'a rate such as "30/minute" (second, minute, hour or day)'
PATTERN = "a pattern of 12 characters or more, at least 8 of them # (random), ending in * (check character)"


class FriendsSettings(SettingsDict):
    dict_name = "FRIENDS"

    LINK_PATH = Setting("r", slug(), "Where links start.")
    WINDOW_DAYS = Setting(90, whole(1, 365), "How long a visit counts.")


@pytest.mark.parametrize(
    "value", [{}, {"BATCH_SIZE": 10}, {"DEFAULT_PROGRAM": None, "HOLD_MINUTES": 1}], ids=repr
)
def test_good_settings_raise_nothing(value: dict[str, object], settings: Any) -> None:
    settings.LOYALTY = value

    assert check_loyalty_settings() == []


def test_settings_left_out_raise_nothing(settings: Any) -> None:
    del settings.LOYALTY

    assert check_loyalty_settings() == []


@pytest.mark.parametrize("value", [None, [], "inline", ("PROCESSING", "inline")], ids=repr)
def test_e001_not_a_dict(value: object, settings: Any) -> None:
    settings.LOYALTY = value

    assert check_loyalty_settings() == [
        Error(
            "The setting LOYALTY must be a dict.",
            hint='Write it as LOYALTY = {"PROCESSING": ...}, or leave it out.',
            id="loyalty.E001",
        )
    ]


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("BATCHSIZE", 'Did you mean "BATCH_SIZE"?'),
        ("batch_size", 'Did you mean "BATCH_SIZE"?'),
        ("RETRY_DELAY", 'Did you mean "RETRY_DELAYS"?'),
        ("COLOUR", f"The keys are {', '.join(DEFAULT_HINTS)}."),
        (7, f"The keys are {', '.join(DEFAULT_HINTS)}."),
    ],
)
def test_e002_unknown_key(key: object, hint: str, settings: Any) -> None:
    settings.LOYALTY = {key: 1}

    assert check_loyalty_settings() == [Error(f"LOYALTY has no key {key!r}.", hint=hint, id="loyalty.E002")]


@pytest.mark.parametrize(
    ("key", "value", "wants"),
    [
        ("PROCESSING", True, 'one of "inline", "deferred"'),
        ("BATCH_SIZE", "100", "a whole number from 1 to 5000"),
        ("BATCH_SIZE", 100.0, "a whole number from 1 to 5000"),
        ("BATCH_SIZE", True, "a whole number from 1 to 5000"),
        ("MAX_ATTEMPTS", None, "a whole number from 1 to 100"),
        ("RETRY_DELAYS", 10, DELAYS),
        ("RETRY_DELAYS", ["10"], DELAYS),
        ("RETRY_DELAYS", [1.5], DELAYS),
        ("RETRY_DELAYS", {10: 60}, DELAYS),
        ("CLAIM_WAIT_SECONDS", "2", "a number from 0 to 60"),
        ("CLAIM_WAIT_SECONDS", False, "a number from 0 to 60"),
        ("DEFAULT_PROGRAM", 1, f"{SLUG}, or None"),
        ("EXPIRY_NOTICE_DAYS", "30", "a whole number from 0 to 3650"),
        ("HOLD_MINUTES", None, "a whole number from 1 to 525600"),
        ("CARD_NUMBER_PATTERN", 12, PATTERN),
        ("OUTBOX_BATCH", "500", "a whole number from 1 to 10000"),
        ("STUCK_AFTER_HOURS", 1.5, "a whole number from 1 to 8760"),
        ("PURCHASE_SOURCE", None, SLUG),
        ("API_RATE", 600, f"{RATE}, or None"),
    ],
)
def test_e003_wrong_type(key: str, value: object, wants: str, settings: Any) -> None:
    settings.LOYALTY = {key: value}

    assert check_loyalty_settings() == [
        Error(
            f'LOYALTY["{key}"] must be {wants}.',
            hint=f"Correct it, or leave it out for the default: {DEFAULT_HINTS[key]}.",
            id="loyalty.E003",
        )
    ]


@pytest.mark.parametrize(
    ("key", "value", "wants"),
    [
        ("PROCESSING", "later", 'one of "inline", "deferred"'),
        ("PROCESSING", "", 'one of "inline", "deferred"'),
        ("BATCH_SIZE", 0, "a whole number from 1 to 5000"),
        ("BATCH_SIZE", 5001, "a whole number from 1 to 5000"),
        ("MAX_ATTEMPTS", 0, "a whole number from 1 to 100"),
        ("RETRY_DELAYS", [], DELAYS),
        ("RETRY_DELAYS", [0, 10], DELAYS),
        ("RETRY_DELAYS", [60, 10], DELAYS),
        ("CLAIM_WAIT_SECONDS", -0.1, "a number from 0 to 60"),
        ("CLAIM_WAIT_SECONDS", float("nan"), "a number from 0 to 60"),
        ("CLAIM_WAIT_SECONDS", float("inf"), "a number from 0 to 60"),
        ("DEFAULT_PROGRAM", "", f"{SLUG}, or None"),
        ("DEFAULT_PROGRAM", "coffee club", f"{SLUG}, or None"),
        ("EXPIRY_NOTICE_DAYS", -1, "a whole number from 0 to 3650"),
        ("HOLD_MINUTES", 0, "a whole number from 1 to 525600"),
        ("GUESS_RATE", "0/minute", f"{RATE}, or None"),
        ("GUESS_RATE", "30/week", f"{RATE}, or None"),
        ("CARD_NUMBER_PATTERN", "######*", PATTERN),
        ("CARD_NUMBER_PATTERN", "VIP########*", PATTERN),
        ("OUTBOX_BATCH", 0, "a whole number from 1 to 10000"),
        ("STUCK_AFTER_HOURS", 0, "a whole number from 1 to 8760"),
        ("PURCHASE_SOURCE", "x" * 51, SLUG),
        ("PURCHASE_SOURCE", "shop\n", SLUG),
    ],
)
def test_e004_wrong_value(key: str, value: object, wants: str, settings: Any) -> None:
    settings.LOYALTY = {key: value}

    assert check_loyalty_settings() == [
        Error(
            f'LOYALTY["{key}"] must be {wants}.',
            hint=f"Correct it, or leave it out for the default: {DEFAULT_HINTS[key]}.",
            id="loyalty.E004",
        )
    ]


def test_every_mistake_is_named_in_one_go(settings: Any) -> None:
    settings.LOYALTY = {"BATCH_SIZE": 0, "COLOUR": "red", "HOLD_MINUTES": "8", "MAX_ATTEMPTS": 2}

    assert [error.id for error in check_loyalty_settings()] == [
        "loyalty.E004",
        "loyalty.E002",
        "loyalty.E003",
    ]


def test_the_check_is_registered(settings: Any) -> None:
    settings.LOYALTY = {"BATCH_SIZE": 0}

    assert "loyalty.E004" in [error.id for error in run_checks(tags=["loyalty"])]


def test_another_apps_dict_is_checked_under_its_own_label(settings: Any) -> None:
    settings.FRIENDS = {"LINK_PATH": "a/b", "WINDOW": 30}

    assert check_settings_dict(FriendsSettings(), label="friends") == [
        Error(
            f'FRIENDS["LINK_PATH"] must be {SLUG}.',
            hint="Correct it, or leave it out for the default: 'r'.",
            id="friends.E004",
        ),
        Error("FRIENDS has no key 'WINDOW'.", hint='Did you mean "WINDOW_DAYS"?', id="friends.E002"),
    ]


def test_a_message_holds_no_value_of_the_hosts(settings: Any) -> None:
    settings.LOYALTY = {"PURCHASE_SOURCE": "a secret", "BATCH_SIZE": "a secret"}

    messages = [f"{error.msg} {error.hint}" for error in check_loyalty_settings()]

    assert len(messages) == 2
    assert not any("a secret" in message for message in messages)
