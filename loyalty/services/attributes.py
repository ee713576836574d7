"""Attributes of a card (birthday, region, plan) by date: a late event reads those of its own time (S37)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from django.db import router
from django.utils import timezone

from loyalty.models import Card, CardAttribute
from loyalty.services.fields import clean_moment, is_whole, refuse

_NAME = re.compile(r"[-a-zA-Z0-9_]{1,64}")
_LONGEST = 255


def set_attribute(*, card: Card, name: str, value: object, since: datetime | None = None) -> CardAttribute:
    """Say that an attribute has this value since a moment (default now); an empty one says that it has none.

    Events of before keep the value of their time; the same moment again replaces what was said. Numbers are
    stored as their digits. Raises EventPayloadInvalid.
    """
    moment = timezone.now() if since is None else clean_moment(since, path="since")
    text = _clean(name, value)
    row, _created = CardAttribute.objects.update_or_create(
        card=card, name=name, since=moment, defaults={"value": text}
    )
    return row


def store_attributes(*, card_id: int, values: Mapping[str, object], since: datetime) -> None:
    """The attributes of a new card, in one statement. Raises EventPayloadInvalid."""
    if values:
        CardAttribute.objects.using(router.db_for_write(CardAttribute)).bulk_create(
            make_attributes(card_id=card_id, values=values, since=since)
        )


def make_attributes(*, card_id: int, values: Mapping[str, object], since: datetime) -> list[CardAttribute]:
    """The rows, unsaved. Raises EventPayloadInvalid."""
    return [
        CardAttribute(card_id=card_id, name=name, value=_clean(name, value), since=since)
        for name, value in values.items()
    ]


def _clean(name: object, value: object) -> str:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        refuse("attributes", "invalid_name", "Name attributes with letters, digits, - and _.")
    is_too_long = isinstance(value, int) and not is_whole(value, digits=_LONGEST)
    if value is None or is_too_long or isinstance(value, bool | float | bytes):
        refuse(f"attributes.{name}", "invalid_value", "Give text or a whole number.")
    text = str(value)
    if len(text) > _LONGEST or not text.isprintable():
        refuse(
            f"attributes.{name}", "invalid_value", f"Give printable text of at most {_LONGEST} characters."
        )
    return text
