"""System checks of the settings: every mistake has an id and says how to mend it.

| id | mistake |
|---|---|
| E001 | the setting is not a dict |
| E002 | the dict has a key that does not exist |
| E003 | a value is of the wrong type |
| E004 | a value is out of range or not one of the choices |

Each app puts its label before the id: loyalty.E001, loyalty_referrals.E001.
"""

from __future__ import annotations

from django.core.checks import CheckMessage, Error, register

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
