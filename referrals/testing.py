"""Helpers for the tests of hosts and of rule authors."""

from __future__ import annotations

from datetime import datetime

from loyalty.models import Card
from referrals.methods import Method
from referrals.models import Referral
from referrals.services import get_link, register_via_link

__all__ = ["refer"]


def refer(*, friend: Card, by: Card, at: datetime | None = None, method: str = Method.CODE) -> Referral:
    """Let a card bring another one: by its code, as `register_via_link` does, with the same refusals."""
    return register_via_link(card=friend, code=get_link(card=by).code, at=at, method=method)
