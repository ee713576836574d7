"""The dashboard: exact figures of a period, from stored days, for those who may see it."""

import csv
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from loyalty import services
from loyalty.admin.dashboard.export import safe_cell
from loyalty.models import DayActivity, DayMovement, DayParent, DayRefresh, Event
from loyalty.selectors import program_totals
from loyalty.selectors.dashboard import get_dashboard
from loyalty.testing import process_inbox
from tests.loyalty.admin.desk import boss, page, queries_of, staff_with

START = datetime(2026, 1, 1, 10, tzinfo=UTC)
DAY = timedelta(days=1)
JANUARY = {"since": date(2026, 1, 1), "until": date(2026, 1, 31)}


@pytest.fixture
def january(program, card, ten_percent):
    """Anna brings Boris, both buy in January; one point is worth two cents."""
    program.currencies.update(worth=Decimal("0.02"))
    boris = services.enrol_card(external_id="boris", at=START - 20 * DAY)
    services.set_parent(card=boris, parent=card, at=START - 20 * DAY)
    services.record_purchase(card=card, external_id=1, total=1000, occurred_at=START)
    services.record_purchase(card=boris, external_id=2, total=250, occurred_at=START + DAY)
    services.record_purchase(card=boris, external_id=3, total=50, occurred_at=START + 2 * DAY)
    process_inbox()
    services.spend_points(card=card, amount=30, at=START + 3 * DAY, allow_past=True)
    services.record_refund(purchase_id=3, external_id="r", amount=50, occurred_at=START + 4 * DAY)
    process_inbox()
    services.record_purchase(card=boris, external_id=4, total=700, occurred_at=START + 60 * DAY)
    process_inbox()
    services.refresh_days()
    return program


def address(name="changelist", query=""):
    return reverse(f"admin:loyalty_dashboard_{name}") + query


def test_a_period_to_the_last_point(january, card):
    figures = get_dashboard(program=january, **JANUARY)

    assert figures.members == 2
    assert figures.done == {
        "enrolled": 0,
        "closed": 0,
        "purchases": 3,
        "purchased": 130_000,
        "refunded": 5_000,
        "purchases_by_children": 2,
        "purchased_by_children": 30_000,
    }
    assert figures.share_by_children == Decimal(30_000) / 130_000
    (points,) = figures.currencies
    assert points.moved == {"granted": 130, "reversed": 5, "adjusted": 0, "spent": 30, "expired": 0}
    assert (points.owed, points.cost) == (95, Decimal("1.90"))
    assert points.owed_by_span[:6] == [100, 125, 130, 100, 95, 95]
    assert points.series["granted"][:4] == [100, 25, 5, 0]
    (best,) = figures.best_parents
    assert (best.card, best.purchases, best.purchased) == (card, 1, 25_000)
    assert (figures.first, figures.last) == (date(2020, 1, 1), date(2026, 3, 2))


def test_what_is_owed_equals_the_books(january):
    totals = program_totals(program=january).currencies["points"]

    (points,) = get_dashboard(program=january, since=date(2026, 3, 1), until=date(2030, 1, 1)).currencies

    assert points.owed == totals.owed.balance == 165


@pytest.mark.parametrize(
    ("until", "count", "first", "last"),
    [
        pytest.param(date(2026, 2, 14), 45, date(2026, 1, 1), date(2026, 2, 14), id="days"),
        pytest.param(date(2026, 2, 15), 7, date(2026, 1, 4), date(2026, 2, 15), id="weeks"),
        pytest.param(date(2026, 12, 31), 12, date(2026, 1, 31), date(2026, 12, 31), id="months"),
        pytest.param(date(2031, 6, 30), 6, date(2026, 12, 31), date(2031, 6, 30), id="years"),
    ],
)
def test_long_periods_have_longer_parts_and_lose_nothing(january, until, count, first, last):
    figures = get_dashboard(program=january, since=date(2026, 1, 1), until=until)

    assert (len(figures.spans), figures.spans[0].last, figures.spans[-1].last) == (count, first, last)
    assert sum(figures.series["purchases"]) == figures.done["purchases"]
    following = zip(figures.spans, figures.spans[1:], strict=False)
    assert all(one.last + DAY == other.first for one, other in following)


def test_the_page_shows_figures_charts_and_tables(january, card):
    shown = boss().get(address(query="?since=2026-01-01&until=2026-01-31"))
    text = shown.content.decode()

    assert shown.context["share"] == "23.1 %"
    assert shown.context["currencies"][0]["owed"] == "95"
    assert "worth 1.90 EUR" in text
    assert text.count('class="loyalty-chart"') == 4
    # Nobody became a member in January: that chart says so instead of drawing nothing.
    assert text.count("<summary>The same figures as a table</summary>") == 3
    assert page(card) in text
    assert " style=" not in text
    assert "<script>" not in text


def test_by_default_it_shows_the_last_thirty_days(january):
    period = boss().get(address()).context["period"]

    assert (period.until - period.since).days == 29


@pytest.mark.parametrize(
    "query",
    [
        "?since=2026-02-01&until=2026-01-01",
        "?since=never",
        "?since=0001-01-01&until=9999-12-31",
        "?program=%00",
        "?program=nothing",
        "?currency=nothing",
    ],
)
def test_a_wrong_address_is_answered_with_the_default(january, query):
    shown = boss().get(address(query=query))

    assert shown.status_code == 200
    assert (shown.context["period"].until - shown.context["period"].since).days == 29


def test_it_opens_on_the_default_program(january, settings):
    services.create_program(slug="aardvark", name="First of the alphabet")
    client = boss()

    first = client.get(address())
    settings.LOYALTY = {"DEFAULT_PROGRAM": january.slug}
    default = client.get(address())

    assert first.context["period"].program.slug == "aardvark"
    assert default.context["period"].program == january


def test_without_a_program_it_says_so(db):
    assert "There is no program yet." in boss().get(address()).content.decode()
    assert boss_again().post(address("refresh")).status_code == 404


def boss_again():
    return staff_with("view_dashboard", name="again")


def test_failed_events_are_counted_in_red(january):
    Event.objects.filter(kind="loyalty.purchase").update(status="failed")

    shown = boss().get(address())

    assert shown.context["figures"].failed == 4
    assert "4 events failed and wait for a person." in shown.content.decode()


def test_it_has_a_permission_of_its_own(january):
    may, may_not = staff_with("view_dashboard"), staff_with("view_program", "view_dayactivity", name="jo")

    assert may.get(address()).status_code == 200
    assert may.get(address("owed")).status_code == 200
    for name in ("changelist", "owed"):
        assert may_not.get(address(name)).status_code == 403
    assert may_not.post(address("refresh")).status_code == 403
    index = reverse("admin:index")
    assert address() in may.get(index).content.decode()
    assert address() not in may_not.get(index).content.decode()


def test_who_may_not_see_cards_gets_no_names_and_no_links(january, card):
    text = staff_with("view_dashboard").get(address(query="?since=2026-01-01&until=2026-01-31"))

    assert card.number in text.content.decode()
    assert page(card) not in text.content.decode()


def test_only_the_button_counts_anew(january, card):
    services.record_purchase(card=card, external_id="late", total=10, occurred_at=START)
    process_inbox()
    client = staff_with("view_dashboard")

    assert client.get(address("refresh")).status_code == 405
    client.get(address())
    assert DayActivity.objects.get(on=date(2026, 1, 1)).purchases == 1

    answer = client.post(address("refresh", "?since=2026-01-01&until=2026-01-31"))

    assert DayActivity.objects.get(on=date(2026, 1, 1)).purchases == 2
    assert "counted anew" in str(next(iter(get_messages(answer.wsgi_request))))
    assert "since=2026-01-01" in answer.url


def test_the_export_has_each_day_and_ends_as_the_page(january):
    answer = staff_with("view_dashboard").get(address("owed", "?since=2026-01-01&until=2026-01-05"))

    rows = list(csv.DictReader(b"".join(answer.streaming_content).decode().splitlines()))
    assert [(row["day"], row["granted"], row["spent"], row["owed"], row["cost"]) for row in rows] == [
        ("2026-01-01", "100", "0", "100", "2.00"),
        ("2026-01-02", "25", "0", "125", "2.50"),
        ("2026-01-03", "5", "0", "130", "2.60"),
        ("2026-01-04", "0", "30", "100", "2.00"),
        ("2026-01-05", "0", "0", "95", "1.90"),
    ]
    assert "owed-club-2026-01-01-2026-01-05.csv" in answer["Content-Disposition"]


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("-5.50", "-5.50"),
        ("points", "points"),
        ("", ""),
        ("=1+1", "'=1+1"),
        ("\t=1", "'\t=1"),
        ("\rx", "'\rx"),
        ("\uff1dcmd", "'\uff1dcmd"),
        ("@x", "'@x"),
        ("-1+cmd", "'-1+cmd"),
        (" +1", "' +1"),
    ],
)
def test_no_cell_is_a_formula(value, cell):
    assert safe_cell(value) == cell


def test_it_costs_the_same_for_any_number_of_days_and_parents(program, card):
    client, counts = boss(), []
    query = "?since=2026-01-01&until=2026-12-31"
    for size in (1, 100):
        days = [date(2026, 1, 1) + DAY * number for number in range(size)]
        currency = program.currencies.get()
        for model in (DayActivity, DayMovement, DayParent):
            model.objects.all().delete()
        DayActivity.objects.bulk_create(DayActivity(program=program, on=day, purchases=1) for day in days)
        DayMovement.objects.bulk_create(DayMovement(currency=currency, on=day, granted=1) for day in days)
        parents = [services.enrol_card(external_id=f"{size}-{number}") for number in range(size)]
        DayParent.objects.bulk_create(
            DayParent(program=program, on=days[0], card=parent, purchases=1, purchased=5)
            for parent in parents
        )
        DayRefresh.objects.get_or_create(program=program, defaults={"refreshed_at": START})
        counts.append(queries_of(client, address(query=query)))

    assert counts[0] == counts[1] <= 16
