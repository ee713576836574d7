"""Storing purchases, their lines and refunds."""

from __future__ import annotations

from loyalty.models import Purchase, PurchaseLine, Refund
from loyalty.processing.keys import key_of
from loyalty.rows import insert_models, update_rows
from loyalty.rules.state import State


def store_purchases(state: State, using: str) -> None:
    rows = [
        Purchase(
            program_id=state.program.pk,
            source=purchase.source,
            external_id=purchase.external_id,
            card_id=purchase.card_id,
            event_id=key_of(purchase.event),
            occurred_at=purchase.occurred_at,
            channel=purchase.channel,
            total=purchase.total,
            tax=purchase.tax,
            discount=purchase.discount,
            remaining=purchase.remaining,
        )
        for purchase in state.new_purchases
    ]
    new = set()
    if rows:
        for purchase, row in zip(
            state.new_purchases, Purchase.objects.using(using).bulk_create(rows), strict=True
        ):
            purchase.pk = row.pk
            new.add(row.pk)
    insert_models(
        [
            PurchaseLine(
                purchase_id=key_of(purchase),
                position=line.position,
                sku=line.sku,
                category=line.category,
                quantity=line.quantity,
                amount=line.amount,
                remaining=line.remaining,
                attributes=line.attributes,
            )
            for purchase in state.new_purchases
            for line in purchase.lines
        ],
        using,
    )
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
    insert_models(
        [
            Refund(
                purchase_id=key_of(refund.purchase),
                event_id=key_of(refund.event),
                amount=refund.amount,
                by_line={str(position): amount for position, amount in refund.by_line.items()},
                occurred_at=refund.event.occurred_at,
            )
            for refund in state.refunds
        ],
        using,
    )
