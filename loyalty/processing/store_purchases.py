"""Storing purchases, their lines and refunds."""

from __future__ import annotations

from loyalty.models import Purchase, PurchaseLine, Refund
from loyalty.processing.keys import key_of
from loyalty.rows import insert_models, insert_rows, update_rows
from loyalty.rules.state import State

_PURCHASE = (
    "program_id",
    "source",
    "external_id",
    "card_id",
    "event_id",
    "occurred_at",
    "channel",
    "total",
    "tax",
    "discount",
    "remaining",
)
_LINE = ("purchase_id", "position", "sku", "category", "quantity", "amount", "remaining", "attributes")


def store_purchases(state: State, using: str) -> None:
    """New purchases with their lines, what remains of those that were refunded, and the refunds."""
    rows = [
        (
            state.program.pk,
            purchase.source,
            purchase.external_id,
            purchase.card_id,
            key_of(purchase.event),
            purchase.occurred_at,
            purchase.channel,
            purchase.total,
            purchase.tax,
            purchase.discount,
            purchase.remaining,
        )
        for purchase in state.new_purchases
    ]
    made = insert_rows(Purchase, fields=_PURCHASE, rows=rows, using=using)
    for purchase, pk in zip(state.new_purchases, made, strict=True):
        purchase.pk = pk
    new = set(made)
    lines = [
        (
            key_of(purchase),
            line.position,
            line.sku,
            line.category,
            line.quantity,
            line.amount,
            line.remaining,
            line.attributes,
        )
        for purchase in state.new_purchases
        for line in purchase.lines
    ]
    insert_rows(PurchaseLine, fields=_LINE, rows=lines, using=using)
    touched = [purchase for purchase in state.touched_purchases.values() if purchase.pk not in new]
    update_rows(
        Purchase,
        fields=("remaining",),
        rows=[(purchase.pk, purchase.remaining) for purchase in touched],
        using=using,
    )
    update_rows(
        PurchaseLine,
        fields=("remaining",),
        rows=[(line.pk, line.remaining) for purchase in touched for line in purchase.lines],
        using=using,
    )
    _undo_refunds(state, using)
    insert_models(
        [
            Refund(
                purchase_id=key_of(refund.purchase),
                event_id=key_of(refund.event),
                amount=refund.amount,
                by_line={str(position): amount for position, amount in refund.by_line.items()},
                undone_id=None if refund.undone is None else key_of(refund.undone),
                occurred_at=refund.event.occurred_at,
            )
            for refund in state.refunds
        ],
        using,
    )


def _undo_refunds(state: State, using: str) -> None:
    """S25: the stored refunds of a reopened purchase no longer count."""
    reopened = {key_of(state.purchases[key]): event for key, event in state.reopened.items()}
    if not reopened:
        return
    rows = Refund.objects.using(using).filter(purchase_id__in=list(reopened), undone=None)
    undone = [
        (pk, key_of(reopened[purchase_id])) for pk, purchase_id in rows.values_list("pk", "purchase_id")
    ]
    update_rows(Refund, fields=("undone_id",), rows=undone, using=using)
