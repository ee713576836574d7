"""Who tries one link after the other is slowed down; the link that is tried is not."""

from __future__ import annotations

import ipaddress
import logging
from typing import TYPE_CHECKING, Any

from rest_framework.settings import api_settings

from loyalty.api.throttles import AtomicThrottle, Rate
from loyalty.conf import loyalty_settings

if TYPE_CHECKING:
    from django.http import HttpRequest

logger = logging.getLogger("referrals.visits")

_IPV6_NETWORK = 64  # what one customer is given


class LinkThrottle(AtomicThrottle):
    """Tries of links by address, those that lead somewhere given back: LOYALTY["GUESS_RATE"]."""

    scope = "link"
    only_failures = True

    def get_rate(self) -> Rate | None:
        return Rate.parse(loyalty_settings.GUESS_RATE)

    def get_idents(self, request: Any) -> list[str]:
        return [f"ip:{network_of(request)}"]

    def may_try(self, request: HttpRequest) -> bool:
        """Count one try; False when there were too many. A cache that fails lets everybody try."""
        try:
            return self.allow_request(request, None)  # type: ignore[arg-type]
        except Exception:
            logger.exception("The cache does not answer; tries of links are not counted.")
            return True

    def forgive(self) -> None:
        """The link leads somewhere: that was no guess."""
        try:
            self.give_back()
        except Exception:
            logger.exception("The cache does not answer; tries of links are not counted.")


def network_of(request: HttpRequest) -> str:
    """The visitor's address, of IPv6 the network that one customer has.

    A forwarded address is believed as far as REST_FRAMEWORK["NUM_PROXIES"] says, and not at all without it.
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
