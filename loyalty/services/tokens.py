"""Tokens of cards: signed, valid for a minute, shown as a QR code by the member's app, read by a till (DESIGN.md 7.1).

A token finds its card as often as needed while it is valid, and lets points be spent once: a photograph of the screen
is worth nothing after the member's own payment, and nothing a minute later.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.core.signing import BadSignature, SignatureExpired, TimestampSigner
from django.db import router
from django.utils import timezone

from loyalty.conf import loyalty_settings
from loyalty.exceptions import CardNotFound, TokenExpired, TokenInvalid, TokenUsed
from loyalty.models import Card, IdempotencyKey
from loyalty.selectors.cards import survivor_of
from loyalty.selectors.programs import ProgramLike, get_program

_SALT = "loyalty.card-token"
_CLIENT = "card-token"
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class CardToken:
    """A token: its text, fit for a QR code and for an address, and until when it is valid."""

    text: str
    expires_at: datetime


def issue_token(card: Card) -> CardToken:
    """A new token of a card, for whoever may see it: its owner. Valid for LOYALTY["TOKEN_SECONDS"]. Writes nothing."""
    now = timezone.now()
    text = _signer().sign(f"{card.pk}.{secrets.token_urlsafe(9)}")
    # A signature's own clock counts whole seconds.
    expires_at = now.replace(microsecond=0) + timedelta(seconds=loyalty_settings.TOKEN_SECONDS)
    return CardToken(text, expires_at.astimezone(UTC))


def find_card_by_token(text: str, program: ProgramLike = None) -> Card:
    """The card that a token stands for; of a card that was merged meanwhile, the one that stands for it.

    Raises TokenInvalid, TokenExpired, and CardNotFound when it is a card of another program.
    """
    pk, _nonce = _read(text)
    where = None if program is None else get_program(program).pk
    card = Card.objects.select_related("program").filter(pk=pk).first()
    if card is None or where not in (None, card.program_id):
        raise CardNotFound
    return survivor_of(card)


def use_token(text: str) -> None:
    """Note, in the caller's transaction, that points are spent with this token. Raises TokenUsed the second time."""
    _pk, nonce = _read(text)
    # Which of two rows was written shows in it: an insert that gives way does not tell.
    mark = secrets.token_hex(32)
    used = IdempotencyKey(client=_CLIENT, key=nonce, status=200, request_hash=mark)
    rows = IdempotencyKey.objects.using(router.db_for_write(IdempotencyKey))
    # Who comes second waits for the first, and goes on only if that one took its spending back.
    rows.bulk_create([used], ignore_conflicts=True)
    if rows.filter(client=_CLIENT, key=nonce).values_list("request_hash", flat=True).first() != mark:
        raise TokenUsed


def _read(text: str) -> tuple[int, str]:
    """The key of the card, and what makes the token another one each time."""
    if not text.isascii() or len(text) > _LONGEST:
        raise TokenInvalid
    try:
        value = _signer().unsign(text, max_age=loyalty_settings.TOKEN_SECONDS)
    except SignatureExpired:
        raise TokenExpired from None
    except BadSignature:
        raise TokenInvalid from None
    pk, _dot, nonce = value.partition(".")
    return int(pk), nonce


def _signer() -> TimestampSigner:
    return TimestampSigner(salt=_SALT, sep="~")
