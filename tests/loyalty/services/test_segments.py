"""Segments as rows: saved by date, listed, asked for by campaigns, replayed, and archived when nobody asks."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from loyalty import services
from loyalty.exceptions import (
    CampaignInvalid,
    CardNotFound,
    PastNotAllowed,
    SegmentArchived,
    SegmentInUse,
    SegmentInvalid,
    SegmentNotListed,
)
from loyalty.models import (
    Campaign,
    Card,
    Evaluation,
    Program,
    Reward,
    Segment,
    SegmentMember,
    SegmentRevision,
)
from loyalty.processing.campaigns import campaign_book, load_program_rules
from loyalty.processing.replay import replay

pytestmark = pytest.mark.django_db

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
START = datetime(2025, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def spent(minimum: str) -> list[list[dict[str, Any]]]:
    return [[{"kind": "loyalty.lifetime_spend", "params": {"minimum": minimum}}]]


def gift(key: str = "vip", *, name: str = "gift", **more: Any) -> dict[str, Any]:
    """A point for each purchase of a card in the segment."""
    return {
        "key": name,
        "trigger": {"kind": "loyalty.purchase"},
        "conditions": [[{"kind": "loyalty.segment", "params": {"segment": key}}]],
        "actions": [
            {
                "slot": "gift",
                "kind": "loyalty.credit",
                "currency": "points",
                "amount": {"kind": "loyalty.fixed", "value": "1"},
            }
        ],
        **more,
    }


def publish(program: Program, definition: dict[str, Any]) -> Campaign:
    campaign = services.save_draft(program=program, definition=definition)
    services.publish_campaign(campaign=campaign, effective_from=LONG_AGO, allow_past=True)
    return campaign


def buy(card: Card, at: datetime, total: str = "10.00") -> None:
    number = Evaluation.objects.count()
    services.record_purchase(card=card, external_id=f"p{number}", total=total, occurred_at=at)
    services.process_inbox()


def rewarded() -> list[datetime]:
    return list(Reward.objects.order_by("pk").values_list("event__occurred_at", flat=True))


def test_a_segment_is_made_and_changed_by_date(program: Program) -> None:
    segment = services.save_segment(
        program=program, key="vip", name="Very important", conditions=spent("100"), effective_from=LONG_AGO
    )
    before = Program.objects.get().campaigns_version
    services.save_segment(program=program, key="vip", conditions=spent("200"))

    first, second = SegmentRevision.objects.order_by("pk")
    assert (segment.key, segment.name) == ("vip", "Very important")
    assert (first.number, first.effective_from) == (1, LONG_AGO)
    assert first.definition["conditions"][0][0]["params"] == {"minimum": "100", "maximum": None}
    assert second.number == 2
    assert timezone.now() - second.effective_from < timedelta(minutes=1)
    assert Program.objects.get().campaigns_version > before


def test_saving_the_same_again_makes_no_revision_but_may_rename(program: Program) -> None:
    services.save_segment(program=program, key="vip", name="VIP", listed=True, effective_from=LONG_AGO)
    version = Program.objects.get().campaigns_version

    services.save_segment(program=program, key="vip", name="Friends", listed=True)
    services.save_segment(program=program, key="vip", listed=True, effective_from=LONG_AGO)

    assert Segment.objects.get().name == "Friends"
    assert SegmentRevision.objects.count() == 1
    assert Program.objects.get().campaigns_version == version


def test_only_a_new_segment_may_reach_into_the_past(program: Program) -> None:
    services.save_segment(program=program, key="vip", listed=True, effective_from=LONG_AGO)

    with pytest.raises(PastNotAllowed):
        services.save_segment(program=program, key="vip", conditions=spent("1"), effective_from=START)
    assert SegmentRevision.objects.count() == 1
    services.save_segment(
        program=program, key="vip", conditions=spent("1"), effective_from=START, allow_past=True
    )
    assert SegmentRevision.objects.count() == 2


@pytest.mark.parametrize(
    ("given", "path", "code"),
    [
        ({"key": "a b", "listed": True}, "key", "invalid_slug"),
        ({"key": "x" * 65, "listed": True}, "key", "invalid_slug"),
        ({"key": "vip", "listed": True, "name": "x" * 201}, "name", "too_long"),
        ({"key": "vip"}, "", "conditions_or_list"),
        ({"key": "vip", "conditions": [[{"kind": "no.such"}]]}, "conditions[0][0].kind", "unknown_kind"),
    ],
)
def test_what_makes_no_segment_is_refused(
    program: Program, given: dict[str, Any], path: str, code: str
) -> None:
    with pytest.raises(SegmentInvalid) as refused:
        services.save_segment(program=program, **given)

    assert [(one["path"], one["code"]) for one in refused.value.details] == [(path, code)]
    assert not Segment.objects.exists()


def test_campaigns_reward_who_is_in_the_segment_then(program: Program, card: Card) -> None:
    services.save_segment(program=program, key="vip", conditions=spent("25"), effective_from=LONG_AGO)
    services.save_segment(
        program=program, key="vip", conditions=spent("1000"), effective_from=START + 4 * DAY, allow_past=True
    )
    publish(program, gift())

    for days in (0, 1, 2, 3, 5):
        buy(card, START + days * DAY)
    buy(card, START + 3.5 * DAY)  # told late: it goes by what the segment meant then

    assert rewarded() == [START + 2 * DAY, START + 3 * DAY, START + 3.5 * DAY]


def test_a_list_has_dates_and_is_read_anew(program: Program, card: Card) -> None:
    segment = services.save_segment(program=program, key="vip", listed=True, effective_from=LONG_AGO)
    publish(program, gift())

    buy(card, START)
    assert services.add_to_segment(segment=segment, cards=[card], since=START + DAY) == 1
    buy(card, START + DAY)
    services.remove_from_segment(segment=segment, cards=[card, card], since=START + 3 * DAY)
    buy(card, START + 3 * DAY)
    buy(card, START + 2 * DAY)

    assert rewarded() == [START + DAY, START + 2 * DAY]
    services.add_to_segment(segment=segment, cards=[card], since=START + 3 * DAY)
    assert list(SegmentMember.objects.values_list("since", "is_member")) == [
        (START + DAY, True),
        (START + 3 * DAY, True),  # said again of the same moment
    ]


def test_s4_a_replay_gives_the_same_and_says_what_it_took_as_of_today(program: Program, card: Card) -> None:
    friend = services.enrol_card(program=program, external_id="friend", at=LONG_AGO)
    vip = services.save_segment(program=program, key="vip", listed=True, effective_from=LONG_AGO)
    services.save_segment(program=program, key="big", conditions=spent("25"), effective_from=START + DAY)
    services.add_to_segment(segment=vip, cards=[friend], since=START + DAY)
    publish(program, gift("vip"))
    publish(program, gift("big", name="thanks"))
    for days in range(4):
        for one in (card, friend):
            buy(one, START + days * DAY)

    program.refresh_from_db()
    result = replay(program=program, rules=load_program_rules(program), campaigns=campaign_book(program))

    assert len(result.rewards) == 3 + 2 * 2
    stored = Reward.objects.order_by("pk").values_list("event__key", "campaign__key", "card_id", "granted")
    again = [(one.event.key, one.campaign_key, one.card_id, one.granted) for one in result.rewards]
    assert again == list(stored)
    assert result.as_of_today == ["lists of segments: vip"]


def test_a_backtest_takes_the_segments_of_its_file(program: Program, card: Card) -> None:
    services.save_segment(program=program, key="vip", conditions=spent("25"), effective_from=LONG_AGO)
    for days in range(4):
        buy(card, START + days * DAY)

    def given(**segment: Any) -> int:
        content = {"format": "loyalty-campaigns/1", "program": program.slug, "campaigns": [gift()]}
        content["segments"] = [{"key": "vip", **segment}] if segment else []
        return len(services.run_backtest(program=program, text=json.dumps(content), kind="json").rewards)

    assert given() == 2
    assert given(conditions=spent("15")) == 3
    assert given(conditions=spent("35"), effective_from="2025-03-04T12:00:00Z") == 2  # before: as it was
    assert given(listed=True) == 0
    assert SegmentRevision.objects.count() == 1


def test_a_segment_in_use_cannot_vanish(program: Program) -> None:
    segment = services.save_segment(program=program, key="vip", listed=True)
    services.save_segment(program=program, key="other", listed=True)
    services.save_draft(program=program, definition=gift(name="draft"))
    published = publish(program, gift(name="published"))
    services.save_draft(program=program, definition=gift("other", name="published"))
    coming = services.save_draft(program=program, definition=gift(name="coming"))
    services.publish_campaign(campaign=coming, effective_from=timezone.now() + DAY)
    services.save_draft(program=program, definition=gift("other", name="coming"))
    trigger = {"kind": "loyalty.segment_entered", "params": {"segment": "vip"}}
    services.save_draft(program=program, definition=gift("other", name="entered", trigger=trigger))

    with pytest.raises(SegmentInUse) as refused:
        services.archive_segment(segment=segment)
    assert refused.value.details == {"campaigns": ["coming", "draft", "entered", "published"]}
    assert "coming, draft, entered, published" in str(refused.value)
    assert Segment.objects.get(pk=segment.pk).archived_at is None

    services.pause_campaign(campaign=published)  # may be resumed
    for key in ("draft", "entered"):
        services.archive_campaign(campaign=Campaign.objects.get(key=key))
    services.archive_campaign(campaign=coming)
    with pytest.raises(SegmentInUse) as refused:
        services.archive_segment(segment=segment)
    assert refused.value.details == {"campaigns": ["published"]}

    services.publish_campaign(campaign=published)  # as the draft has it: another segment
    assert services.archive_segment(segment=segment).archived_at is not None


def test_what_was_decided_by_an_archived_segment_stands(program: Program, card: Card) -> None:
    segment = services.save_segment(program=program, key="vip", listed=True, effective_from=LONG_AGO)
    services.add_to_segment(segment=segment, cards=[card], since=LONG_AGO)
    campaign = publish(program, gift())
    buy(card, START)
    services.archive_campaign(campaign=campaign)
    services.archive_segment(segment=segment)
    program.refresh_from_db()

    buy(card, START + DAY)  # late: the campaign was in effect then
    assert rewarded() == [START, START + DAY]
    assert [one.error for one in campaign_book(program).campaigns] == [""]
    for call in (
        lambda: services.archive_segment(segment=segment),
        lambda: services.save_segment(program=program, key="vip", listed=True),
        lambda: services.add_to_segment(segment=segment, cards=[card]),
    ):
        with pytest.raises(SegmentArchived):
            call()
    with pytest.raises(CampaignInvalid) as refused:
        services.save_draft(program=program, definition=gift(name="again"))
    assert [one["code"] for one in refused.value.details] == ["unknown_segment"]


def test_only_lists_take_cards_and_only_of_their_program(program: Program, card: Card) -> None:
    by_spend = services.save_segment(program=program, key="big", conditions=spent("1"))
    listed = services.save_segment(program=program, key="vip", listed=True)
    other = services.enrol_card(program=services.create_program(slug="other"), external_id="x", at=LONG_AGO)

    with pytest.raises(SegmentNotListed):
        services.add_to_segment(segment=by_spend, cards=[card])
    with pytest.raises(CardNotFound):
        services.add_to_segment(segment=listed, cards=[card, other])
    assert not SegmentMember.objects.exists()
