"""Browsers, and the site that they visit."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.test import Client

MIDDLEWARE = [*settings.MIDDLEWARE, "referrals.middleware.ReferralMiddleware"]
COOKIE = "referral"

# What a browser sends when somebody follows a link from another site.
NAVIGATION = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
    "Sec-Fetch-Site": "cross-site",
    "Sec-Fetch-User": "?1",
    "User-Agent": "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36",
}


def browser(**headers: str) -> Client:
    """A person's browser; headers may be changed, and taken away by an empty text."""
    merged = {**NAVIGATION, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return Client(headers={name: value for name, value in merged.items() if value})


def cookie_of(client: Client) -> str:
    """What the browser keeps of a visit; empty for nothing."""
    morsel: Any = client.cookies.get(COOKIE)
    return "" if morsel is None else morsel.value
