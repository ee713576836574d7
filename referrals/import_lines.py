"""The lines of an import that say who brought whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from loyalty.exceptions import ParentIsSelf
from loyalty.imports import Chunk, Draft, LineKind, LineReader
from loyalty.models import Card, Event
from referrals.exceptions import AlreadyReferred
from referrals.methods import Method

_KIND = "loyalty.parent_changed"


class ReferralLine(LineKind):
    """`{"child", "parent", "registered_at"}`: the parent brought the child then. Enrols both as of that moment.

    Without a parent the child came by itself and is only enrolled.
    """

    name = "referral"
    fields = ("child", "parent", "registered_at")

    def recognises(self, line: Mapping[str, Any]) -> bool:
        return "child" in line

    def read(self, line: LineReader) -> Draft | None:
        child, parent = line.customer("child"), line.optional_customer("parent")
        if parent is None:
            since = line.optional_moment("registered_at")
            line.take("parent", "registered_at")
            return None if since is None else Draft(customer=child, at=since)
        if parent == child:
            raise ParentIsSelf
        at = line.moment("registered_at")
        return Draft(kind=_KIND, key=child, customer=child, others=(parent,), at=at)

    def finish(self, drafts: Sequence[Draft], chunk: Chunk) -> None:
        """The first referrer stays; a line that is told again is no mistake."""
        brought = [draft for draft in drafts if draft.kind]
        told, taken = _told_before(brought, chunk), _taken(brought)
        for draft in brought:
            parent_id = chunk.card(draft.others[0])
            draft.payload = {"parent": parent_id, "first": True, "link": {"method": Method.IMPORT.value}}
            if draft.card_id in taken and draft.key not in told:
                draft.refusal = AlreadyReferred()


def _told_before(drafts: Sequence[Draft], chunk: Chunk) -> set[str]:
    """The keys of drafts that are in the inbox: there it shows whether they say the same."""
    context = chunk.context
    events = Event.objects.filter(program=context.program, source=context.source, kind=_KIND)
    return set(events.filter(key__in=[draft.key for draft in drafts]).values_list("key", flat=True))


def _taken(drafts: Sequence[Draft]) -> set[int]:
    """The cards of drafts that have a parent card or had a referrer."""
    cards = Card.objects.filter(pk__in=[draft.card_id for draft in drafts if draft.card_id is not None])
    return set(cards.exclude(parent=None, referral=None).values_list("pk", flat=True))
