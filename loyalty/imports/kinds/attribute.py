"""What is known of a customer since when: region, plan, birthday."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from loyalty.imports.lines import Draft, LineReader
from loyalty.imports.registry import LineKind
from loyalty.models import CardAttribute
from loyalty.services.attributes import make_attributes

if TYPE_CHECKING:
    from loyalty.imports.chunk import Chunk

Place = tuple[int, str, datetime]


class AttributeLine(LineKind):
    """`{"type": "attribute", "id", "customer", "occurred_at", "name", "value"}`: the attribute's value since then (S37).

    Told again for the same moment the value replaces the one before. What is imported is known before any event of the
    same import is processed.
    """

    name = "attribute"
    fields = ("id", "customer", "occurred_at", "name", "value")

    def read(self, line: LineReader) -> Draft:
        line.key()
        at, given = line.moment(), line.take("name", "value")
        values = {given.get("name", ""): given.get("value")}
        (row,) = make_attributes(card_id=0, values=values, since=at)
        return Draft(customer=line.customer(), at=at, payload={"name": row.name, "value": row.value})

    def finish(self, drafts: Sequence[Draft], chunk: Chunk) -> None:
        """One query for what is known, one statement for what is not; of several values for a moment the last holds."""
        wanted: dict[Place, str] = {_place(draft): str((draft.payload or {})["value"]) for draft in drafts}
        rows = CardAttribute.objects.filter(
            card_id__in={place[0] for place in wanted}, name__in={place[1] for place in wanted}
        )
        known = {
            (card_id, name, since): value
            for card_id, name, since, value in rows.values_list("card_id", "name", "since", "value")
        }
        for draft in drafts:
            draft.is_known = known.get(_place(draft)) == (draft.payload or {})["value"]
        CardAttribute.objects.bulk_create(
            [
                CardAttribute(card_id=card_id, name=name, value=value, since=since)
                for (card_id, name, since), value in wanted.items()
                if known.get((card_id, name, since)) != value
            ],
            update_conflicts=True,
            unique_fields=["card", "name", "since"],
            update_fields=["value"],
        )


def _place(draft: Draft) -> Place:
    assert draft.card_id is not None
    return draft.card_id, str((draft.payload or {})["name"]), draft.at
