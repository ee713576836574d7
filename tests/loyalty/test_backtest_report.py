"""What a backtest reports beside balances: weeks, costs in money, cuts by reason, the dearest purchases."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from loyalty.models import Program
from loyalty.services import (
    create_program,
    enrol_card,
    process_inbox,
    record_purchase,
    record_refund,
    reopen_purchase,
    run_backtest,
)
from loyalty.services.backtests import Backtest, BacktestCampaign, BacktestPurchase, BacktestWeek
from tests.loyalty.test_backtests import campaign_file, five_percent, fixed, run

pytestmark = pytest.mark.django_db

LIMIT = {"per": "recipient", "measure": "amount", "max": "15", "period": "lifetime"}
REASON = "limit_amount_per_recipient_lifetime"


def march(day: int, hour: int = 12) -> datetime:
    return datetime(2025, 3, day, hour, tzinfo=UTC)


@pytest.fixture
def program() -> Program:
    """Three purchases and a refund in five weeks; nothing was published, so nobody earned anything."""
    program = create_program(slug="shop", timezone="Europe/Moscow")
    set_worth(program, "0.1")
    anna, boris = (enrol_card(external_id=name, at=march(1)) for name in ("anna", "boris"))
    record_purchase(card=anna, external_id="1", total="100.00", occurred_at=march(5))
    # Sunday evening in UTC is Monday in Moscow.
    record_purchase(card=boris, external_id="2", total="200.00", occurred_at=march(9, 22))
    process_inbox()
    record_refund(purchase_id="1", external_id="r1", amount="50.00", occurred_at=march(18))
    record_purchase(
        card=boris, external_id="3", total="40.00", occurred_at=datetime(2025, 4, 2, 12, tzinfo=UTC)
    )
    process_inbox()
    return program


def set_worth(program: Program, worth: str | None) -> None:
    points = program.currencies.get(code="points")
    points.worth = None if worth is None else Decimal(worth)
    points.save()
    program.refresh_from_db()


def backtest(**options) -> Backtest:
    return run_backtest(text=campaign_file(five_percent(), fixed("10", limits=[LIMIT])), **options)


def weeks_of(result: Backtest, campaign: str) -> list[tuple]:
    return [
        (row.week, row.members, row.times, row.granted, row.reversed, row.cost, row.revenue, row.percent)
        for row in result.weeks
        if row.campaign == campaign
    ]


def test_each_week_of_the_programs_zone_has_each_campaign(program):
    result = backtest()

    assert weeks_of(result, "five-percent") == [
        ("2025-W10", 1, 1, "5", "0", "0.50", "100.00", "0.50"),
        ("2025-W11", 1, 1, "10", "0", "1.00", "200.00", "0.50"),
        ("2025-W12", 0, 0, "0", "3", "-0.30", "-50.00", None),
        ("2025-W13", 0, 0, "0", "0", "0.00", "0.00", None),
        ("2025-W14", 1, 1, "2", "0", "0.20", "40.00", "0.50"),
    ]
    assert result.weeks[0] == BacktestWeek(
        week="2025-W10",
        starts_on="2025-03-03",
        campaign="five-percent",
        currency="points",
        members=1,
        times=1,
        granted="5",
        reversed="0",
        cut={},
        cost="0.50",
        revenue="100.00",
        percent="0.50",
    )


def test_what_is_cut_is_told_by_week_and_reason(program):
    result = backtest()

    assert [(row.week, row.cut) for row in result.weeks if row.cut] == [("2025-W14", {REASON: "5"})]


def test_totals_are_of_the_whole_period(program):
    result = backtest()

    assert result.campaigns == [
        BacktestCampaign("five-percent", "points", 3, 2, "17", "17", "0", "3", {}, "1.40", "0.48"),
        BacktestCampaign("fixed", "points", 3, 2, "30", "25", "5", "0", {REASON: "5"}, "2.50", "0.86"),
    ]
    assert (result.members, result.revenue, result.cost, result.percent) == (2, "290.00", "3.90", "1.34")
    assert result.without_worth == []


def test_the_dearest_purchases_count_all_rewards_that_are_kept(program):
    result = backtest()

    assert result.dearest == [
        BacktestPurchase(
            "shop", "2", "boris", march(9, 22), "200.00", "200.00", {"points": "20"}, "2.00", "1.00"
        ),
        BacktestPurchase("shop", "1", "anna", march(5), "100.00", "50.00", {"points": "12"}, "1.20", "2.40"),
        BacktestPurchase(
            "shop",
            "3",
            "boris",
            datetime(2025, 4, 2, 12, tzinfo=UTC),
            "40.00",
            "40.00",
            {"points": "7"},
            "0.70",
            "1.75",
        ),
    ]


def test_without_a_worth_there_is_no_cost_and_the_most_points_are_dearest(program):
    set_worth(program, None)

    result = backtest()

    assert (result.cost, result.percent, result.without_worth) == (None, None, ["points"])
    assert {(row.cost, row.percent) for row in result.weeks} == {(None, None)}
    assert [(row.purchase, row.cost, row.percent) for row in result.dearest] == [
        ("2", None, None),
        ("1", None, None),
        ("3", None, None),
    ]


def test_what_happened_before_since_is_in_no_figure(program):
    result = backtest(since=march(9))

    # Neither the refund of the first purchase nor what it took back.
    assert weeks_of(result, "five-percent") == [
        ("2025-W11", 1, 1, "10", "0", "1.00", "200.00", "0.50"),
        ("2025-W12", 0, 0, "0", "0", "0.00", "0.00", None),
        ("2025-W13", 0, 0, "0", "0", "0.00", "0.00", None),
        ("2025-W14", 1, 1, "2", "0", "0.20", "40.00", "0.50"),
    ]
    assert (result.members, result.revenue) == (1, "240.00")
    assert [row.purchase for row in result.dearest] == ["2", "3"]


def test_a_campaign_that_gives_nothing_stands_with_zeros(program):
    later = fixed("10", key="later", starts_at="2030-01-01T00:00:00Z")

    result = run_backtest(text=campaign_file(later))

    assert result.campaigns == [
        BacktestCampaign("later", "points", 0, 0, "0", "0", "0", "0", {}, "0.00", "0.00")
    ]
    assert len(result.weeks) == 5
    assert (result.members, result.revenue, result.dearest) == (0, "290.00", [])


def test_a_purchase_of_a_wrong_century_brings_no_thousands_of_weeks(program):
    record_purchase(
        card="anna", external_id="old", total="1.00", occurred_at=datetime(1901, 1, 1, tzinfo=UTC)
    )
    process_inbox()

    result = run_backtest(text=campaign_file(fixed("10")))

    assert [row.week for row in result.weeks] == ["1901-W01", "2025-W10", "2025-W11", "2025-W12", "2025-W14"]


def test_without_history_everything_is_empty():
    create_program(slug="shop")

    result = run_backtest(text=campaign_file(fixed("10")))

    assert (result.weeks, result.dearest, result.members, result.revenue) == ([], [], 0, "0.00")


def test_the_command_draws_aligned_tables(program, tmp_path):
    file = tmp_path / "campaigns.json"
    file.write_text(campaign_file(five_percent(), fixed("10", limits=[LIMIT])))

    lines = run(str(file)).splitlines()

    head = lines.index("Weeks") + 1
    assert lines[head : head + 4] == [
        "week      from        campaign      currency  members  times  granted  reversed  cut   cost  revenue"
        "  % of revenue",
        "--------  ----------  ------------  --------  -------  -----  -------  --------  ---  -----  -------"
        "  ------------",
        "2025-W10  2025-03-03  five-percent  points          1      1        5         0    0   0.50   100.00"
        "          0.50",
        "2025-W10  2025-03-03  fixed         points          1      1       10         0    0   1.00   100.00"
        "          1.00",
    ]
    assert (
        "fixed         points        3        2         30       25    5         0  2.50          0.86"
        in lines
    )
    assert (
        "1         anna   2025-03-05T12:00:00Z  100.00      50.00  12 points  1.20     2.40"
        in lines[lines.index("The dearest purchases") :]
    )
    assert lines[-5:] == [
        "members reached: 2; revenue: 290.00 EUR",
        "cost of all campaigns: 3.90 EUR",
        "cost as a percentage of the revenue: 1.34",
        f"cut from “fixed”: 5 points by {REASON}",
        "taken as of today: currencies: points",
    ]


def test_the_command_has_the_report_for_machines(program, tmp_path):
    file = tmp_path / "campaigns.json"
    file.write_text(campaign_file(five_percent(), fixed("10", limits=[LIMIT])))

    told = json.loads(run(str(file), "--json"))

    assert (told["members"], told["revenue"], told["cost"], told["percent"]) == (2, "290.00", "3.90", "1.34")
    assert told["weeks"][-1] == {
        "week": "2025-W14",
        "starts_on": "2025-03-31",
        "campaign": "fixed",
        "currency": "points",
        "members": 1,
        "times": 1,
        "granted": "5",
        "reversed": "0",
        "cut": {REASON: "5"},
        "cost": "0.50",
        "revenue": "40.00",
        "percent": "1.25",
    }
    assert told["dearest"][0]["granted"] == {"points": "20"}
    assert told["dearest"][0]["occurred_at"] == "2025-03-09T22:00:00Z"


def test_a_purchase_that_counts_again_is_revenue_again(program):
    record_refund(purchase_id="1", external_id="r2", occurred_at=march(19))
    reopen_purchase(purchase_id="1", external_id="o1", occurred_at=march(26))
    process_inbox()

    result = backtest()

    revenue = {row.week: row.revenue for row in result.weeks}
    assert (revenue["2025-W12"], revenue["2025-W13"]) == ("-100.00", "100.00")
    assert result.revenue == "340.00"


def test_what_was_stopped_reports_what_it_saw(program):
    for number in range(120):
        record_purchase(card="anna", external_id=f"n{number}", total="20.00", occurred_at=march(26))
    process_inbox()

    result = backtest(progress=lambda _done, _total: False)

    assert (result.stopped, result.events, result.total) == (True, 100, 126)
    assert result.weeks[-1].week == "2025-W14"
    assert result.revenue == "2170.00"  # 290.00 of six events and 20.00 of each of the others
