"""Points that were spent, and spends that were cancelled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from loyalty.exceptions import CurrencyNotFound, CurrencyNotSpendable, SpendNotFound
from loyalty.imports.lines import Draft, ImportContext, LineReader
from loyalty.imports.registry import LineKind

if TYPE_CHECKING:
    from loyalty.imports.chunk import Chunk


class SpendLine(LineKind):
    """`{"type": "spend", "id", "customer", "occurred_at", "points"}`, and `currency` where several can be spent."""

    name = "spend"
    fields = ("id", "customer", "occurred_at", "points", "currency")

    def read(self, line: LineReader) -> Draft:
        currency = line.take("currency").get("currency") or _only_spendable(line.context)
        return Draft(
            kind="loyalty.spend",
            key=line.key(),
            customer=line.customer(),
            at=line.moment(),
            payload={"currency": currency, "amount": line.take("points").get("points")},
        )


class SpendCancelledLine(LineKind):
    """`{"type": "spend_cancelled", "id", "spend", "occurred_at"}`: everything returns. The spend stands before it."""

    name = "spend_cancelled"
    fields = ("id", "spend", "occurred_at")

    def read(self, line: LineReader) -> Draft:
        return Draft(
            kind="loyalty.spend_cancelled",
            key=line.key(),
            at=line.moment(),
            payload={"spend": line.key("spend")},
        )

    def finish(self, drafts: Sequence[Draft], chunk: Chunk) -> None:
        spenders = chunk.cards_of_events(
            "loyalty.spend", [(draft.payload or {})["spend"] for draft in drafts]
        )
        for draft in drafts:
            draft.card_id = spenders.get((draft.payload or {})["spend"])
            if draft.card_id is None:
                draft.refusal = SpendNotFound()


def _only_spendable(context: ImportContext) -> str:
    codes = [code for code, currency in context.rules.currencies.items() if currency.spendable]
    if not codes:
        raise CurrencyNotSpendable
    if len(codes) > 1:
        raise CurrencyNotFound(currency="")
    return codes[0]
