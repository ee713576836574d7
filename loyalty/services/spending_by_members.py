"""What members do with their own points without a till: spend them, and take that back while they may."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from loyalty.conf import loyalty_settings
from loyalty.exceptions import CancelNotAllowed
from loyalty.models import Card, Spend
from loyalty.services.points import Amount, cancel_spend, spend_points

SOURCE = "loyalty.member"


def spend_as_member(*, card: Card, amount: Amount, currency: str | None = None) -> Spend:
    """Spend a member's points at the member's own word. Raises as `spend_points`."""
    return spend_points(card=card, amount=amount, currency=currency, source=SOURCE)


def cancel_as_member(*, spend: Spend) -> Spend:
    """Take back a spending that a member made; a repeat changes nothing.

    Only what was spent by `spend_as_member`, and only until `cancellable_until`: nobody undoes what a till or a
    shop has honoured. Raises CancelNotAllowed, SpendStateInvalid.
    """
    until = cancellable_until(spend)
    if until is None or timezone.now() > until:
        raise CancelNotAllowed
    return cancel_spend(spend=spend)


def cancellable_until(spend: Spend) -> datetime | None:
    """Until when a member may take a spending back, see LOYALTY["CANCEL_MINUTES"]; None: never."""
    minutes = loyalty_settings.CANCEL_MINUTES
    own = spend.key.startswith(f"{SOURCE}/")
    if not minutes or not own or spend.status != Spend.Status.SPENT:
        return None
    return spend.occurred_at + timedelta(minutes=minutes)
