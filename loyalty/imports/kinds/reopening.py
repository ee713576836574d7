"""What went back by mistake and counts again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from loyalty.imports.lines import Draft, LineReader
from loyalty.imports.registry import LineKind

if TYPE_CHECKING:
    from loyalty.imports.chunk import Chunk


class ReopenedLine(LineKind):
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

    def finish(self, drafts: Sequence[Draft], chunk: Chunk) -> None:
        """One that names no customer is of whoever bought, as far as that is known by now."""
        nameless = [draft for draft in drafts if draft.customer is None]
        buyers = chunk.cards_of_events("loyalty.purchase", map(_purchase, nameless))
        for draft in nameless:
            draft.card_id = buyers.get(_purchase(draft))
            draft.other_cards = () if draft.card_id is None else (None,)


def _purchase(draft: Draft) -> Any:
    return (draft.payload or {})["purchase"]
