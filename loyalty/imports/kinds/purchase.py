"""What a customer bought."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from loyalty.imports.lines import Draft, LineReader
from loyalty.imports.registry import LineKind


class PurchaseLine(LineKind):
    """`{"id", "customer", "occurred_at", "total"}`, optionally `lines`, `tax`, `discount`, `channel`.

    `items`, a count of articles, is passed over.
    """

    name = "purchase"
    fields = ("id", "customer", "occurred_at", "total", "lines", "tax", "discount", "channel", "items")

    def recognises(self, line: Mapping[str, Any]) -> bool:
        return "total" in line

    def read(self, line: LineReader) -> Draft:
        line.take("items")
        return Draft(
            kind="loyalty.purchase",
            key=line.key(),
            customer=line.customer(),
            at=line.moment(),
            payload=line.take("total", "tax", "discount", "channel", "lines"),
        )
