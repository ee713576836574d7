"""What went back by mistake and counts again."""

from __future__ import annotations

from loyalty.imports.kinds.about_purchase import AboutPurchase
from loyalty.imports.lines import Draft, LineReader


class ReopenedLine(AboutPurchase):
    """`{"type": "reopened", "id", "purchase", "occurred_at"}`, optionally `customer`: the purchase counts again (S25)."""

    name = "reopened"
    fields = ("id", "purchase", "customer", "occurred_at")

    def read(self, line: LineReader) -> Draft:
        return Draft(
            kind="loyalty.purchase_reopened",
            key=line.key(),
            payload={"purchase": line.key("purchase")},
            customer=line.optional_customer("customer"),
            at=line.moment(),
        )
