"""Somebody arrives by a link: what the landing page and the middleware do alike."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.utils.cache import add_never_cache_headers, patch_vary_headers

from loyalty.exceptions import LoyaltyError
from loyalty.selectors.programs import ProgramLike, get_program
from referrals.consent import has_consent
from referrals.cookies import Kept, read_cookie, write_cookie
from referrals.guessing import LinkThrottle
from referrals.navigation import is_ahead_of_time, is_navigation
from referrals.services.visits import record_visit
from referrals.targets import CHANNEL

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

logger = logging.getLogger("referrals.visits")


_TOO_EARLY = 425  # RFC 8470; any status of a failure does


class Outcome(Enum):
    """What became of an arrival."""

    KEPT = "kept"  # the visit is recorded, the browser is to remember it
    WAITING = "waiting"  # the visitor has not agreed to the cookie yet
    UNKNOWN = "unknown"  # no such link, or nothing is told to who tried so many
    IGNORED = "ignored"  # nobody who opens a page


@dataclass(frozen=True, slots=True)
class Arrival:
    """The outcome, and for a kept visit what the browser is to remember."""

    outcome: Outcome
    keep: Kept | None = None


def arrive(request: HttpRequest, text: str, *, program: ProgramLike = None) -> Arrival:
    """Record a visit by the link that `text` names, where this is one. Never raises: the page is shown all the same."""
    if not is_navigation(request):
        return Arrival(Outcome.IGNORED)
    if not has_consent(request):
        return Arrival(Outcome.WAITING)
    throttle = LinkThrottle()
    if not throttle.may_try(request):
        return Arrival(Outcome.UNKNOWN)
    try:
        visited = record_visit(
            program=get_program(program),
            text=text,
            kept=read_cookie(request),
            channel=request.GET.get(CHANNEL, ""),
        )
    except LoyaltyError as refusal:
        logger.info("A link was not recognised: %s.", refusal.code)
        return Arrival(Outcome.UNKNOWN)
    except Exception:
        logger.exception("A visit could not be recorded; the page was shown all the same.")
        return Arrival(Outcome.IGNORED)
    throttle.forgive()
    return Arrival(Outcome.KEPT, visited.keep)


def refuse_ahead_of_time(request: HttpRequest) -> HttpResponse | None:
    """The answer to a browser that fetches a link ahead of time; None for anybody else.

    No page: browsers use what they have fetched for the visit that follows, whatever Cache-Control says, and then
    the visit would never be seen here. After a refusal they ask again when somebody opens the link.
    """
    if not is_ahead_of_time(request):
        return None
    response = HttpResponse(status=_TOO_EARLY)
    finish(response, request, Arrival(Outcome.IGNORED))
    return response


def finish(response: HttpResponseBase, request: HttpRequest, arrival: Arrival) -> None:
    """Let the browser remember a kept visit, and keep the answer out of caches, search engines and referrers."""
    if arrival.keep is not None:
        write_cookie(response, request, arrival.keep)
    add_never_cache_headers(response)
    patch_vary_headers(response, ["Cookie", "User-Agent"])
    response["Referrer-Policy"] = "strict-origin"
    response["X-Robots-Tag"] = "noindex, nofollow"
