"""Putting a scene into the database, and processing it in one way or another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

from django.db import transaction

from loyalty.models import (
    Campaign,
    CampaignPublication,
    CampaignRevision,
    Card,
    CardAttribute,
    CardQueue,
    Program,
    Segment,
    SegmentMember,
    SegmentRevision,
)
from loyalty.processing import process
from loyalty.processing.campaigns import load_program_rules
from loyalty.processing.inbox import NewEvent, write_events
from loyalty.processing.process import process_pending
from loyalty.rules.compile import canonical_campaign
from loyalty.services.programs import create_program
from tests.integration.law.histories import inbox
from tests.integration.law.scene import SLUG, Scene, day


class _Undo(Exception):
    """Rolls back to what was before."""


@contextmanager
def undone() -> Iterator[None]:
    """What happens within leaves nothing behind."""
    try:
        with transaction.atomic():
            yield
            raise _Undo
    except _Undo:
        pass


@dataclass
class Staged:
    """A scene in the database, and the events that are to arrive."""

    program: Program
    cards: list[int]
    inbox: list[list[NewEvent]]

    def process(self, sizes: Callable[[], int | None]) -> None:
        """Let the events arrive and be processed in batches of these sizes. None may fail: none does anything wrong."""
        self.tell(self.inbox, sizes)

    def tell(self, inbox: list[list[NewEvent]], sizes: Callable[[], int | None]) -> None:
        """The same for other events than the scene's own."""
        with strictly():
            for events in inbox:
                write(self.program, events)
                while process_pending(program=self.program, batch_size=(size := sizes()), limit=size):
                    pass


def put(scene: Scene) -> Staged:
    """Write the scene's program, cards and campaigns."""
    program = create_program(slug=SLUG, timezone=scene.zone, currencies=scene.currencies)
    program.refresh_from_db()
    cards = Card.objects.bulk_create(
        Card(
            program=program,
            external_id=f"card-{number}",
            status_since=day(plan.enrolled),
            enrolled_at=day(plan.enrolled),
        )
        for number, plan in enumerate(scene.cards)
    )
    CardQueue.objects.bulk_create(CardQueue(card=card) for card in cards)
    CardAttribute.objects.bulk_create(
        CardAttribute(card=card, name=name, since=day(since), value=value)
        for card, plan in zip(cards, scene.cards, strict=True)
        for name, since, value in plan.attributes
    )
    _put_segments(program, scene, cards)
    _put_campaigns(program, scene)
    keys = [card.pk for card in cards]
    return Staged(Program.objects.get(pk=program.pk), keys, inbox(scene, keys))


def _put_segments(program: Program, scene: Scene, cards: Sequence[Card]) -> None:
    rows = {
        plan.key: Segment.objects.create(program=program, key=plan.key, name=plan.key)
        for plan in scene.segments
    }
    SegmentRevision.objects.bulk_create(
        SegmentRevision(
            segment=rows[plan.key], number=number, definition=definition, effective_from=day(since)
        )
        for plan in scene.segments
        for number, (since, definition) in enumerate(plan.revisions, 1)
    )
    SegmentMember.objects.bulk_create(
        SegmentMember(segment=rows[key], card=card, since=day(since), is_member=is_member)
        for card, plan in zip(cards, scene.cards, strict=True)
        for key, since, is_member in plan.listed
    )


def _put_campaigns(program: Program, scene: Scene) -> None:
    """Straight into the tables of what is published: the way there has tests of its own, and takes its time."""
    rules = load_program_rules(program)
    rows = Campaign.objects.bulk_create(
        Campaign(program=program, key=plan.key, name=plan.key, trigger_kind="") for plan in scene.campaigns
    )
    revisions = CampaignRevision.objects.bulk_create(
        CampaignRevision(campaign=row, number=number, definition=canonical_campaign(text, program=rules))
        for row, plan in zip(rows, scene.campaigns, strict=True)
        for number, text in enumerate(plan.revisions, 1)
    )
    by_number = {(revision.campaign_id, revision.number - 1): revision for revision in revisions}
    CampaignPublication.objects.bulk_create(
        CampaignPublication(
            campaign=row,
            action="pause" if number is None else "publish",
            revision=None if number is None else by_number[row.pk, number],
            effective_from=day(since),
        )
        for row, plan in zip(rows, scene.campaigns, strict=True)
        for since, number in plan.publications
    )


def write(program: Program, events: Sequence[NewEvent]) -> None:
    """Write events into the inbox; all must be taken."""
    for item, written in zip(events, write_events(program=program, items=events), strict=True):
        assert not isinstance(written, Exception), (item, written.details)
        assert written.created, item


@contextmanager
def strictly() -> Iterator[None]:
    """No batch may fail: halving it would hide the reason."""
    real: Any = process._process_batch

    def process_batch(*args: Any) -> Any:
        try:
            return real(*args)
        except process.BatchFailed as failed:
            raise failed.error from None

    with mock.patch.object(process, "_process_batch", process_batch):
        yield
