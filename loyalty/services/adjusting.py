"""Corrections by staff: the rules that hold at every door, so that nobody mints points for themselves."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import router, transaction
from django.db.models import Q, Sum
from django.utils import timezone

from loyalty.conf import loyalty_settings
from loyalty.exceptions import AdjustmentTooLarge
from loyalty.models import Adjustment, Card, Event
from loyalty.money import to_decimal_string
from loyalty.selectors.cards import survivor_of
from loyalty.services.points import SOURCE, Amount, adjust_balance
from loyalty.services.staff import refuse_own_card

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin

    class Staff(AbstractBaseUser, PermissionsMixin):
        """A user with permissions."""


WITHOUT_LIMIT = "loyalty.adjust_without_limit"
_WINDOW = timedelta(hours=24)


def adjust_by_staff(
    *,
    card: Card,
    amount: Amount,
    reason: str,
    actor: Staff,
    currency: str | None = None,
    key: str | None = None,
    source: str = SOURCE,
) -> Adjustment:
    """Correct a balance by hand as `adjust_balance`, for a member of staff: never on a card of their own.

    Above LOYALTY["ADJUSTMENT_LIMIT"] it takes the permission `loyalty.adjust_without_limit`; the limit is for
    all that the actor adds to one wallet within 24 hours, and for all that they take, so that no correction can
    be cut into small ones. That the actor may correct balances at all is for the caller to check.

    Raises OwnCard, AdjustmentTooLarge, and what `adjust_balance` raises.
    """
    refuse_own_card(actor, card, survivor_of(card))
    with transaction.atomic(using=router.db_for_write(Event)):
        made = adjust_balance(
            card=card, amount=amount, reason=reason, actor=actor, currency=currency, key=key, source=source
        )
        _check_limit(made, actor)
    return made


def _check_limit(made: Adjustment, actor: Staff) -> None:
    """Asked after the correction, while its card is locked: two at once see each other."""
    limit, decimals = loyalty_settings.ADJUSTMENT_LIMIT, made.wallet.currency.decimals
    if limit is None or actor.has_perm(WITHOUT_LIMIT):
        return
    same_way = Q(amount__gt=0) if made.amount > 0 else Q(amount__lt=0)
    lately = Adjustment.objects.filter(
        same_way,
        wallet_id=made.wallet_id,
        actor_id=actor.pk,
        event__occurred_at__gt=timezone.now() - _WINDOW,
    )
    total = abs(lately.aggregate(total=Sum("amount"))["total"] or 0)
    if total > limit * 10**decimals:
        raise AdjustmentTooLarge(limit=limit, asked=to_decimal_string(total, decimals))
