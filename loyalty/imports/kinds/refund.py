"""What went back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from loyalty.imports.lines import Draft, LineReader
from loyalty.imports.registry import LineKind

if TYPE_CHECKING:
    from loyalty.imports.chunk import Chunk


class RefundLine(LineKind):
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

    def finish(self, drafts: Sequence[Draft], chunk: Chunk) -> None:
        """A refund that names no customer is of whoever bought, as far as that is known by now.

        When it was told before its purchase it was written without a card: that is the same refund.
        """
        nameless = [draft for draft in drafts if draft.customer is None]
        buyers = chunk.cards_of_events("loyalty.purchase", map(_purchase, nameless))
        for draft in nameless:
            draft.card_id = buyers.get(_purchase(draft))
            draft.other_cards = () if draft.card_id is None else (None,)


def _purchase(draft: Draft) -> Any:
    return (draft.payload or {})["purchase"]
