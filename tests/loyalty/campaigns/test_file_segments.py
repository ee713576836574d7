"""Segments in campaign files: read before the campaigns that ask for them, written at once, exported as they are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from loyalty.models import CampaignPublication, Program, Segment, SegmentRevision
from loyalty.processing.campaigns import campaign_book
from loyalty.services import archive_segment, save_segment
from loyalty.services.campaign_files import (
    export_campaigns,
    export_text,
    import_campaigns,
    validate_campaigns,
)
from tests.loyalty.campaigns.bakery import refused

pytestmark = pytest.mark.django_db

FILE = """\
format: loyalty-campaigns/1
program: bakery
currencies:
- {code: points}
segments:
- key: friends
  name: Friends of the house
  effective_from: "2020-01-01T00:00:00Z"
  listed: true
- key: regulars
  conditions:
  - - {kind: loyalty.window_purchases, params: {days: 30, minimum: 4}}
    - {kind: loyalty.weekday, negate: true, params: {days: [sun]}}
campaigns:
- key: thanks
  trigger: {kind: loyalty.purchase}
  effective_from: "2020-01-01T00:00:00Z"
  conditions:
  - - {kind: loyalty.segment, params: {segment: friends}}
  - - {kind: loyalty.segment, about: parent_card, params: {segment: regulars}}
  actions:
  - {slot: gift, kind: loyalty.credit, currency: points, amount: {kind: loyalty.fixed, value: "10"}}
"""


def test_a_file_brings_its_segments_with_it() -> None:
    done = import_campaigns(text=FILE, publish=True, allow_past=True)

    assert (done.segments, done.created, done.published) == (["friends", "regulars"], ["thanks"], ["thanks"])
    friends, regulars = SegmentRevision.objects.order_by("segment__key")
    assert friends.segment.name == "Friends of the house"
    assert (friends.definition, friends.effective_from) == (
        {"listed": True},
        datetime(2020, 1, 1, tzinfo=UTC),
    )
    assert [item["kind"] for item in regulars.definition["conditions"][0]] == [
        "loyalty.window_purchases",
        "loyalty.weekday",
    ]
    assert timezone.now() - regulars.effective_from < timedelta(minutes=1)
    assert [one.error for one in campaign_book(Program.objects.get()).campaigns] == [""]


def test_export_then_import_changes_nothing() -> None:
    import_campaigns(text=FILE, publish=True, allow_past=True)
    program = Program.objects.get()
    version = program.campaigns_version

    for kind in ("yaml", "json"):
        text = export_text(program=program, kind=kind)
        done = import_campaigns(text=text, kind=kind, publish=True)
        assert (done.segments, done.created, done.updated, done.published) == ([], [], [], [])
        assert export_text(program=program, kind=kind) == text
    assert SegmentRevision.objects.count() == 2
    assert CampaignPublication.objects.count() == 1
    assert Program.objects.get().campaigns_version == version
    exported = export_campaigns(program=program)["segments"]
    assert exported[0] == {
        "key": "friends",
        "name": "Friends of the house",
        "effective_from": "2020-01-01T00:00:00Z",
        "listed": True,
    }


def test_a_program_is_made_again_from_its_export() -> None:
    import_campaigns(text=FILE)
    text = export_text(program=Program.objects.get()).replace("program: bakery", "program: second")

    done = import_campaigns(text=text)

    assert (done.segments, done.created) == (["friends", "regulars"], ["thanks"])
    assert export_text(program=done.program) == text


def test_what_changed_is_written_and_named() -> None:
    import_campaigns(text=FILE)

    done = import_campaigns(text=FILE.replace("minimum: 4", "minimum: 5").replace("Friends of", "Guests of"))

    assert done.segments == ["friends", "regulars"]
    assert Segment.objects.get(key="friends").name == "Guests of the house"
    assert list(SegmentRevision.objects.values_list("segment__key", "number").order_by("pk")) == [
        ("friends", 1),
        ("regulars", 1),
        ("regulars", 2),
    ]


def test_validating_writes_nothing() -> None:
    assert [one.key for one in validate_campaigns(text=FILE).segments] == ["friends", "regulars"]
    assert not Segment.objects.exists()


@pytest.mark.parametrize(
    ("right", "wrong", "mistakes"),
    [
        ("listed: true", "listed: 1", [(6, "segments[0]", "conditions_or_list"), (9, "segments[0].listed", "wrong_type")]),
        ("minimum: 4", "minimum: x", [(12, "segments[1].conditions[0][0].params.minimum", "wrong_type")]),
        ("key: regulars", "key: friends", [
            (10, "segments[1].key", "key_twice"),
            (20, "campaigns[0].conditions[1][0].params.segment", "unknown_segment"),
        ]),
        ("{segment: friends}", "{segment: frends}", [
            (19, "campaigns[0].conditions[0][0].params.segment", "unknown_segment")
        ]),
        ("kind: loyalty.weekday", "kind: loyalty.channel", [
            (13, "segments[1].conditions[0][1].params.days", "unknown_key"),
            (13, "segments[1].conditions[0][1].params.channels", "required"),
        ]),
        ("  name: Friends of the house\n", "  nmae: Friends\n", [(7, "segments[0].nmae", "unknown_key")]),
    ],
    ids=["list", "settings", "twice", "unknown", "needs-event", "key"],
)  # fmt: skip
def test_every_mistake_is_named_by_path_and_line(
    right: str, wrong: str, mistakes: list[tuple[int, str, str]]
) -> None:
    assert refused(FILE.replace(right, wrong)) == mistakes
    assert not Program.objects.exists()


def test_an_archived_segment_is_not_exported_and_not_revived() -> None:
    import_campaigns(text=FILE)
    program = Program.objects.get()
    archive_segment(segment=save_segment(program=program, key="gone", listed=True))

    assert [one["key"] for one in export_campaigns(program=program)["segments"]] == ["friends", "regulars"]
    again = FILE.replace("segments:\n", "segments:\n- {key: gone, listed: true}\n")
    assert refused(again) == [(6, "segments[0].key", "segment_archived")]


def test_a_file_reaches_into_the_past_of_a_segment_only_with_permission() -> None:
    import_campaigns(text=FILE)
    changed = FILE.replace("  listed: true", "  conditions: []")

    assert refused(changed) == [(6, "segments[0]", "past_not_allowed")]
    assert import_campaigns(text=changed, allow_past=True).segments == ["friends"]
