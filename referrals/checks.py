"""System checks of the settings: loyalty_referrals.E001 to E004, as listed in `loyalty.checks`."""

from __future__ import annotations

from django.core.checks import CheckMessage, register

from loyalty.checks import check_settings_dict
from referrals.conf import referrals_settings


@register("loyalty_referrals")
def check_referrals_settings(**_options: object) -> list[CheckMessage]:
    """The dict REFERRALS."""
    return check_settings_dict(referrals_settings, label="loyalty_referrals")
