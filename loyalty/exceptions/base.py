"""What every refusal has: a code, a sentence, and what machines need to know."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Details = dict[str, Any] | list[dict[str, Any]]
# What a refusal sets itself: stored details of these names are no params.
_RESERVED = frozenset(["message", "details"])


class _Placeholders(dict[str, object]):
    """Values of placeholders; one that was not given shows as "?" rather than hiding the refusal."""

    def __missing__(self, key: str) -> str:
        return "?"


class LoyaltyError(Exception):
    """A refusal that a person or a client can act on.

    `code` is stable; `str(error)` is the message in the active language; `params` fill its named
    placeholders; `details` is for machines: the params unless something richer is given.
    """

    code: str = "loyalty_error"
    message: str | Promise = _("The request was refused. Check it and try again.")

    def __init__(
        self,
        *,
        message: str | Promise | None = None,
        details: Details | None = None,
        **params: object,
    ) -> None:
        super().__init__()
        if message is not None:
            self.message = message
        self.params = params
        self.details: Details = dict(params) if details is None else details

    def __str__(self) -> str:
        text = str(self.message)
        return text % _Placeholders(self.params) if "%(" in text else text

    def __repr__(self) -> str:
        return f"{type(self).__name__}(code={self.code!r}, params={self.params!r})"

    def __reduce__(self) -> tuple[Callable[[], LoyaltyError], tuple[()]]:
        # The default rebuilds an exception from its positional arguments, and this one has none.
        own_message = self.__dict__.get("message")
        return partial(type(self), message=own_message, details=self.details, **self.params), ()


def rebuild_refusal(code: str, details: object) -> LoyaltyError | None:
    """A refusal as it was raised, of its stored code and details; None for a code that no app has any more."""
    params = details if isinstance(details, Mapping) else {}
    waiting = [LoyaltyError]
    while waiting:
        cls = waiting.pop()
        if cls.code == code:
            return cls(**{name: value for name, value in params.items() if name not in _RESERVED})
        waiting += cls.__subclasses__()
    return None
