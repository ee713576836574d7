"""The lines of an import that say who brought whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from loyalty.exceptions import LoyaltyError, ParentIsSelf
from loyalty.imports import Draft, LineKind, LineReader
from loyalty.models import Card, Event
from referrals.exceptions import AlreadyReferred
from referrals.methods import Method

if TYPE_CHECKING:
    from loyalty.imports import Chunk

_KIND = "loyalty.parent_changed"


class ReferralLine(LineKind):
    """`{"child", "parent", "registered_at"}`: the parent brought the child then. Enrols both, as of that moment."""

    name = "referral"
    fields = ("child", "parent", "registered_at")

    def recognises(self, line: Mapping[str, Any]) -> bool:
        return "child" in line and "parent" in line

    def read(self, line: LineReader) -> Draft:
        child = line.customer("child")
        return Draft(
            kind=_KIND,
            key=child,
            customer=child,
            others=(line.customer("parent"),),
            at=line.moment("registered_at"),
        )

    def finish(self, drafts: Sequence[Draft], chunk: Chunk) -> None:
        """The first referrer stays; the same line of the same import again is no mistake."""
        told = Event.objects.filter(
            program=chunk.context.program,
            source=chunk.context.source,
            kind=_KIND,
            key__in=[draft.key for draft in drafts],
        )
        repeated = set(told.values_list("key", flat=True))
        cards = Card.objects.filter(pk__in=[draft.card_id for draft in drafts if draft.card_id is not None])
        taken = set(cards.exclude(parent=None, referral=None).values_list("pk", flat=True))
        for draft in drafts:
            try:
                parent = chunk.card(draft.others[0])
            except LoyaltyError as unknown:
                draft.refusal = unknown
                continue
            draft.payload = {
                "parent": parent,
                "link": {"code": "", "method": Method.IMPORT.value, "link": None},
            }
            if parent == draft.card_id:
                draft.refusal = ParentIsSelf()
            elif draft.card_id in taken and draft.key not in repeated:
                draft.refusal = AlreadyReferred()
