"""Who tries one link after the other is slowed down; the link that is tried is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from loyalty.api.throttles import AtomicThrottle, Rate
from loyalty.conf import loyalty_settings

if TYPE_CHECKING:
    from django.http import HttpRequest


class LinkThrottle(AtomicThrottle):
    """Tries of links by address, those that lead somewhere given back: LOYALTY["GUESS_RATE"]."""

    scope = "link"

    def get_rate(self) -> Rate | None:
        return Rate.parse(loyalty_settings.GUESS_RATE)

    def get_idents(self, request: Any) -> list[str]:
        return [f"ip:{self.get_ident(request)}"]

    def may_try(self, request: HttpRequest) -> bool:
        """Count one try; False when there were too many. A cache that fails lets everybody try."""
        return self.allow_request(request, None)  # type: ignore[arg-type] # no view of Django REST framework

    def forgive(self) -> None:
        """The link leads somewhere: that was no guess."""
        self.give_back()
