"""Settings: the dict REFERRALS in the host's settings."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.conf import settings
from django.utils.module_loading import import_string

from loyalty.conf import Kind, Setting, SettingsDict, choice, optional, whole
from loyalty.exceptions import InvalidAmount
from loyalty.money import to_minor

_FINEST = 4  # no currency of ISO 4217 has more decimals
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")
_PATH = re.compile(r"/(?:[^/\\\s\x00-\x1f][^\\\s\x00-\x1f]*)?")
_URL_NAME = re.compile(r"[\w.:-]{1,200}")
_SITE = re.compile(r"https?://[^\s/\\?#@]+(?:/[^\s\\?#]*)?")


def positive_amount() -> Kind[str]:
    """An amount of money above zero, as text."""

    def is_value(value: str) -> bool:
        try:
            return to_minor(value, _FINEST) > 0
        except InvalidAmount:
            return False

    wants = 'an amount above zero in quotes, such as "0.01"'
    return Kind(wants, _is_text, is_value, str)


def token() -> Kind[str]:
    """A word that is safe as the name of a cookie or of a query parameter."""
    wants = "a word of at most 64 letters, digits, hyphens and underscores"
    return Kind(wants, _is_text, lambda value: _TOKEN.fullmatch(value) is not None, str)


def page() -> Kind[str]:
    """A page of this site, never one elsewhere: a path such as "/welcome/", or the name of a URL."""
    wants = 'a path that begins with one slash, such as "/welcome/", or the name of a URL'
    return Kind(wants, _is_text, _is_page, str)


def pages() -> Kind[Mapping[str, str]]:
    """Pages of this site by the word that chooses them."""

    def is_type(value: object) -> bool:
        return isinstance(value, dict) and all(_is_text(part) for pair in value.items() for part in pair)

    def is_value(value: dict[str, str]) -> bool:
        return all(_TOKEN.fullmatch(key) and _is_page(where) for key, where in value.items())

    wants = 'a dict from words to pages, such as {"sale": "/sale/"}'
    return Kind(wants, is_type, is_value, dict)


def site() -> Kind[str]:
    """The address under which the site is reached."""
    wants = 'an address such as "https://shop.example"'
    return Kind(wants, _is_text, lambda value: _SITE.fullmatch(value) is not None, lambda v: v.rstrip("/"))


def consent() -> Kind[str]:
    """The name of a cookie, or the dotted path of a function that takes the request and gives yes or no."""

    def is_value(value: str) -> bool:
        if "." not in value:
            return _TOKEN.fullmatch(value) is not None
        try:
            return callable(import_string(value))
        except Exception:  # whatever keeps it from being imported, it is no function
            return False

    wants = 'the name of a cookie, or the dotted path of a function, such as "shop.consent.is_given"'
    return Kind(wants, _is_text, is_value, str)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_page(value: str) -> bool:
    return (_PATH if value.startswith("/") else _URL_NAME).fullmatch(value) is not None


class ReferralsSettings(SettingsDict):
    """The dict REFERRALS."""

    dict_name = "REFERRALS"

    QUALIFY_MINIMUM = Setting(
        "0.01",
        positive_amount(),
        "Smallest purchase by which a friend qualifies, in the program's purchase currency; "
        "holds for friends who register from now on.",
    )
    SITE_URL: Setting[str | None] = Setting(
        None,
        optional(site()),
        "Address that links begin with; None: that of the request, or of `django.contrib.sites`.",
    )
    PARAMETER = Setting("ref", token(), "Query parameter that carries a code on any page of the site.")
    LANDING_URL = Setting("/", page(), "Page to which a link leads.")
    LANDING_PAGES: Setting[Mapping[str, str]] = Setting(
        {}, pages(), "Other pages that a link may lead to, chosen by its `?to=`."
    )
    COOKIE_NAME = Setting("referral", token(), "Name of the cookie that keeps a visit by link.")
    COOKIE_DAYS = Setting(90, whole(1, 400), "For how many days a visit by link is remembered.")
    TOUCH = Setting("last", choice("last", "first"), "Which of several visits by link brings the friend.")
    CONSENT: Setting[str | None] = Setting(
        None,
        optional(consent()),
        "What says that a visitor agreed to the cookie; until then the code stays in the address. None: nobody is asked.",
    )
    LATE_CODE_DAYS = Setting(
        30, whole(0, 3_650), "For how many days after joining a member may still enter a code; 0: not at all."
    )


referrals_settings = ReferralsSettings()


def uses_middleware() -> bool:
    """Whether the host's MIDDLEWARE has ours."""
    return "referrals.middleware.ReferralMiddleware" in settings.MIDDLEWARE
