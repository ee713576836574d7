"""System checks of the settings: loyalty_referrals.E001 to E004, as listed in `loyalty.checks`, and those below.

| id | mistake |
|---|---|
| W001 | codes wait in addresses for a consent, and nothing reads them: the middleware is missing |
| W002 | a landing page is the name of a URL that does not exist |
"""

from __future__ import annotations

from django.core.checks import CheckMessage, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.urls import NoReverseMatch, reverse

from loyalty.checks import check_settings_dict
from referrals.conf import referrals_settings, uses_middleware


@register("loyalty_referrals")
def check_referrals_settings(**_options: object) -> list[CheckMessage]:
    """The dict REFERRALS."""
    return check_settings_dict(referrals_settings, label="loyalty_referrals")


@register("loyalty_referrals")
def check_links(**_options: object) -> list[CheckMessage]:
    """Whether what REFERRALS says of links can work on this site."""
    try:
        consent = referrals_settings.CONSENT
        pages = [referrals_settings.LANDING_URL, *referrals_settings.LANDING_PAGES.values()]
    except ImproperlyConfigured:
        return []  # told above
    messages: list[CheckMessage] = []
    if consent is not None and not uses_middleware():
        messages.append(
            Warning(
                'With REFERRALS["CONSENT"] codes wait in addresses, and nothing reads them there.',
                hint='Add "referrals.middleware.ReferralMiddleware" to MIDDLEWARE.',
                id="loyalty_referrals.W001",
            )
        )
    return messages + [
        Warning(
            f"REFERRALS names the landing page {page!r}, and there is no URL of that name.",
            hint='Write the name of a URL without arguments, or a path such as "/welcome/".',
            id="loyalty_referrals.W002",
        )
        for page in pages
        if not page.startswith("/") and not _exists(page)
    ]


def _exists(name: str) -> bool:
    try:
        reverse(name)
    except NoReverseMatch:
        return False
    return True
