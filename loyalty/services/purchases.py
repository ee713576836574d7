"""The door of the shop: purchases and refunds (S6). Nothing here can break or hold up the host's checkout.

Within a transaction only one row is written, and processing follows on commit; outside, the call processes
before it returns. Called again with the same id and content, nothing happens a second time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import connections, router, transaction

from loyalty.conf import loyalty_settings
from loyalty.exceptions import CardNotFound
from loyalty.models import Card, Event, Program, Purchase
from loyalty.selectors.cards import CardLike, find_card, resolve_card
from loyalty.selectors.programs import ProgramLike, get_program
from loyalty.services.fields import clean_key, clean_moment, clean_source
from loyalty.services.parked import wake_parked
from loyalty.services.recording import Fact, Recorded, record

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

__all__ = ["Recorded", "record_purchase", "record_refund", "reopen_purchase"]

Amount = Decimal | str | int


def record_purchase(
    *,
    external_id: str | int,
    total: Amount,
    card: CardLike | None = None,
    user: AbstractBaseUser | None = None,
    occurred_at: datetime | None = None,
    lines: Iterable[Mapping[str, Any]] | None = None,
    tax: Amount | None = None,
    discount: Amount | None = None,
    channel: str | None = None,
    source: str | None = None,
    program: ProgramLike = None,
) -> Recorded:
    """Record a purchase of a card: given itself, by number or host's key (`card`), or by its `user`.

    Amounts are in the currency of the program's purchases; `tax` and `discount` lie within the `total`. `lines`
    have `amount`, and optionally `sku`, `category`, `quantity`, `attributes`; what they leave of the total is one
    more line. `external_id` is unique per program and `source` (default LOYALTY["PURCHASE_SOURCE"]) for ever.
    Raises CardNotFound, EventConflict for a known id with other content, EventPayloadInvalid.
    """
    buyer = _find_buyer(card, user, program)
    where, name = (
        clean_source(source or loyalty_settings.PURCHASE_SOURCE),
        clean_key(external_id, path="external_id"),
    )
    payload = {
        "total": total,
        "tax": tax,
        "discount": discount,
        "channel": channel,
        "lines": None if lines is None else [_read_line(line) for line in lines],
    }
    return record(
        Fact(
            program=buyer.program,
            source=where,
            kind="loyalty.purchase",
            key=name,
            card_id=buyer.pk,
            occurred_at=None if occurred_at is None else clean_moment(occurred_at, path="occurred_at"),
            payload={field: value for field, value in payload.items() if value is not None},
        )
    )


def record_refund(
    *,
    purchase_id: str | int,
    external_id: str | int,
    amount: Amount | None = None,
    lines: Sequence[Mapping[str, Any]] | None = None,
    occurred_at: datetime | None = None,
    source: str | None = None,
    program: ProgramLike = None,
    card: CardLike | None = None,
) -> Recorded:
    """Record a refund of the purchase with the host's id `purchase_id`; `external_id` is the id of the refund.

    Give an `amount`, or `lines` (`position` from 0, and `amount` unless the whole line went back), or neither: all
    that is left. A `card`, when given, must be the buyer's. A refund that comes before its purchase waits for it
    and blocks nothing. A refund of more than is left is recorded and refused: see `Recorded.outcome`.
    Raises CardNotFound, EventConflict for a known id with other content, EventPayloadInvalid.
    """
    more = {"amount": amount, "lines": lines}
    return _record_about("loyalty.refund", purchase_id, external_id, occurred_at, source, program, card, more)


def reopen_purchase(
    *,
    purchase_id: str | int,
    external_id: str | int,
    occurred_at: datetime | None = None,
    source: str | None = None,
    program: ProgramLike = None,
    card: CardLike | None = None,
) -> Recorded:
    """Let a purchase that was wholly refunded by mistake count again (S25); `external_id` is the id of the correction.

    It is decided anew by the campaigns of its own day, and its rewards are granted again, once. A purchase of which
    something is kept is not reopened: see `Recorded.outcome`. Raises as `record_refund`.
    """
    return _record_about(
        "loyalty.purchase_reopened", purchase_id, external_id, occurred_at, source, program, card, {}
    )


def _record_about(
    kind: str,
    purchase_id: str | int,
    external_id: str | int,
    occurred_at: datetime | None,
    source: str | None,
    program: ProgramLike,
    card: CardLike | None,
    more: Mapping[str, Any],
) -> Recorded:
    """Record what happened to a purchase that the shop told, or has yet to tell."""
    where = clean_source(source or loyalty_settings.PURCHASE_SOURCE)
    bought = clean_key(purchase_id, path="purchase_id")
    buyer = None if card is None else resolve_card(card, program=program)
    shop = get_program(program) if buyer is None else buyer.program
    found = _buyer_of(shop, where, bought) if buyer is None else buyer.pk
    fact = Fact(
        program=shop,
        source=where,
        kind=kind,
        key=clean_key(external_id, path="external_id"),
        card_id=found,
        occurred_at=None if occurred_at is None else clean_moment(occurred_at, path="occurred_at"),
        payload={"purchase": bought} | {field: value for field, value in more.items() if value is not None},
    )
    recorded = record(fact, other_cards=() if buyer is not None or found is None else (None,))
    if found is None:
        _look_again(recorded.event_id)
    return recorded


def _look_again(event_id: int) -> None:
    """The purchase may have come while we looked for it: look again once the refund can be seen."""
    using = router.db_for_write(Event)
    if connections[using].in_atomic_block:
        transaction.on_commit(lambda: wake_parked(event_id=event_id), using=using, robust=True)
    else:
        wake_parked(event_id=event_id)


def _find_buyer(card: CardLike | None, user: AbstractBaseUser | None, program: ProgramLike) -> Card:
    if card is not None:
        return resolve_card(card, program=program)
    if user is None:
        raise CardNotFound
    return find_card(program=program, user=user)


def _buyer_of(program: Program, source: str, external_id: str) -> int | None:
    """Whose the purchase is, as soon as it is recorded; processed or not."""
    named = {"program": program, "source": source}
    bought = (
        Purchase.objects.filter(**named, external_id=external_id).values_list("card_id", flat=True).first()
    )
    if bought is not None:
        return bought
    recorded = Event.objects.filter(**named, kind="loyalty.purchase", key=external_id)
    return recorded.values_list("card_id", flat=True).first()


def _read_line(line: Mapping[str, Any]) -> dict[str, Any]:
    """A line as the payload has it: a quantity given as a Decimal is written out."""
    read = dict(line)
    if isinstance(read.get("quantity"), Decimal):
        read["quantity"] = f"{read['quantity']:f}"
    return read
