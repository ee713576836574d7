"""Since when a card is on the lists of segments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from loyalty.processing.audience import audience_query
from loyalty.rules.base import Asking, Fact, LoadRequest
from loyalty.rules.events import EventState, FollowUp
from loyalty.rules.segments import LISTS, SegmentRevision
from loyalty.rules.state import CardState, FactBook


class SegmentListsFact(Fact):
    """The dated rows of members, in one query; a detail is the key of a segment."""

    key = LISTS
    as_of_today = _("lists of segments: %(names)s")

    def initial(self, card: CardState) -> dict[str, list[tuple[datetime, bool]]]:
        return {}

    def load(self, request: LoadRequest) -> Mapping[int, dict[str, list[tuple[datetime, bool]]]]:
        from loyalty.models import SegmentMember

        if not request.details:
            return {}
        rows = SegmentMember.objects.filter(
            segment__program_id=request.program.pk, segment__key__in=sorted(map(str, request.details))
        )
        if request.events:
            rows = rows.filter(card_id__in=list(request.cards))
        found: dict[int, dict[str, list[tuple[datetime, bool]]]] = {}
        for card_id, segment, since, is_member in rows.order_by("since", "pk").values_list(
            "card_id", "segment__key", "since", "is_member"
        ):
            found.setdefault(card_id, {}).setdefault(segment, []).append((since, is_member))
        return found

    def advance(self, book: FactBook, event: EventState) -> Sequence[FollowUp]:
        return ()

    def store(self, changed: Mapping[int, Any], moment: datetime) -> None:
        """Lists are the marketer's: services write them."""

    def query(self, question: tuple[str, SegmentRevision], asking: Asking) -> Q:
        """Who is in a segment, of which it is given what it means at the moment."""
        from loyalty.models import SegmentMember

        key, meant = question
        if not meant.listed:
            inside = audience_query(meant.groups, replace(asking, campaign=""))
            assert inside is not None  # a segment asks nothing that needs an event
            return inside
        told = SegmentMember.objects.filter(
            segment__program_id=asking.program.pk, segment__key=key, since__lte=asking.at
        )
        later = told.filter(card=OuterRef("card"), since__gt=OuterRef("since"))
        return Q(pk__in=told.filter(~Exists(later), is_member=True).values("card"))
