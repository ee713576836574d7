"""For which cards a scheduled campaign makes events: those of its audience, or those that entered or left a segment."""

from __future__ import annotations

from typing import Protocol

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet

from loyalty.models import Card, LimitCounter, SchedulePresence, ScheduleRun
from loyalty.periods import period_start
from loyalty.processing.audience import audience_query
from loyalty.rules.base import Asking
from loyalty.rules.kinds.scheduled import SegmentKind
from loyalty.rules.limits import counter_prefix
from loyalty.rules.schedule import Schedule, Turn
from loyalty.selectors.audience import active_at, stands_for_itself


class Look(Protocol):
    """A look at the cards of a program at one moment."""

    def next_cards(self, *, after: int, most: int) -> tuple[list[int], list[int]]:
        """The next cards by key, at most so many, and those of them that get an event; notes what it must for later."""


def look_for(schedule: Schedule, turn: Turn, asking: Asking, using: str) -> Look:
    """The look that a turn asks for. Raises ValueError for conditions that need an event."""
    kind = turn.kind
    if isinstance(kind, SegmentKind):
        return SegmentLook(kind, turn, asking, is_first=_is_first(schedule, turn, using), using=using)
    return AudienceLook(turn, asking, using)


class AudienceLook:
    """The active cards that hold the campaign's conditions."""

    def __init__(self, turn: Turn, asking: Asking, using: str) -> None:
        query = audience_query(turn.campaign.groups, asking)
        if query is None:
            raise ValueError(f"Campaign {turn.campaign.key} asks what can only be asked for an event.")
        may_get = _acts(asking) & _has_room(turn, asking)
        self.cards = _enrolled(asking, using).filter(may_get).filter(query)

    def next_cards(self, *, after: int, most: int) -> tuple[list[int], list[int]]:
        """All of them get an event."""
        found = list(self.cards.filter(pk__gt=after).values_list("pk", flat=True)[:most])
        return found, found


class SegmentLook:
    """The cards that are on the other side of a segment's border than at the last look.

    Blocked and merged ones are noted but get no event, then or later. The first look only takes stock.
    """

    def __init__(self, kind: SegmentKind, turn: Turn, asking: Asking, *, is_first: bool, using: str) -> None:
        self.kind, self.is_first, self.using = kind, is_first, using
        assert turn.campaign.pk is not None  # what is published is stored
        self.campaign_pk = turn.campaign.pk
        query = audience_query([[kind.inside(turn.campaign.trigger_params, asking.program)]], asking)
        if query is None:
            raise ValueError(f"The segment of campaign {turn.campaign.key} does not compile any more.")
        present = SchedulePresence.objects.filter(campaign=self.campaign_pk, card=OuterRef("pk"))
        cards = _enrolled(asking, using).annotate(
            is_inside=Exists(Card.objects.filter(query, pk=OuterRef("pk"))),
            was_inside=Exists(present),
            is_active=ExpressionWrapper(_acts(asking), output_field=BooleanField()),
        )
        crossed = Q(is_inside=True, was_inside=False) | Q(is_inside=False, was_inside=True)
        self.cards = cards.filter(crossed).values_list("pk", "is_inside", "is_active")

    def next_cards(self, *, after: int, most: int) -> tuple[list[int], list[int]]:
        """Those that crossed the border; those that did so in the direction of the trigger get an event."""
        rows = list(self.cards.filter(pk__gt=after)[:most])
        entered = [pk for pk, is_inside, _active in rows if is_inside]
        left = [pk for pk, is_inside, _active in rows if not is_inside]
        presences = SchedulePresence.objects.using(self.using)
        presences.bulk_create(SchedulePresence(campaign_id=self.campaign_pk, card_id=pk) for pk in entered)
        if left:
            presences.filter(campaign=self.campaign_pk, card__in=left).delete()
        told = [pk for pk, is_inside, is_active in rows if is_active and is_inside == self.kind.enters]
        return [row[0] for row in rows], [] if self.is_first else told


def _enrolled(asking: Asking, using: str) -> QuerySet[Card]:
    cards = Card.objects.using(using).filter(program=asking.program.pk, enrolled_at__lte=asking.at)
    return cards.order_by("pk")


def _acts(asking: Asking) -> Q:
    """The cards that are active at the moment and not merged into another."""
    return active_at(asking) & stands_for_itself(asking)


def _has_room(turn: Turn, asking: Asking) -> Q:
    """The cards whose own number of times is not used up: who is won back once a half-year is not asked daily till then.

    Only where the campaign gives to nobody else; whether something is given is decided by the event all the same.
    """
    campaign, room = turn.campaign, Q()
    if any(action.recipient.role != "card" for action in campaign.actions):
        return room
    for limit in campaign.limits:
        if limit.per == "recipient" and limit.measure == "times":
            prefix = counter_prefix(program_slug=asking.program.slug, campaign_key=campaign.key, limit=limit)
            used_up = LimitCounter.objects.filter(
                campaign=campaign.pk,
                card=OuterRef("pk"),
                period=period_start(asking.at, limit.period, asking.program.zone),
                key__startswith=prefix,
                used__gte=limit.maximum,
            )
            room &= ~Q(Exists(used_up))
    return room


def _is_first(schedule: Schedule, turn: Turn, using: str) -> bool:
    """Whether there is no earlier look to compare with: never, or of another segment, or before a pause."""
    runs = ScheduleRun.objects.using(using).filter(
        campaign=turn.campaign.pk, date__lt=turn.day, finished_at__isnull=False
    )
    last = runs.order_by("-date").values_list("date", flat=True).first()
    before = schedule.turn_on(last) if last else None
    return before is None or not schedule.looked_on(before, turn)
