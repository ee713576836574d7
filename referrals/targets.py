"""Where a link leads: pages of this site that the host named, never an address that came with the request."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.http import QueryDict
from django.urls import NoReverseMatch, reverse
from django.utils.encoding import escape_uri_path
from django.utils.http import escape_leading_slashes

from referrals.conf import referrals_settings

if TYPE_CHECKING:
    from django.http import HttpRequest

logger = logging.getLogger("referrals.visits")

CHOICE = "to"
CHANNEL = "via"
_LONGEST_QUERY = 1_000


def landing_page(request: HttpRequest) -> str:
    """The path to which a link leads: REFERRALS["LANDING_URL"], or what `?to=` chooses of LANDING_PAGES."""
    chosen = referrals_settings.LANDING_PAGES.get(request.GET.get(CHOICE, ""))
    page = chosen or referrals_settings.LANDING_URL
    if page.startswith("/"):
        return page
    try:
        return reverse(page)
    except NoReverseMatch:
        logger.error("REFERRALS names a landing page that does not exist: %r.", page)
        return "/"


def with_query(path: str, request: HttpRequest, *, code: str | None = None) -> str:
    """`path` with what else the request asked (a campaign's marks, say), without our own words; `code` is put back."""
    kept: QueryDict = request.GET.copy()
    for name in (referrals_settings.PARAMETER, CHOICE, CHANNEL):
        kept.pop(name, None)
    if len(kept.urlencode()) > _LONGEST_QUERY:
        kept.clear()
    if code is not None:
        kept[referrals_settings.PARAMETER] = code
    query = kept.urlencode()
    joint = "&" if "?" in path else "?"
    return f"{path}{joint}{query}" if query else path


def same_page(request: HttpRequest) -> str:
    """The address of the request without the code. A path that begins with two slashes leads nowhere else."""
    kept: QueryDict = request.GET.copy()
    kept.pop(referrals_settings.PARAMETER, None)
    query = kept.urlencode()
    path = escape_leading_slashes(escape_uri_path(request.path))
    return f"{path}?{query}" if query else path
