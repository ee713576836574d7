"""Scheduled campaigns (S7): one event per campaign, card and local date, through outages and whatever the clocks do."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import OperationalError, connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from loyalty import services
from loyalty.exceptions import CampaignInvalid, EventKindUnknown
from loyalty.models import Evaluation, Event, ScheduleRun
from loyalty.rules import registry
from loyalty.rules.base import Condition, Outcome
from loyalty.services import Scheduled, schedules
from loyalty.testing import balance_of, process_inbox
from tests.loyalty.services.calendars import (
    BIRTHDAY,
    at,
    dates,
    enrol,
    given,
    look,
    publish,
    scheduled,
    told,
)

DAILY = scheduled("daily", value="1")


# The time of day


@pytest.mark.parametrize(
    ("zone", "moment"),
    [
        ("Europe/Moscow", "2026-11-21 06:00"),
        ("America/New_York", "2026-11-21 14:00"),
        ("Asia/Tokyo", "2026-11-21 00:00"),
    ],
)
def test_s7_a_birthday_is_at_nine_oclock_in_the_programs_zone(db, zone, moment):
    program = services.create_program(slug="club", timezone=zone)
    anna = enrol(program, "anna", birthday="1990-11-21")
    enrol(program, "boris", birthday="1990-11-22")
    enrol(program, "nobody knows")
    publish(program, scheduled(conditions=BIRTHDAY), on="2026-11-01")
    look("2026-11-20 15:00")

    with time_machine.travel(at(moment).timestamp() - 0.001, tick=False):
        assert services.run_schedules() == Scheduled(dates=0, events=0)
    assert look(moment) == Scheduled(dates=1, events=1)

    event = Event.objects.get(kind="loyalty.scheduled")
    assert (event.card, event.occurred_at, event.source) == (anna, at(moment), "loyalty")
    assert event.key == f"gift/{anna.pk}/2026-11-21"
    assert event.payload == {"campaign": "gift", "date": "2026-11-21"}
    assert given() == [("anna", 100)]


def test_s7_nobody_gets_a_second_event_for_a_date(program):
    enrol(program, "anna", birthday="1990-11-21")
    publish(program, scheduled(conditions=BIRTHDAY), on="2026-11-21 08:00")

    assert [look(f"2026-11-21 {hour:02}:30").events for hour in range(8, 24)] == [0, 1, *[0] * 14]
    ScheduleRun.objects.all().delete()  # as if the row was lost: the event's key stands in the way
    assert look("2026-11-21 23:40") == Scheduled(dates=1, events=0)
    assert given() == [("anna", 100)]


@pytest.mark.parametrize(("year", "greeted"), [(2027, "2027-02-28"), (2028, "2028-02-29")])
def test_those_born_on_29_february_are_greeted_every_year(program, year, greeted):
    enrol(program, "anna", birthday="2000-02-29")
    publish(program, scheduled(conditions=BIRTHDAY), on=f"{year}-02-20")

    look(f"{year}-03-05")

    assert dates() == [greeted]


@pytest.mark.parametrize(
    ("zone", "time", "first", "moments"),
    [
        pytest.param(
            "Europe/Berlin",
            "02:30",
            "2027-03-27",
            ["2027-03-27 01:30", "2027-03-28 01:30", "2027-03-29 00:30"],
            id="skipped-moves-on",
        ),
        pytest.param(
            "Europe/Berlin",
            "02:30",
            "2026-10-24",
            ["2026-10-24 00:30", "2026-10-25 00:30", "2026-10-26 01:30"],
            id="twice-is-the-first",
        ),
        pytest.param(
            "America/Nuuk",
            "23:30",
            "2027-03-27",
            ["2027-03-27 01:30", "2027-03-28 00:59:59.999999", "2027-03-29 00:30"],
            id="skipped-over-midnight-stays-on-its-date",
        ),
    ],
)
def test_the_clocks_may_change(db, zone, time, first, moments):
    program = services.create_program(slug="club", timezone=zone)
    enrol(program, "anna")
    campaign = scheduled("daily", params={"time": time})
    publish(program, campaign, on=f"{first} 00:00")

    with time_machine.travel(at(moments[-1]), tick=False):
        services.run_schedules()

    found = Event.objects.filter(kind="loyalty.scheduled").order_by("evaluation__pk")
    assert [row.occurred_at for row in found] == [at(text) for text in moments]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"weekdays": ["mon", "fri"]}, ["2027-02-01", "2027-02-05", "2027-02-08", "2027-02-12"]),
        ({"day_of_month": 3}, ["2027-02-03"]),
        ({"weekdays": ["sat"], "day_of_month": 13}, ["2027-02-13"]),
        ({"weekdays": ["fri"], "day_of_month": 13}, []),
    ],
    ids=["weekdays", "day-of-month", "both", "never-both"],
)
def test_only_some_dates(program, params, expected):
    enrol(program, "anna")
    publish(program, scheduled(params=params), on="2027-01-30 10:00")

    look("2027-02-14 10:00")

    assert dates() == expected


def test_a_month_that_is_too_short_ends_on_its_last_day(program):
    enrol(program, "anna")
    publish(program, scheduled(params={"day_of_month": 31}), on="2027-01-01")

    look("2027-05-30 10:00")

    assert dates() == ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30"]


# For whom


def test_win_back_after_sixty_days_without_a_purchase(program):
    anna, boris = enrol(program, "anna"), enrol(program, "boris")
    services.record_purchase(card=anna, external_id=1, total=10, occurred_at=at("2026-09-22 20:00"))
    services.record_purchase(card=boris, external_id=2, total=10, occurred_at=at("2026-09-25 20:00"))
    process_inbox()
    since = {"kind": "loyalty.days_since_purchase", "params": {"minimum": 60, "maximum": 60}}
    publish(program, scheduled(conditions=[[since]]), on="2026-11-01")

    look("2026-11-22 10:00")
    with time_machine.travel(at("2026-11-22 12:00")):
        services.record_purchase(card=boris, external_id=3, total=10, occurred_at=at("2026-11-22 11:00"))
    look("2026-11-30 10:00")

    assert told() == [("gift", "2026-11-21", "anna")]
    assert given() == [("anna", 100)]


def test_a_limit_holds_over_dates(program):
    """Whoever stays away gets the gift once in a half-year, and is not asked in between."""
    anna = enrol(program, "anna")
    services.record_purchase(card=anna, external_id=1, total=10, occurred_at=at("2026-01-05"))
    away = {"kind": "loyalty.days_since_purchase", "params": {"minimum": 60}}
    limit = {"per": "recipient", "measure": "times", "max": "1", "period": "half_year"}
    campaign = scheduled(conditions=[[away]], limits=[limit], params={"weekdays": ["mon"]})
    publish(program, campaign, on="2026-05-30")

    look("2026-07-31")

    assert dates() == ["2026-06-01", "2026-07-06"]
    assert given() == [("anna", 100), ("anna", 100)]


@pytest.mark.parametrize(("year", "greeted"), [(2026, ["anna"]), (2027, ["anna", "boris"])])
def test_an_anniversary_of_the_card(program, year, greeted):
    enrol(program, "anna", since=at("2024-06-10 12:00"))
    enrol(program, "boris", since=at("2026-06-10 12:00"))
    publish(program, scheduled(conditions=[[{"kind": "loyalty.anniversary"}]]), on=f"{year}-06-01")

    look(f"{year}-06-20")

    assert told() == [("gift", f"{year}-06-10", name) for name in greeted]


def test_a_card_that_is_blocked_on_the_date_earns_nothing(program):
    """Nor later; what happened to it after the date does not matter, also when the look is late."""
    blocked, later, new = enrol(program, "blocked"), enrol(program, "later"), "new"
    publish(program, DAILY, on="2026-11-20 10:00")
    with time_machine.travel(at("2026-11-21 12:00")):
        services.block_card(card=blocked, reason="Lost", at=at("2026-11-21 08:59"))
        services.block_card(card=later, reason="Lost", at=at("2026-11-21 09:01"))
        enrol(program, new, since=at("2026-11-21 09:01"))

    look("2026-11-21 12:00")
    with time_machine.travel(at("2026-11-21 13:00")):
        services.unblock_card(card=blocked, reason="Found")
    look("2026-11-21 14:00")

    assert told() == [("daily", "2026-11-21", "later")]
    look("2026-11-22 09:00")
    assert told()[1:] == [("daily", "2026-11-22", "blocked"), ("daily", "2026-11-22", "new")]


def test_s29_whose_cards_were_merged_is_greeted_once_and_again_twice_when_they_part(program):
    old, new = enrol(program, "old", birthday="1990-11-21"), enrol(program, "new", birthday="1990-11-21")
    publish(program, scheduled(conditions=BIRTHDAY), on="2026-11-01")
    with time_machine.travel(at("2026-11-20 12:00")):
        services.merge_cards(survivor=new, merged=old, reason="One person")
    look("2026-11-22 10:00")
    assert told() == [("gift", "2026-11-21", "new")]

    with time_machine.travel(at("2027-05-01 12:00")):
        old.refresh_from_db()
        services.unmerge_cards(card=old, reason="Two people after all")
    look("2027-11-22 10:00")
    assert told()[1:] == [("gift", "2027-11-21", "old"), ("gift", "2027-11-21", "new")]


def test_in_shadow_mode_it_is_traced_and_nothing_is_granted(program):
    enrol(program, "anna")
    publish(program, DAILY, on="2026-11-20 10:00", shadow=True)
    look("2026-11-21 09:00")
    assert (dates("daily"), given()) == (["2026-11-21"], [])

    publish(program, DAILY, on="2026-11-21 12:00")
    look("2026-11-22 09:00")
    assert (dates("daily"), given()) == (["2026-11-21", "2026-11-22"], [("anna", 1)])


def test_only_the_campaign_for_which_it_was_made_looks_at_an_event(program):
    enrol(program, "anna")
    for key, value in (("one", "10"), ("two", "2")):
        publish(program, scheduled(key, value=value), on="2026-11-20 10:00")

    look("2026-11-21 09:00")

    assert given() == [("anna", 10), ("anna", 2)]
    traces = Evaluation.objects.filter(event__kind="loyalty.scheduled").order_by("pk")
    assert [[one["campaign"] for one in row.trace["campaigns"]] for row in traces] == [["one"], ["two"]]


def test_the_engine_asks_again(program, monkeypatch):
    """The query finds candidates, the check decides."""
    enrol(program, "anna", birthday="1990-11-21")
    publish(program, scheduled(conditions=BIRTHDAY), on="2026-11-20 10:00")
    monkeypatch.setattr(
        type(registry.conditions.get("loyalty.birthday")),
        "check",
        lambda *_args: Outcome.when(False, code="other_day"),
    )

    assert look("2026-11-21 09:00").events == 1
    assert given() == []


# Outages


def test_s7_after_an_outage_each_missed_date_is_run_once_in_order(program):
    enrol(program, "anna")
    publish(program, DAILY, on="2026-11-10 10:00")
    look("2026-11-11 10:00")

    assert look("2026-11-16 10:00") == Scheduled(dates=5, events=5)
    assert look("2026-11-16 11:00") == Scheduled(dates=0, events=0)

    assert dates("daily") == [f"2026-11-{day}" for day in range(11, 17)]
    runs = ScheduleRun.objects.filter(finished_at__isnull=False).order_by("date")
    assert list(runs.values_list("date", "events")) == [(date(2026, 11, day), 1) for day in range(11, 17)]
    assert given() == [("anna", 1)] * 6


def test_what_several_campaigns_missed_comes_in_the_order_of_time(program):
    enrol(program, "anna")
    publish(program, scheduled("evening", params={"time": "18:00"}), on="2026-11-10 20:00")
    publish(program, scheduled("morning", params={"time": "08:00"}), on="2026-11-10 20:00")
    publish(program, scheduled("morning-too", params={"time": "08:00"}, priority=1), on="2026-11-10 20:00")

    look("2026-11-12 10:00")

    assert [(campaign, date[-2:]) for campaign, date, _card in told()] == [
        ("morning-too", "11"),
        ("morning", "11"),
        ("evening", "11"),
        ("morning-too", "12"),
        ("morning", "12"),
    ]


def test_killed_in_the_middle_it_goes_on_where_it_stood(program, monkeypatch):
    for number in range(5):
        enrol(program, f"card-{number}")
    publish(program, DAILY, on="2026-11-20 10:00")
    monkeypatch.setattr(schedules, "_CHUNK", 2)
    real, chunks = schedules.write_events, []

    def write(**given):
        if chunks:
            raise OperationalError("the server closed the connection")
        chunks.append(len(given["items"]))
        return real(**given)

    monkeypatch.setattr(schedules, "write_events", write)
    with pytest.raises(OperationalError):
        look("2026-11-22 10:00")
    run = ScheduleRun.objects.get()
    assert (run.events, run.finished_at, chunks) == (2, None, [2])

    monkeypatch.setattr(schedules, "write_events", real)
    heard = []
    with time_machine.travel(at("2026-11-22 11:00")):
        done = services.run_schedules(progress=heard.append)

    assert done == Scheduled(dates=2, events=8)
    assert heard == [2, 3, 5, 7, 8]
    assert told() == [
        ("daily", f"2026-11-{day}", f"card-{number}") for day in (21, 22) for number in range(5)
    ]
    assert list(ScheduleRun.objects.values_list("events", flat=True)) == [5, 5]


class AlwaysHolds(Condition):
    """A host's condition; its query can be broken."""

    kind = "host.always"
    label = "Always"
    is_broken = False

    def check(self, about, event, params):
        return Outcome.when(True, code="")

    def audience(self, params, asking):
        if self.is_broken and asking.at.year == 2026:
            raise ZeroDivisionError
        return Q(pk__gt=0)


ALWAYS = [[{"kind": "host.always"}]]


def test_a_condition_that_raises_stops_its_own_campaign_only(program, caplog):
    enrol(program, "anna")
    with registry.conditions.register_temporarily(AlwaysHolds):
        publish(program, scheduled("broken", conditions=ALWAYS), on="2026-11-20 10:00")
        publish(program, DAILY, on="2026-11-20 10:00")
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(AlwaysHolds, "is_broken", True)
            look("2026-11-22 10:00")
        assert told() == [("daily", "2026-11-21", "anna"), ("daily", "2026-11-22", "anna")]
        assert "The schedule of campaign broken failed on 2026-11-21" in caplog.text

        look("2026-11-22 11:00")

    assert dates("broken") == ["2026-11-21", "2026-11-22"]


# What is published


def test_a_campaign_begins_with_its_publication_however_far_back_that_is_dated(program):
    enrol(program, "anna")
    publish(program, DAILY, on="2026-11-20 08:00", effective_from=at("2026-10-01 00:00"), allow_past=True)

    look("2026-11-21 10:00")

    assert dates("daily") == ["2026-11-20", "2026-11-21"]


def test_a_publication_for_the_future_begins_then(program):
    enrol(program, "anna")
    publish(program, DAILY, on="2026-11-10 08:00", effective_from=at("2026-11-14 09:00"))

    look("2026-11-12 10:00")
    look("2026-11-15 10:00")

    assert dates("daily") == ["2026-11-14", "2026-11-15"]


def test_s5_dates_on_which_it_was_paused_are_left_out(program):
    enrol(program, "anna")
    campaign = publish(program, DAILY, on="2026-11-10 10:00")
    with time_machine.travel(at("2026-11-12 12:00")):
        services.pause_campaign(campaign=campaign)
    with time_machine.travel(at("2026-11-15 08:00")):
        services.resume_campaign(campaign=campaign)

    look("2026-11-16 10:00")

    assert dates("daily") == ["2026-11-11", "2026-11-12", "2026-11-15", "2026-11-16"]


def test_an_archived_campaign_stops_and_its_own_dates_bound_it(program):
    enrol(program, "anna")
    campaign = publish(program, DAILY, on="2026-11-10 10:00")
    within = {"starts_at": "2026-11-12T00:00:00Z", "ends_at": "2026-11-14T09:00:00Z"}
    publish(program, scheduled("bounded", **within), on="2026-11-10 10:00")
    with time_machine.travel(at("2026-11-13 10:00")):
        services.archive_campaign(campaign=campaign)

    look("2026-11-16 10:00")

    assert dates("daily") == ["2026-11-11", "2026-11-12", "2026-11-13"]
    assert dates("bounded") == ["2026-11-12", "2026-11-13"]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param("09:00", "18:00", ["2026-11-12 09:00", "2026-11-13 18:00"], id="later-after-it-ran"),
        pytest.param("18:00", "09:00", ["2026-11-12 12:00", "2026-11-13 09:00"], id="earlier-than-now"),
        pytest.param("18:00", "14:00", ["2026-11-12 14:00", "2026-11-13 14:00"], id="earlier"),
        pytest.param("14:00", "18:00", ["2026-11-12 18:00", "2026-11-13 18:00"], id="later"),
    ],
)
def test_no_date_is_lost_or_doubled_when_the_time_of_day_is_changed_at_noon(program, before, after, expected):
    enrol(program, "anna")
    publish(program, scheduled(params={"time": before}), on="2026-11-11 20:00")
    publish(program, scheduled(params={"time": after}), on="2026-11-12 12:00")

    look("2026-11-13 20:00")

    found = Event.objects.filter(kind="loyalty.scheduled").order_by("evaluation__pk")
    assert [row.occurred_at for row in found] == [at(text) for text in expected]
    assert given() == [("anna", 100)] * 2


def test_what_no_longer_compiles_waits_until_it_does(program):
    """As when an app is out of INSTALLED_APPS for a day."""
    enrol(program, "anna")
    with registry.conditions.register_temporarily(AlwaysHolds):
        publish(program, scheduled(conditions=ALWAYS), on="2026-11-10 10:00")

    assert look("2026-11-12 10:00") == Scheduled(dates=0, events=0)
    with registry.conditions.register_temporarily(AlwaysHolds):
        assert look("2026-11-12 11:00") == Scheduled(dates=2, events=2)

    assert dates() == ["2026-11-11", "2026-11-12"]


# Definitions


@pytest.mark.parametrize(
    ("definition", "path", "code"),
    [
        pytest.param(
            scheduled(conditions=[[{"kind": "loyalty.source", "params": {"sources": ["shop"]}}]]),
            "conditions[0][0].kind",
            "needs_audience",
            id="no-audience",
        ),
        pytest.param(
            scheduled(conditions=[[{"kind": "loyalty.purchase_total", "params": {"minimum": "1"}}]]),
            "conditions[0][0].kind",
            "needs_purchase",
            id="no-purchase",
        ),
        pytest.param(scheduled(params={"time": "25:00"}), "trigger.params.time", "wrong_type", id="time"),
        pytest.param(
            scheduled(params={"weekdays": ["someday"]}),
            "trigger.params.weekdays",
            "invalid_choice",
            id="weekday",
        ),
        pytest.param(
            scheduled(params={"day_of_month": 32}), "trigger.params.day_of_month", "max_value", id="day"
        ),
        pytest.param(
            scheduled(kind="loyalty.segment_entered"), "trigger.params.segment", "required", id="no-segment"
        ),
        pytest.param(
            scheduled(kind="loyalty.segment_left", params={"segment": "vip"}),
            "trigger.params.segment",
            "unknown_segment",
            id="unknown-segment",
        ),
    ],
)
def test_what_a_calendar_cannot_ask_is_refused(program, definition, path, code):
    with pytest.raises(CampaignInvalid) as refused:
        services.save_draft(program=program, definition=definition)

    assert (path, code) in [(one["path"], one["code"]) for one in refused.value.details]


def test_a_host_does_not_tell_of_dates(program, card):
    with pytest.raises(EventKindUnknown):
        services.record_event(
            kind="loyalty.scheduled",
            card=card,
            key="1",
            payload={"campaign": "gift", "date": "2026-11-21"},
        )


def test_the_sweep_runs_the_schedules_first(program):
    """So that a wallet's clock is not beyond the time of the gift."""
    anna = enrol(program, "anna")
    publish(program, DAILY, on="2026-11-20 10:00")

    with time_machine.travel(at("2026-11-21 10:00"), tick=False):
        assert services.sweep().scheduled == 1
        assert services.sweep().scheduled == 0
        assert balance_of(anna) == "1"


def test_one_program_or_all(program):
    other = services.create_program(slug="other", timezone="Asia/Tokyo")
    for one in (program, other):
        enrol(one, "anna")
        publish(one, DAILY, on="2026-11-20 10:00")

    with time_machine.travel(at("2026-11-21 10:00")):
        assert services.run_schedules(program="other") == Scheduled(1, 1)
        assert services.run_schedules() == Scheduled(1, 1)
    moments = Event.objects.filter(kind="loyalty.scheduled").order_by("pk").values_list("occurred_at")
    assert [row[0].astimezone(ZoneInfo("Asia/Tokyo")).hour for row in moments] == [9, 18]


def test_without_scheduled_campaigns_a_look_costs_next_to_nothing(program, card, ten_percent):
    services.run_schedules()

    with CaptureQueriesContext(connection) as queries:
        assert services.run_schedules() == Scheduled(0, 0)

    assert len(queries) <= 2


def test_the_number_of_queries_does_not_grow_with_the_cards(program, monkeypatch):
    """Only with chunks of them: lock, read, write, remember, and the transaction around it."""
    monkeypatch.setattr(schedules, "process_pending", lambda **_options: 0)
    publish(program, scheduled(conditions=BIRTHDAY), on="2026-11-01 10:00")
    look("2026-11-01 12:00")  # the campaigns are read once
    counts = []
    for day, size, chunk in ((2, 1, 1_000), (3, 50, 1_000), (4, 999, 1_000), (5, 999, 250)):
        monkeypatch.setattr(schedules, "_CHUNK", chunk)
        with time_machine.travel(at("2026-11-01")):
            people = [
                services.NewCard(external_id=f"{day}-{n}", attributes={"birthday": f"1990-11-{day:02}"})
                for n in range(size)
            ]
            services.enrol_cards(program=program, items=people)
        with CaptureQueriesContext(connection) as queries:
            assert look(f"2026-11-{day:02} 10:00").events == size
        counts.append(len(queries))

    assert counts[0] == counts[1] == counts[2]
    assert counts[3] <= counts[2] + 3 * 6


def test_processing_is_left_to_workers_where_it_was_begun(program):
    """Events of a run that was killed before they were processed are in the inbox as any others."""
    anna = enrol(program, "anna")
    publish(program, DAILY, on="2026-11-20 10:00")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(schedules, "process_pending", lambda **_options: 0)
        look("2026-11-21 10:00")
    assert balance_of(anna) == "0"

    with time_machine.travel(at("2026-11-21 11:00")):
        process_inbox()

    assert balance_of(anna) == "1"


def test_times_are_those_of_the_zone_not_of_the_server(program):
    program.timezone = "Pacific/Apia"
    program.save()
    enrol(program, "anna", since=datetime(2011, 1, 1, tzinfo=ZoneInfo("UTC")))
    publish(program, DAILY, on="2011-12-28 22:00")

    look("2012-01-01 00:00")

    assert dates("daily") == ["2011-12-29", "2011-12-31", "2012-01-01"]  # Samoa had no 30 December


# Those for whom there is nothing left


def test_who_has_used_up_a_limit_is_not_asked_daily_until_it_ends(program):
    enrol(program, "anna")
    limits = [{"per": "recipient", "measure": "times", "max": "1", "period": "month"}]
    publish(program, scheduled(limits=limits), on="2026-11-28 12:00")

    look("2026-12-03")

    # The first look of November, then the first of December; nothing on the days between.
    assert dates() == ["2026-11-29", "2026-12-01"]
    assert given() == [("anna", 100), ("anna", 100)]


def test_a_campaign_that_gives_to_others_asks_on_though_one_limit_is_used_up(program):
    anna, boris = enrol(program, "anna"), enrol(program, "boris")
    services.set_parent(card=boris, parent=anna, at=boris.enrolled_at)
    limits = [{"per": "recipient", "measure": "times", "max": "1", "period": "month"}]
    definition = scheduled(limits=limits)
    definition["actions"][0]["recipient"] = "parent_card"
    publish(program, definition, on="2026-11-28 12:00")

    look("2026-11-30 20:00")

    assert [Event.objects.filter(kind="loyalty.scheduled", card=card).count() for card in (anna, boris)] == [
        2,
        2,
    ]
    assert given() == [("anna", 100)]
