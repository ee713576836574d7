"""What went back."""

from __future__ import annotations

from loyalty.imports.kinds.about_purchase import AboutPurchase
from loyalty.imports.lines import Draft, LineReader


class RefundLine(AboutPurchase):
    """`{"type": "refund", "id", "purchase", "occurred_at"}`, optionally `customer`, and `amount` or `lines`.

    Without an amount and lines all that is left. May stand before its purchase: then it waits for it.
    """

    name = "refund"
    fields = ("id", "purchase", "customer", "occurred_at", "amount", "lines")

    def read(self, line: LineReader) -> Draft:
        purchase = line.key("purchase")
        return Draft(
            kind="loyalty.refund",
            key=line.key(),
            customer=line.optional_customer("customer"),
            at=line.moment(),
            payload={"purchase": purchase, **line.take("amount", "lines")},
        )
