"""Segment entered and left (S7): two daily looks at a segment, and what changed between them."""

import pytest
import time_machine
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from loyalty import services
from loyalty.models import Card, Evaluation, Event, SchedulePresence, Segment
from loyalty.services import Scheduled, schedules
from tests.loyalty.services.calendars import at, dates, enrol, given, look, publish, scheduled, told

ENTERED, LEFT = "loyalty.segment_entered", "loyalty.segment_left"
VIP = {"params": {"segment": "vip"}}


@pytest.fixture
def vip(program) -> Segment:
    """A list of good customers since long ago."""
    with time_machine.travel(at("2026-01-01")):
        return services.save_segment(program=program, key="vip", listed=True)


def put(segment: Segment, *cards: Card, since: str) -> None:
    with time_machine.travel(at(since)):
        services.add_to_segment(segment=segment, cards=cards)


def take(segment: Segment, *cards: Card, since: str) -> None:
    with time_machine.travel(at(since)):
        services.remove_from_segment(segment=segment, cards=cards)


def present() -> list[str]:
    return list(SchedulePresence.objects.order_by("card_id").values_list("card__external_id", flat=True))


def test_the_first_look_takes_stock_and_the_next_ones_tell_who_came_and_went(program, vip):
    anna, boris = enrol(program, "anna"), enrol(program, "boris")
    put(vip, anna, since="2026-11-01")
    publish(program, scheduled("hello", kind=ENTERED, value="10", **VIP), on="2026-11-10 10:00")
    publish(program, scheduled("goodbye", kind=LEFT, value="1", **VIP), on="2026-11-10 10:00")

    assert look("2026-11-11 10:00") == Scheduled(dates=2, events=0)
    assert present() == ["anna", "anna"]  # as seen by either campaign
    put(vip, boris, since="2026-11-11 12:00")
    take(vip, anna, since="2026-11-11 12:00")
    assert look("2026-11-12 08:00") == Scheduled(dates=0, events=0)
    assert look("2026-11-12 10:00") == Scheduled(dates=2, events=2)
    assert look("2026-11-13 10:00") == Scheduled(dates=2, events=0)

    assert sorted(told()) == [("goodbye", "2026-11-12", "anna"), ("hello", "2026-11-12", "boris")]
    assert sorted(given()) == [("anna", 1), ("boris", 10)]
    event = Event.objects.get(kind=ENTERED)
    assert (event.card, event.occurred_at) == (boris, at("2026-11-12 09:00"))
    assert present() == ["boris", "boris"]


def test_whoever_comes_back_is_told_of_again(program, vip):
    anna = enrol(program, "anna")
    publish(program, scheduled(kind=ENTERED, **VIP), on="2026-11-10 10:00")
    look("2026-11-11 10:00")
    for day in (12, 14):
        put(vip, anna, since=f"2026-11-{day} 08:00")
        take(vip, anna, since=f"2026-11-{day} 20:00")

    look("2026-11-15 10:00")

    assert dates() == ["2026-11-12", "2026-11-14"]


def test_after_an_outage_each_look_sees_its_own_date(program, vip):
    anna, boris = enrol(program, "anna"), enrol(program, "boris")
    publish(program, scheduled(kind=ENTERED, **VIP), on="2026-11-10 10:00")
    look("2026-11-11 10:00")
    put(vip, anna, since="2026-11-12 12:00")
    put(vip, boris, since="2026-11-14 12:00")

    look("2026-11-16 10:00")

    assert told() == [("gift", "2026-11-13", "anna"), ("gift", "2026-11-15", "boris")]


def test_a_segment_by_conditions(program):
    """Whoever spent 100 or more becomes one; a refund takes them out of it."""
    with time_machine.travel(at("2026-01-01")):
        asked = [[{"kind": "loyalty.lifetime_spend", "params": {"minimum": "100"}}]]
        services.save_segment(program=program, key="vip", conditions=asked)
    anna = enrol(program, "anna")
    for key, kind in (("hello", ENTERED), ("goodbye", LEFT)):
        publish(program, scheduled(key, kind=kind, **VIP), on="2026-11-10 10:00")
    look("2026-11-11 10:00")

    with time_machine.travel(at("2026-11-11 12:00")):
        services.record_purchase(card=anna, external_id=1, total=120)
    look("2026-11-12 10:00")
    with time_machine.travel(at("2026-11-12 12:00")):
        services.record_refund(program=program, purchase_id=1, external_id="r1", amount=50)
    look("2026-11-13 10:00")

    assert told() == [("hello", "2026-11-12", "anna"), ("goodbye", "2026-11-13", "anna")]


def test_the_campaigns_conditions_are_asked_of_those_who_entered(program, vip):
    anna, boris = enrol(program, "anna", region="north"), enrol(program, "boris", region="south")
    asked = {
        "kind": "loyalty.card_attribute",
        "params": {"name": "region", "operator": "is", "value": "north"},
    }
    publish(program, scheduled(kind=ENTERED, conditions=[[asked]], **VIP), on="2026-11-10 10:00")
    look("2026-11-11 10:00")
    put(vip, anna, boris, since="2026-11-11 12:00")

    assert look("2026-11-12 10:00").events == 2
    assert given() == [("anna", 100)]
    codes = [row.trace["campaigns"][0]["code"] for row in Evaluation.objects.filter(event__kind=ENTERED)]
    assert sorted(codes) == ["ok", "other_value"]


def test_who_enters_while_blocked_is_not_told_of_later(program, vip):
    anna = enrol(program, "anna")
    publish(program, scheduled(kind=ENTERED, **VIP), on="2026-11-10 10:00")
    look("2026-11-11 10:00")
    with time_machine.travel(at("2026-11-11 11:00")):
        services.block_card(card=anna, reason="Lost")
    put(vip, anna, since="2026-11-11 12:00")
    look("2026-11-12 10:00")
    with time_machine.travel(at("2026-11-12 11:00")):
        services.unblock_card(card=anna, reason="Found")
    look("2026-11-14 10:00")

    assert told() == []
    assert present() == ["anna"]


def test_s29_a_card_that_was_merged_is_not_told_of(program, vip):
    old, new = enrol(program, "old"), enrol(program, "new")
    publish(program, scheduled(kind=ENTERED, **VIP), on="2026-11-10 10:00")
    look("2026-11-11 10:00")
    with time_machine.travel(at("2026-11-11 11:00")):
        services.merge_cards(survivor=new, merged=old, reason="One person")
    put(vip, old, new, since="2026-11-11 12:00")

    look("2026-11-12 10:00")

    assert told() == [("gift", "2026-11-12", "new")]


def test_a_new_card_in_the_segment_has_entered_it(program, vip):
    publish(program, scheduled(kind=ENTERED, **VIP), on="2026-11-10 10:00")
    look("2026-11-11 10:00")
    with time_machine.travel(at("2026-11-11 12:00")):
        anna = enrol(program, "anna", since=at("2026-11-11 12:00"))
    put(vip, anna, since="2026-11-11 12:00")

    look("2026-11-12 10:00")

    assert told() == [("gift", "2026-11-12", "anna")]


def test_what_changed_while_it_was_paused_is_taken_stock_of(program, vip):
    anna, boris = enrol(program, "anna"), enrol(program, "boris")
    campaign = publish(program, scheduled(kind=ENTERED, **VIP), on="2026-11-10 10:00")
    look("2026-11-11 10:00")
    with time_machine.travel(at("2026-11-11 11:00")):
        services.pause_campaign(campaign=campaign)
    put(vip, anna, since="2026-11-12 12:00")
    with time_machine.travel(at("2026-11-14 11:00")):
        services.resume_campaign(campaign=campaign)
    put(vip, boris, since="2026-11-15 12:00")

    look("2026-11-17 10:00")

    assert told() == [("gift", "2026-11-16", "boris")]


def test_a_revision_goes_on_where_the_last_one_looked_unless_it_looks_at_another_segment(program, vip):
    anna = enrol(program, "anna")
    with time_machine.travel(at("2026-01-01")):
        other = services.save_segment(program=program, key="other", listed=True)
    put(other, anna, since="2026-01-02")
    publish(program, scheduled(kind=ENTERED, **VIP), on="2026-11-10 10:00")
    look("2026-11-11 10:00")
    put(vip, anna, since="2026-11-11 11:00")
    publish(program, scheduled(kind=ENTERED, value="7", **VIP), on="2026-11-11 12:00")
    look("2026-11-12 10:00")
    assert given() == [("anna", 7)]

    look_at_other = {"params": {"segment": "other"}}
    publish(program, scheduled(kind=ENTERED, **look_at_other), on="2026-11-12 12:00")
    take(vip, anna, since="2026-11-12 11:00")
    look("2026-11-14 10:00")

    assert given() == [("anna", 7)]


def test_killed_in_the_middle_nobody_is_forgotten_or_told_twice(program, vip, monkeypatch):
    cards = [enrol(program, f"card-{number}") for number in range(5)]
    publish(program, scheduled(kind=ENTERED, **VIP), on="2026-11-10 10:00")
    look("2026-11-11 10:00")
    put(vip, *cards, since="2026-11-11 12:00")
    monkeypatch.setattr(schedules, "_CHUNK", 2)
    real, chunks = schedules.write_events, []

    def write(**given):
        written = real(**given)
        chunks.append(len(given["items"]))
        if len(chunks) == 2:
            raise OperationalError("the server closed the connection")
        return written

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(schedules, "write_events", write)
        with pytest.raises(OperationalError):
            look("2026-11-12 10:00")
    assert present() == ["card-0", "card-1"]

    assert look("2026-11-12 11:00") == Scheduled(dates=1, events=3)
    assert told() == [("gift", "2026-11-12", f"card-{number}") for number in range(5)]
    assert len(present()) == 5


def test_the_number_of_queries_does_not_grow_with_those_who_enter(program, vip, monkeypatch):
    monkeypatch.setattr(schedules, "process_pending", lambda **_options: 0)
    publish(program, scheduled(kind=ENTERED, **VIP), on="2026-11-10 10:00")
    look("2026-11-11 10:00")
    counts = []
    for day, size in ((12, 1), (13, 50), (14, 300)):
        items = [services.NewCard(external_id=f"{size}-{n}", at=at("2026-01-01")) for n in range(size)]
        cards = services.enrol_cards(program=program, items=items)
        put(vip, *cards.values(), since=f"2026-11-{day} 08:00")
        with CaptureQueriesContext(connection) as queries:
            assert look(f"2026-11-{day} 10:00").events == size
        counts.append(len(queries))

    assert counts[0] == counts[1] == counts[2]
