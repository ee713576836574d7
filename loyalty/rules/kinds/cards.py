"""What happens to a card itself: enrolment, blocking, its place in the tree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.exceptions import CardClosed, ParentAlreadySet, ParentCycle, ParentIsSelf
from loyalty.rules.events import EventState
from loyalty.rules.kinds.base import EventKind, Needs
from loyalty.rules.kinds.payloads import PayloadReader
from loyalty.rules.merges import refuse_merged
from loyalty.rules.phrases import Telling
from loyalty.rules.state import ACTIVE, BLOCKED, CLOSED, CardChange, ProgramRules, State


class CardEnrolledKind(EventKind):
    """A card was enrolled. No payload."""

    kind = "loyalty.card_enrolled"
    label = _("Card enrolled")
    follows = True

    def phrase(self, params: Mapping[str, Any], telling: Telling) -> str:
        if telling.by_you:
            return gettext("When you get your card")
        return gettext("When %(who)s gets a card") % {"who": telling.client}


class StatusKind(EventKind):
    """Base of blocking, unblocking and closing. No payload: reason and actor are kept on the card's history."""

    triggers = False
    status: ClassVar[str]

    def apply(self, state: State, event: EventState) -> None:
        assert event.card_id is not None
        refuse_merged(state, event.card_id)
        card = state.cards[event.card_id]
        if card.status == CLOSED:
            raise CardClosed
        # A card has no past: what was told with an earlier date holds from its enrolment on.
        since = max(event.occurred_at, card.enrolled_at)
        card.change_status(status=self.status, since=since)
        state.card_changes.append(CardChange(event, card.pk, since, status=self.status))


class CardBlockedKind(StatusKind):
    """The card neither earns nor spends from now on (S13)."""

    kind = "loyalty.card_blocked"
    label = _("Card blocked")
    status = BLOCKED


class CardUnblockedKind(StatusKind):
    """The card earns and spends again."""

    kind = "loyalty.card_unblocked"
    label = _("Card unblocked")
    status = ACTIVE


class CardClosedKind(StatusKind):
    """The card is closed for good."""

    kind = "loyalty.card_closed"
    label = _("Card closed")
    status = CLOSED


class ParentChangedKind(EventKind):
    """The card got a parent card, another one, or none.

    Payload: `parent` (card key or null), an app's own `link`, and `first`: refuse if the card has a parent already.
    """

    kind = "loyalty.parent_changed"
    label = _("Parent card changed")
    triggers = False
    climbs = True

    def clean(self, payload: Mapping[str, Any], program: ProgramRules) -> dict[str, Any]:
        reader = PayloadReader(payload, kind=self.kind)
        parent = reader.rest.pop("parent", None)
        if parent is not None and (not isinstance(parent, int) or isinstance(parent, bool)):
            reader.refuse("parent", "invalid_card", "Give the key of a card, or null.")
        link = reader.rest.pop("link", None)
        first = reader.rest.pop("first", False)
        if not isinstance(first, bool):
            reader.refuse("first", "not_a_boolean", "Give true or false.")
        canonical = reader.done() | {"parent": parent}
        return canonical | ({"link": link} if link else {}) | ({"first": True} if first else {})

    def needs(self, event: EventState, needs: Needs) -> None:
        assert event.card_id is not None
        if event.payload["parent"] is not None:
            needs.parents.setdefault(event.card_id, set()).add(event.payload["parent"])
        if event.payload.get("link"):
            needs.history_of(event.card_id, event.occurred_at)

    def apply(self, state: State, event: EventState) -> None:
        assert event.card_id is not None
        card, parent_id = state.cards[event.card_id], event.payload["parent"]
        refuse_merged(state, card.pk)
        refuse_merged(state, parent_id)
        if event.payload.get("first") and card.parent_id is not None:
            raise ParentAlreadySet(details={}, parent=card.parent_id)
        if parent_id == card.pk:
            raise ParentIsSelf
        if parent_id is not None and self._descends(state, parent_id, card.pk):
            raise ParentCycle
        event.note = {"old_parent": card.parent_id}
        state.card_changes.append(
            CardChange(
                event, card.pk, event.occurred_at, old_parent_id=card.parent_id, new_parent_id=parent_id
            )
        )
        if card.linked_at is None and parent_id is not None:
            card.linked_at = event.occurred_at
        card.parent_id = parent_id
        card.parent_since = event.occurred_at if parent_id is not None else None
        card.dirty = True

    def _descends(self, state: State, parent_id: int, card_id: int) -> bool:
        """Whether the parent stands below the card: up the loaded cards, which may have moved, and the stored ones."""
        seen: set[int] = set()
        here: int | None = parent_id
        while here is not None and here not in seen:
            if here == card_id:
                return True
            seen.add(here)
            loaded = state.cards.get(here)
            here = loaded.parent_id if loaded is not None else state.parents_above.get(here)
        return False
