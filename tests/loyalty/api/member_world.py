"""A member with a card, and what is asked of it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from rest_framework.test import APIClient

CARDS = "/api/v1/me/cards/"


def url(card: Any, *rest: object) -> str:
    """The address of a card, or of something below it."""
    parts = "".join(f"{part}/" for part in rest)
    return f"{CARDS}{getattr(card, 'pk', card)}/{parts}"


def post(client: APIClient, address: str, body: object = None, *, key: str | None = None) -> Any:
    """A post with an `Idempotency-Key` of its own, or a given one."""
    return client.post(address, {} if body is None else body, headers={"Idempotency-Key": key or uuid4().hex})
