"""Throttles that hold under concurrency: counted by the cache's own atomic increment, never read and then written.

A window is fixed: at most N in each minute, hour or day of the clock. The cache must be shared by all processes of a site
and count atomically (Redis, Memcached); `loyalty.checks` warns of one that does not.
"""

from __future__ import annotations

import ipaddress
import logging
import time
from dataclasses import dataclass
from typing import Any, ClassVar

from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle

from loyalty.conf import loyalty_settings

logger = logging.getLogger("loyalty.api")

_TRIES = 3
_SPANS = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400}
_IPV6_NETWORK = 64  # what one customer is given


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `count` in each span of so many seconds."""

    count: int
    seconds: int

    @classmethod
    def parse(cls, text: str | None) -> Rate | None:
        """The rate written as "30/minute", as the settings have it."""
        if text is None:
            return None
        count, _slash, span = text.partition("/")
        return cls(int(count), _SPANS[span])


class AtomicThrottle(BaseThrottle):
    """Counts before it lets through. `scope` says what is counted; subclasses say how much of it is allowed."""

    scope: ClassVar[str]

    def __init__(self) -> None:
        self._keys: list[str] = []
        self._wait = 0.0

    def get_rate(self) -> Rate | None:
        """How much is allowed; None: anything."""
        raise NotImplementedError

    def get_idents(self, request: Request) -> list[str]:
        """Whom it is counted for: any of them being over the rate is enough. Here the user, else the address."""
        user = request.user
        if user.is_authenticated:
            return [f"user:{user.pk}"]
        return [f"ip:{self.get_ident(request)}"]

    def get_ident(self, request: Request) -> str:
        """The caller's address, of IPv6 the network that one customer has.

        A forwarded address is believed as far as REST_FRAMEWORK["NUM_PROXIES"] says, and not at all without it:
        there Django REST framework takes whatever the caller wrote.
        """
        address = str(request.META.get("REMOTE_ADDR", ""))
        forwarded = str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",")
        if api_settings.NUM_PROXIES and forwarded[-1].strip():
            address = forwarded[-min(api_settings.NUM_PROXIES, len(forwarded))].strip()
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return "unknown"
        return str(parsed) if parsed.version == 4 else f"{int(parsed) >> (128 - _IPV6_NETWORK):x}"

    def allow_request(self, request: Request, view: Any) -> bool:
        rate = self.get_rate()
        if rate is None:
            return True
        now = time.time()
        window = int(now // rate.seconds)
        self._wait = (window + 1) * rate.seconds - now
        self._keys = [
            f"loyalty:throttle:{self.scope}:{ident}:{rate.seconds}:{window}"
            for ident in self.get_idents(request)
        ]
        # Counted for each before anything is decided, so that giving back is the same for all.
        counts = [_count(key, rate.seconds) for key in self._keys]
        return all(count <= rate.count for count in counts)

    def wait(self) -> float:
        return self._wait

    def settle(self, code: str) -> None:
        """The request was answered, with a refusal of this code or with none."""

    def give_back(self) -> None:
        """Uncount this request."""
        for key in self._keys:
            try:
                cache.decr(key)
            except ValueError:  # its window is over
                continue
            except Exception:
                logger.exception("The cache of the throttles fails.")


class ApiThrottle(AtomicThrottle):
    """Calls of one user: LOYALTY["API_RATE"]."""

    scope = "api"

    def get_rate(self) -> Rate | None:
        return Rate.parse(loyalty_settings.API_RATE)


class TillThrottle(AtomicThrottle):
    """Calls of a till or a shop's backend: LOYALTY["TILL_RATE"]."""

    scope = "till"

    def get_rate(self) -> Rate | None:
        return Rate.parse(loyalty_settings.TILL_RATE)


class GuessThrottle(AtomicThrottle):
    """Wrong guesses at codes, card numbers and tokens, by user and by address: LOYALTY["GUESS_RATE"].

    Each try is counted first, and given back once it proved to be no wrong guess: so 200 tries at once at a rate of 10
    are at most 10 wrong guesses. The guesser is slowed down, never the code that is guessed at.
    """

    scope = "guess"
    # Codes of refusals that are wrong guesses; `referrals` and hosts add theirs.
    wrong: ClassVar[set[str]] = {"card_not_found", "invalid_card_number", "token_invalid"}

    def get_rate(self) -> Rate | None:
        return Rate.parse(loyalty_settings.GUESS_RATE)

    def get_idents(self, request: Request) -> list[str]:
        address = f"ip:{self.get_ident(request)}"
        return list(dict.fromkeys([*super().get_idents(request), address]))

    def settle(self, code: str) -> None:
        if code not in self.wrong:
            self.give_back()


def _count(key: str, seconds: int) -> int:
    """One more, atomically; answers how many that makes."""
    for _attempt in range(_TRIES):
        try:
            # Kept for a while longer than the window, so that it cannot end between the two statements.
            cache.add(key, 0, timeout=seconds + 60)
            return cache.incr(key)
        except ValueError:
            continue
        except Exception:
            logger.exception("The cache of the throttles fails: nothing is held back.")
            break
    return 0  # better no throttle than no service
