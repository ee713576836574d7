"""Cards that were blocked, and blocked no more."""

from __future__ import annotations

from typing import ClassVar

from loyalty.imports.lines import Draft, LineReader
from loyalty.imports.registry import LineKind


class CardStatusLine(LineKind):
    """Base of lines `{"type", "id", "customer", "occurred_at"}` that change a card's status."""

    fields = ("id", "customer", "occurred_at")
    event_kind: ClassVar[str]

    def read(self, line: LineReader) -> Draft:
        return Draft(
            kind=self.event_kind, key=line.key(), customer=line.customer(), at=line.moment(), payload={}
        )


class BlockedLine(CardStatusLine):
    """The card neither earns nor spends from then on (S13)."""

    name = "blocked"
    event_kind = "loyalty.card_blocked"


class UnblockedLine(CardStatusLine):
    """The card earns and spends again."""

    name = "unblocked"
    event_kind = "loyalty.card_unblocked"
