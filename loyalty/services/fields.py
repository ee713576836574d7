"""What callers give, made fit to be stored: keys, sources and moments. Every refusal names its field."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NoReturn
from uuid import uuid4

from django.utils import timezone

from loyalty.exceptions import EventPayloadInvalid, PastNotAllowed, ReasonRequired

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser
    from django.db.models.base import ModelState

# Clocks of tills and servers differ a little.
_SLACK = timedelta(minutes=1)
# A wallet's clock never runs back: one event dated years ahead would expire all points of its card for good.
_AHEAD = timedelta(days=1)
_FIRST_YEAR = 1900
_SOURCE = re.compile(r"[-a-zA-Z0-9_.:]{1,64}")
# NUL and halves of surrogate pairs: no database takes them.
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def clean_key(value: object, *, path: str, longest: int = 200) -> str:
    """An id given by the host, as text: an int is taken as its digits. Raises EventPayloadInvalid."""
    text = str(value) if is_whole(value, digits=longest) else value
    if not isinstance(text, str) or not text.strip() or len(text) > longest or not text.isprintable():
        refuse(path, "invalid_key", f"Give printable text of 1 to {longest} characters.")
    return text


def is_stored(user: AbstractBaseUser) -> bool:
    """Whether a user has a row: a key alone does not say so, a UUID is drawn before anything is saved."""
    state: ModelState | None = getattr(user, "_state", None)
    return user.pk is not None and state is not None and not state.adding


def clean_source(value: object) -> str:
    """The name of the system that events come from, without the slash that parts it from an id.

    Raises EventPayloadInvalid.
    """
    if not isinstance(value, str) or not _SOURCE.fullmatch(value):
        refuse("source", "invalid_source", "Give a name of at most 64 letters, digits and - _ . :")
    return value


def clean_moment(value: object, *, path: str) -> datetime:
    """An aware datetime, at most a day ahead, in UTC. Raises EventPayloadInvalid."""
    if not isinstance(value, datetime) or timezone.is_naive(value) or value.year < _FIRST_YEAR:
        refuse(path, "invalid_instant", "Give a date and time with a time zone.")
    if value > timezone.now() + _AHEAD:
        refuse(path, "in_the_future", "This lies in the future. Check the date and the clock that gave it.")
    return value.astimezone(UTC)


def clean_call_moment(value: datetime | None, *, allow_past: bool) -> datetime | None:
    """When a call takes effect; None is now. Raises PastNotAllowed, EventPayloadInvalid."""
    if value is None:
        return None
    moment = clean_moment(value, path="at")
    now = timezone.now()
    if moment > now + _SLACK:
        refuse("at", "in_the_future", "This lies in the future. Check the date and the clock that gave it.")
    if moment < now - _SLACK and not allow_past:
        raise PastNotAllowed
    return moment


def is_whole(value: object, *, digits: int) -> bool:
    """Whether it is a whole number of so many digits at most; Python refuses to write out more than 4,300."""
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**digits


def clean_text(text: str) -> str:
    """What a person wrote, without what no database takes and nobody sees."""
    return _UNSTORABLE.sub("", text).strip()


def clean_reason(reason: str) -> str:
    """A reason that says something. Raises ReasonRequired."""
    text = clean_text(reason)
    if not text:
        raise ReasonRequired
    return text


def new_key() -> str:
    """A key for a call that was given none: nothing will ever repeat it."""
    return uuid4().hex


def refuse(path: str, code: str, message: str) -> NoReturn:
    """Raise EventPayloadInvalid for one field."""
    raise EventPayloadInvalid(details=[{"path": path, "code": code, "message": message}])
