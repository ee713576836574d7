"""A purchase that was refunded by mistake counts again (S25)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from loyalty.exceptions import PurchaseNotFound, PurchaseNotRefunded
from loyalty.rules.events import EventState, purchase_key
from loyalty.rules.kinds.base import EventKind, Needs, Parked
from loyalty.rules.kinds.payloads import PayloadReader
from loyalty.rules.state import ProgramRules, State


class PurchaseReopenedKind(EventKind):
    """Payload: `purchase`. Only one that was wholly refunded; it is decided anew, as of when it was made."""

    kind = "loyalty.purchase_reopened"
    label = _("Purchase reopened")
    triggers = False
    about_purchase = True
    climbs = True
    decides_as = "loyalty.purchase"

    def clean(self, payload: Mapping[str, Any], program: ProgramRules) -> dict[str, Any]:
        reader = PayloadReader(payload, kind=self.kind)
        reader.text("purchase", required=True)
        return reader.done()

    def purchase_key(self, source: str, key: str, payload: Mapping[str, Any]) -> str:
        return purchase_key(source, payload["purchase"])

    def needs(self, event: EventState, needs: Needs) -> None:
        needs.purchases.add(event.purchase_key)
        needs.reopened.add(event.purchase_key)
        needs.refunds = True

    def apply(self, state: State, event: EventState) -> None:
        purchase = state.purchases.get(event.purchase_key)
        if purchase is None:
            raise Parked
        if event.card_id is None:
            event.card_id = purchase.card_id
        if event.card_id != purchase.card_id:
            raise PurchaseNotFound
        if purchase.remaining or not purchase.total:
            raise PurchaseNotRefunded
        event.purchase, event.decides_at = purchase, purchase.occurred_at
        purchase.remaining = purchase.total
        for line in purchase.lines:
            line.remaining = line.amount
        card = state.cards[purchase.card_id]
        card.spent_total += purchase.total
        card.purchases_count += 1
        card.dirty = True
        state.touched_purchases[purchase.key] = purchase
        state.reopened.setdefault(purchase.key, event)
        for refund in state.refunds:
            if refund.purchase is purchase and refund.undone is None:
                refund.undone = event
