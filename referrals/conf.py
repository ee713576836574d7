"""Settings: the dict REFERRALS in the host's settings."""

from __future__ import annotations

from loyalty.conf import Kind, Setting, SettingsDict
from loyalty.exceptions import InvalidAmount
from loyalty.money import to_minor

_FINEST = 4  # no currency of ISO 4217 has more decimals


def positive_amount() -> Kind[str]:
    """An amount of money above zero, as text."""

    def is_value(value: str) -> bool:
        try:
            return to_minor(value, _FINEST) > 0
        except InvalidAmount:
            return False

    wants = 'an amount above zero in quotes, such as "0.01"'
    return Kind(wants, lambda value: isinstance(value, str), is_value, str)


class ReferralsSettings(SettingsDict):
    """The dict REFERRALS."""

    dict_name = "REFERRALS"

    QUALIFY_MINIMUM = Setting(
        "0.01",
        positive_amount(),
        "Smallest purchase by which a friend qualifies, in the program's purchase currency; "
        "holds for friends who register from now on.",
    )


referrals_settings = ReferralsSettings()
