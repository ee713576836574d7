"""Points that a person or a till moves: spent at once or in two steps, given back, corrected by staff.

Amounts are in the currency's own units: a Decimal, an int, or a string such as "10.50". Each call does all or
nothing, in the caller's transaction if there is one, and a refusal is raised. With a `key` of the caller's a
repeat of the same call answers with what the first one did; the same key with other content is an EventConflict.
`at` is now by default; more than a minute ago needs `allow_past`, which is for imports.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import router, transaction

from loyalty.conf import loyalty_settings
from loyalty.exceptions import SpendNotFound
from loyalty.models import Adjustment, Card, Event, Spend
from loyalty.money import parse_amount, to_decimal_string
from loyalty.periods import format_instant
from loyalty.selectors.programs import get_spending_currency
from loyalty.services.calling import Call, execute
from loyalty.services.fields import clean_reason, refuse

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

__all__ = [
    "adjust_balance",
    "cancel_spend",
    "capture_hold",
    "hold_points",
    "spend_points",
    "void_hold",
]

Amount = Decimal | str | int
SOURCE = "loyalty"


def spend_points(
    *,
    card: Card,
    amount: Amount,
    currency: str | None = None,
    key: str | None = None,
    at: datetime | None = None,
    source: str = SOURCE,
    allow_past: bool = False,
) -> Spend:
    """Spend at once, from the lots that expire first. Without a `currency` the only one that can be spent.

    Raises InsufficientPoints, SpendingRefusedByDebt, CardBlocked, CardClosed, CurrencyNotSpendable,
    CurrencyNotFound, EventPayloadInvalid for an amount that is none, EventConflict, PastNotAllowed.
    """
    call = Call(card.program, "loyalty.spend", card.pk, source, key, at, allow_past)
    done = execute(call, {"currency": _code(card, currency), "amount": amount})
    return _spend_of(done.event_pk)


def hold_points(
    *,
    card: Card,
    amount: Amount,
    currency: str | None = None,
    key: str | None = None,
    at: datetime | None = None,
    source: str = SOURCE,
    expires_at: datetime | None = None,
    allow_past: bool = False,
) -> Spend:
    """Set points aside until they are captured, voided, or `expires_at` comes and gives them back.

    Without `expires_at` a hold ends after LOYALTY["HOLD_MINUTES"]. Raises as `spend_points`.
    """
    call = Call(card.program, "loyalty.hold", card.pk, source, key, at, allow_past)
    payload: dict[str, Any] = {"currency": _code(card, currency), "amount": amount}
    if expires_at is not None:
        done = execute(call, payload | {"expires_at": _instant(expires_at)})
    else:
        minutes = timedelta(minutes=loyalty_settings.HOLD_MINUTES)
        done = execute(call, payload, derive=lambda at: {"expires_at": format_instant(at + minutes)})
    return _spend_of(done.event_pk)


def capture_hold(
    *,
    spend: Spend,
    amount: Amount | None = None,
    at: datetime | None = None,
    key: str | None = None,
    allow_past: bool = False,
) -> Spend:
    """Spend what is held, whole or `amount` of it; the rest returns to its lots.

    Raises HoldExpired, SpendStateInvalid, CaptureTooLarge, InvalidAmount, EventConflict, PastNotAllowed.
    """
    decimals = spend.wallet.currency.decimals
    some = (
        {} if amount is None else {"amount": to_decimal_string(parse_amount(amount, decimals, 1), decimals)}
    )
    return _step("loyalty.hold_captured", spend, at, key, allow_past, some)


def void_hold(
    *, spend: Spend, at: datetime | None = None, key: str | None = None, allow_past: bool = False
) -> Spend:
    """Give back what is held, each part to its lot; what has expired meanwhile expires at once.

    Raises SpendStateInvalid, EventConflict, PastNotAllowed.
    """
    return _step("loyalty.hold_voided", spend, at, key, allow_past)


def cancel_spend(
    *, spend: Spend, at: datetime | None = None, key: str | None = None, allow_past: bool = False
) -> Spend:
    """Give back what was spent, each part to its lot with its own expiry; what is past it expires at once (S24).

    Raises SpendStateInvalid, EventConflict, PastNotAllowed.
    """
    return _step("loyalty.spend_cancelled", spend, at, key, allow_past)


def adjust_balance(
    *,
    card: Card,
    amount: Amount,
    reason: str,
    currency: str | None = None,
    actor: AbstractBaseUser | None = None,
    at: datetime | None = None,
    key: str | None = None,
    source: str = SOURCE,
    allow_past: bool = False,
) -> Adjustment:
    """Correct a balance by hand: more than 0 is a new lot, available at once; less draws as a spend does.

    Reason and actor are kept beside the books, so that erasing a person leaves the books alone.
    Raises ReasonRequired, InsufficientPoints, CurrencyNotFound, EventPayloadInvalid, EventConflict,
    PastNotAllowed.
    """
    text = clean_reason(reason)
    call = Call(card.program, "loyalty.adjusted", card.pk, source, key, at, allow_past)
    with transaction.atomic(using=router.db_for_write(Event)):
        done = execute(call, {"currency": _code(card, currency), "amount": amount})
        made = Adjustment.objects.select_related("wallet__currency").get(event_id=done.event_pk)
        if done.created:
            made.reason, made.actor_id = text, None if actor is None else actor.pk
            made.save(update_fields=["reason", "actor"])
    return made


def _step(
    kind: str,
    spend: Spend,
    at: datetime | None,
    key: str | None,
    allow_past: bool,
    payload: dict[str, Any] | None = None,
) -> Spend:
    """A later step of a spend, under the source that made it."""
    wallet = spend.wallet
    source, _slash, name = spend.key.partition("/")
    call = Call(wallet.card.program, kind, wallet.card_id, source, key, at, allow_past)
    execute(call, {"spend": name} | (payload or {}))
    return _spend_of(spend.event_id)


def _code(card: Card, currency: str | None) -> str:
    return get_spending_currency(card.program).code if currency is None else currency


def _instant(moment: datetime) -> str:
    try:
        return format_instant(moment)
    except ValueError:
        refuse("expires_at", "invalid_instant", "Give a date and time with a time zone.")


def _spend_of(event_pk: int) -> Spend:
    """The stored spend, with what its steps will ask for. Raises SpendNotFound for one that a file brought in vain."""
    found = Spend.objects.select_related("wallet__currency", "wallet__card__program").filter(
        event_id=event_pk
    )
    made = found.first()
    if made is None:
        raise SpendNotFound
    return made
