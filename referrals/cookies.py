"""The cookie that keeps a visit by link: signed, first-party, nothing of the person in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core import signing

from referrals.conf import referrals_settings

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

_SALT = "referrals.visit"
_VERSION = 1
_DAY = 24 * 60 * 60
_LONGEST = 300
_LARGEST_KEY = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Kept:
    """What the cookie says: the key of the visit that counts, and the random name of this browser."""

    visit_id: int
    visitor: str


def read_cookie(request: HttpRequest) -> Kept | None:
    """What the browser kept; None for no cookie, a forged, an old or a broken one, and one of another site's key."""
    value = request.COOKIES.get(referrals_settings.COOKIE_NAME, "")
    if not value or len(value) > _LONGEST:
        return None
    try:
        found = signing.loads(value, salt=_SALT, max_age=referrals_settings.COOKIE_DAYS * _DAY)
    except (signing.BadSignature, ValueError):
        return None
    match found:
        case [1, int(visit_id), str(visitor)] if 0 < visit_id <= _LARGEST_KEY and visitor:
            return Kept(visit_id, visitor)
    return None


def write_cookie(response: HttpResponseBase, request: HttpRequest, kept: Kept) -> None:
    """Let the browser keep a visit, from now on for REFERRALS["COOKIE_DAYS"]."""
    response.set_cookie(
        referrals_settings.COOKIE_NAME,
        signing.dumps([_VERSION, kept.visit_id, kept.visitor], salt=_SALT),
        max_age=referrals_settings.COOKIE_DAYS * _DAY,
        path="/",
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )


def drop_cookie(response: HttpResponseBase) -> None:
    """Let the browser forget the visit."""
    response.delete_cookie(referrals_settings.COOKIE_NAME, path="/", samesite="Lax")
