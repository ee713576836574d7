"""System checks of the settings: every mistake has an id and says how to mend it.

| id | mistake |
|---|---|
| E001 | the setting is not a dict |
| E002 | the dict has a key that does not exist |
| E003 | a value is of the wrong type |
| E004 | a value is out of range or not one of the choices |
| W002 | (`check --deploy`) the default cache cannot count for all processes, so the throttles of the API do not hold |
| W003 | (`check --deploy`) it is not said how many proxies stand before the site, so all behind one are one guesser |

Each app puts its label before the id: loyalty.E001, loyalty_referrals.E001.
"""

from __future__ import annotations

from django.core.cache import caches
from django.core.checks import CheckMessage, Error, Warning, register
from rest_framework.settings import api_settings

from loyalty.conf import Mistake, SettingsDict, loyalty_settings

_IDS: dict[Mistake, str] = {
    "not_a_dict": "E001",
    "unknown_key": "E002",
    "wrong_type": "E003",
    "wrong_value": "E004",
}


def check_settings_dict(declared: SettingsDict, *, label: str) -> list[CheckMessage]:
    """One error for each mistake in a settings dict, with ids under the app's `label`."""
    return [
        Error(problem.text, hint=problem.hint, id=f"{label}.{_IDS[problem.mistake]}")
        for problem in declared.find_problems()
    ]


@register("loyalty")
def check_loyalty_settings(**_options: object) -> list[CheckMessage]:
    """The dict LOYALTY."""
    return check_settings_dict(loyalty_settings, label="loyalty")


# Each process counts by itself, or counts by reading and then writing: both let through what they should not.
_CANNOT_COUNT = ("LocMemCache", "DummyCache", "DatabaseCache", "FileBasedCache")


@register("loyalty", deploy=True)
def check_cache(**_options: object) -> list[CheckMessage]:
    """The cache in which the throttles of the API count."""
    rates = (loyalty_settings.API_RATE, loyalty_settings.TILL_RATE, loyalty_settings.GUESS_RATE)
    cache = type(caches["default"]).__name__
    if cache not in _CANNOT_COUNT or not any(rates):
        return []
    return [
        Warning(
            f"The throttles of the API do not hold with {cache}: it does not count for all processes at once.",
            hint="Use a cache that they share, Redis or Memcached, as the default one.",
            id="loyalty.W002",
        )
    ]


@register("loyalty", deploy=True)
def check_proxies(**_options: object) -> list[CheckMessage]:
    """Whether the throttle of guesses knows the address of whoever asks."""
    if api_settings.NUM_PROXIES is not None or loyalty_settings.GUESS_RATE is None:
        return []
    return [
        Warning(
            "It is not said how many proxies stand before the site: all who come through one are one guesser.",
            hint='Set REST_FRAMEWORK["NUM_PROXIES"]: 0 where there is none.',
            id="loyalty.W003",
        )
    ]
