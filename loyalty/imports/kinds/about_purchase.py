"""What happened to a purchase that another line told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from loyalty.imports.lines import Draft
from loyalty.imports.registry import LineKind

if TYPE_CHECKING:
    from loyalty.imports.chunk import Chunk


class AboutPurchase(LineKind):
    """Base of lines that name a purchase, and need not name its customer."""

    def finish(self, drafts: Sequence[Draft], chunk: Chunk) -> None:
        """One that names no customer is of whoever bought, as far as that is known by now.

        When it was told before its purchase it was written without a card: that is the same event.
        """
        nameless = [draft for draft in drafts if draft.customer is None]
        buyers = chunk.cards_of_events("loyalty.purchase", map(_purchase, nameless))
        for draft in nameless:
            draft.card_id = buyers.get(_purchase(draft))
            draft.other_cards = () if draft.card_id is None else (None,)


def _purchase(draft: Draft) -> Any:
    return (draft.payload or {})["purchase"]
