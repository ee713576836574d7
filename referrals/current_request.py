"""The request that is being answered, kept by the middleware for signals that do not carry it."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.http import HttpRequest

_current: ContextVar[HttpRequest | None] = ContextVar("referrals.current_request", default=None)
_ATTRIBUTED = "_loyalty_referrals_attributed"


def get_current_request() -> HttpRequest | None:
    """The request of this thread or task; None outside of requests and without the middleware."""
    return _current.get()


def set_current_request(request: HttpRequest | None) -> None:
    """Remember the request, or nothing any more."""
    _current.set(request)


def mark_attributed(request: HttpRequest | None) -> None:
    """The visit that the browser keeps has done its work: the middleware lets the browser forget it."""
    if request is not None:
        # REST framework wraps the request that the middleware knows.
        setattr(getattr(request, "_request", request), _ATTRIBUTED, True)


def is_attributed(request: HttpRequest) -> bool:
    """Whether somebody was attributed while this request was answered."""
    return getattr(request, _ATTRIBUTED, False)
