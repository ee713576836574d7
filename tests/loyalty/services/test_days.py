"""The stored days: equal to what the rows say, whatever comes late."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from loyalty import selectors, services
from loyalty.models import Card, DayActivity, DayMovement, DayParent, DayRefresh
from loyalty.testing import process_inbox

START = datetime(2026, 1, 1, 10, tzinfo=UTC)
DAY = timedelta(days=1)
MOVED = ("granted", "reversed", "adjusted", "spent", "expired")


@pytest.fixture
def long_after(monkeypatch):
    """Rows look as if they were written two hours ago: the next refresh must find what is new without the overlap."""
    monkeypatch.setattr("loyalty.services.days._OVERLAP", timedelta(0))


def buy(card, number, total=100, day=0, **more):
    services.record_purchase(
        card=card, external_id=number, total=total, occurred_at=START + day * DAY, **more
    )
    process_inbox()


def activity(*fields):
    """These columns by day, days in order."""
    return list(DayActivity.objects.order_by("on").values_list("on", *fields))


def assert_equal_to_the_rows(program):
    """Sums of all days are the program's totals, and a count from nothing gives the same days."""
    services.sweep()
    services.refresh_days(program=program)
    totals = selectors.program_totals(program=program)
    names = ("enrolled", "closed", "purchases", "purchased", "refunded")
    summed = DayActivity.objects.filter(program=program).aggregate(**{one: Sum(one) for one in names})
    assert summed["enrolled"] - summed["closed"] == totals.members
    assert (summed["purchases"], summed["purchased"], summed["refunded"]) == (
        *(totals.purchases, totals.purchased, totals.refunded),
    )
    moved = DayMovement.objects.filter(currency__program=program).aggregate(
        **{one: Sum(one) for one in MOVED}
    )
    points = totals.currencies["points"]
    moved = {name: amount or 0 for name, amount in moved.items()}
    assert moved == {one: getattr(points, one) for one in MOVED}
    assert points.owed.balance == (
        moved["granted"] + moved["adjusted"] - moved["reversed"] - moved["spent"] - moved["expired"]
    )
    before = every_figure()
    services.refresh_days(program=program, anew=True)
    assert every_figure() == before


def every_figure():
    return [
        sorted(
            model.objects.values_list(*(field.attname for field in model._meta.fields if field.name != "id"))
        )
        for model in (DayActivity, DayMovement, DayParent)
    ]


def test_a_day_of_a_program(program, card, ten_percent):
    buy(card, 1, total="100.50")
    services.spend_points(card=card, amount=4, at=START + DAY, allow_past=True)
    services.record_refund(purchase_id=1, external_id="r", amount="50.00", occurred_at=START + 2 * DAY)
    process_inbox()
    services.adjust_balance(card=card, amount=7, reason="x", at=START + 2 * DAY, allow_past=True)

    assert services.refresh_days() == 4

    assert activity("enrolled", "purchases", "purchased", "refunded") == [
        (date(2020, 1, 1), 1, 0, 0, 0),
        (date(2026, 1, 1), 0, 1, 10_050, 0),
        (date(2026, 1, 3), 0, 0, 0, 5_000),
    ]
    assert list(DayMovement.objects.order_by("on").values_list("on", *MOVED)) == [
        (date(2026, 1, 1), 10, 0, 0, 0, 0),
        (date(2026, 1, 2), 0, 0, 0, 4, 0),
        (date(2026, 1, 3), 0, 5, 7, 0, 0),
    ]
    assert_equal_to_the_rows(program)


def test_a_late_event_changes_the_day_on_which_it_happened(program, card, ten_percent, long_after):
    buy(card, 1, day=0)
    buy(card, 2, day=30)
    services.refresh_days()

    buy(card, 3, day=0, total=50)

    # The purchase counts on its own day, its points on the day that the wallet had reached (S1).
    assert services.refresh_days() == 2
    assert activity("purchases", "purchased")[1:] == [
        (date(2026, 1, 1), 2, 15_000),
        (date(2026, 1, 31), 1, 10_000),
    ]
    assert_equal_to_the_rows(program)


def test_nothing_new_counts_nothing(program, card, ten_percent, long_after):
    buy(card, 1)
    services.refresh_days()
    before = every_figure()

    assert services.refresh_days() == 0
    assert every_figure() == before
    assert DayRefresh.objects.get().refreshed_at > timezone.now() - timedelta(minutes=1)


def test_a_purchase_that_waited_in_the_inbox_is_found_when_it_is_processed(
    program, card, settings, long_after
):
    settings.LOYALTY = {"PROCESSING": "deferred"}
    services.record_purchase(card=card, external_id=1, total=10, occurred_at=START)
    services.refresh_days()
    assert DayActivity.objects.filter(purchases__gt=0).count() == 0

    services.process_inbox()
    services.refresh_days()

    assert activity("purchases")[-1] == (date(2026, 1, 1), 1)


def test_a_reopened_purchase_takes_its_refund_off_the_day(program, card, ten_percent, long_after):
    buy(card, 1)
    services.record_refund(purchase_id=1, external_id="r", amount=100, occurred_at=START + DAY)
    process_inbox()
    services.refresh_days()
    assert activity("refunded")[-1] == (date(2026, 1, 2), 10_000)

    services.reopen_purchase(purchase_id=1, external_id="again", occurred_at=START + 2 * DAY)
    process_inbox()
    services.refresh_days()

    assert not DayActivity.objects.filter(refunded__gt=0).exists()
    assert_equal_to_the_rows(program)


def test_a_closed_card_leaves_on_its_day(program, card, long_after):
    services.refresh_days()

    services.close_card(card=card, reason="x", at=START)
    services.refresh_days()

    assert activity("enrolled", "closed") == [(date(2020, 1, 1), 1, 0), (date(2026, 1, 1), 0, 1)]
    assert_equal_to_the_rows(program)


def test_children_count_for_the_parent_they_had_when_they_bought(program, card, ten_percent, long_after):
    parents = [services.enrol_card(external_id=name, at=START - 9 * DAY) for name in ("p1", "p2")]
    buy(card, 1, day=0)
    services.set_parent(card=card, parent=parents[0], at=START + DAY)
    buy(card, 2, day=2)
    services.refresh_days()
    services.move_card(card=card, parent=parents[1], reason="x", at=START + 3 * DAY)
    buy(card, 3, day=4, total=300)
    services.record_refund(purchase_id=3, external_id="r", amount=100, occurred_at=START + 5 * DAY)
    process_inbox()
    services.refresh_days()

    rows = DayParent.objects.order_by("on").values_list("on", "card__external_id", "purchases", "purchased")
    assert list(rows) == [(date(2026, 1, 3), "p1", 1, 10_000), (date(2026, 1, 5), "p2", 1, 20_000)]
    assert activity("purchases", "purchases_by_children", "purchased_by_children")[2:] == [
        (date(2026, 1, 1), 1, 0, 0),
        (date(2026, 1, 3), 1, 1, 10_000),
        (date(2026, 1, 5), 1, 1, 30_000),
        (date(2026, 1, 6), 0, 0, 0),
    ]
    assert_equal_to_the_rows(program)


def test_a_move_dated_back_changes_the_days_since(program, card, ten_percent, long_after):
    parent = services.enrol_card(external_id="p1", at=START - 9 * DAY)
    buy(card, 1, day=0)
    buy(card, 2, day=20)
    services.refresh_days()

    services.move_card(card=card, parent=parent, reason="x", at=START + 10 * DAY)
    services.refresh_days()

    assert list(DayParent.objects.values_list("on", "purchases")) == [(date(2026, 1, 21), 1)]
    assert_equal_to_the_rows(program)


def test_days_are_those_of_the_program(db):
    tokyo = services.create_program(slug="tokyo", timezone="Asia/Tokyo")
    card = services.enrol_card(program=tokyo, external_id="a", at=START)
    services.record_purchase(
        program=tokyo, card=card, external_id=1, total=10, occurred_at=datetime(2026, 1, 1, 15, tzinfo=UTC)
    )
    process_inbox()

    services.refresh_days(program=tokyo)

    assert activity("purchases")[-1] == (date(2026, 1, 2), 1)


def test_a_sweep_that_looked_ahead_is_not_forgotten_when_its_day_comes(db, long_after, monkeypatch):
    program = services.create_program(slug="club", currencies=[{"code": "points", "validity": "P10D"}])
    card = services.enrol_card(external_id="a")
    services.adjust_balance(card=card, amount=5, reason="x")
    services.sweep(at=timezone.now() + 20 * DAY)
    services.refresh_days()
    expired_on = DayMovement.objects.get(expired=5).on
    assert DayRefresh.objects.get().ahead_until == expired_on
    later = timezone.now() + 10 * DAY
    monkeypatch.setattr("django.utils.timezone.now", lambda: later)
    services.enrol_card(external_id="b")  # of the very day
    services.record_purchase(card=card, external_id=1, total=10)
    process_inbox()

    services.refresh_days()

    assert DayMovement.objects.get(on=expired_on).expired == 5
    assert program.pk == DayRefresh.objects.get().program_id


def test_each_program_has_its_own_days(program, card, ten_percent):
    other = services.create_program(slug="other")
    services.enrol_card(program=other, external_id="x", at=START)
    buy(card, 1, program=program)

    services.refresh_days(program=other)

    assert [(row.program_id, row.enrolled, row.purchases) for row in DayActivity.objects.all()] == [
        (other.pk, 1, 0)
    ]


@pytest.mark.parametrize("spread", [1, 9], ids=["one-span", "nine-spans"])
def test_queries_do_not_grow_with_rows(program, ten_percent, long_after, spread):
    services.refresh_days()
    counts = []
    for size in (9, 90):
        for number in range(size):
            holder = services.enrol_card(external_id=f"{size}-{number}", at=START, process=False)
            services.record_purchase(
                card=holder,
                external_id=f"{size}-{number}",
                total=10,
                occurred_at=START + number % spread * 9 * DAY,
            )
        process_inbox()
        with CaptureQueriesContext(connection) as queries:
            services.refresh_days()
        counts.append(len([one for one in queries if "LIMIT 1" not in one["sql"]]))

    assert counts[0] == counts[1]


def test_the_sweep_refreshes_the_days_of_every_program(program, card, ten_percent):
    services.create_program(slug="empty")
    buy(card, 1)

    services.sweep()

    assert DayRefresh.objects.count() == 2
    assert DayActivity.objects.aggregate(total=Sum("purchases"))["total"] == 1
    assert Card.objects.count() == 1
