"""The backtest of a draft in the admin, against numbers worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from loyalty import services
from loyalty.admin.campaign_trial import history
from loyalty.models import Campaign, Card, Program
from tests.loyalty.admin.trial_desk import DAY, START, boss, draft, make_program, page, percent, staff, stored

pytestmark = pytest.mark.django_db

PERIOD = {"since": "2025-03-03", "until": "2025-03-16"}


@pytest.fixture
def program() -> Program:
    return make_program()


@pytest.fixture
def anna(program: Program) -> Card:
    return services.enrol_card(program=program, external_id="anna", at=START - 30 * DAY)


@pytest.fixture
def campaign(program: Program, anna: Card) -> Campaign:
    """1 % since long ago; the draft gives 10 %."""
    found = draft(program, percent("1"))
    services.publish_campaign(campaign=found, effective_from=START - 30 * DAY, allow_past=True)
    return draft(program, percent("10"))


def buy(card: Card, key: str, total: str, *, day: int) -> None:
    services.record_purchase(card=card, external_id=key, total=total, occurred_at=START + day * DAY)


@pytest.fixture
def past(anna: Card, campaign: Campaign) -> None:
    """100.00 and 300.00 in the first week, 500.00 in the second of which 200.00 went back; 900.00 before and after."""
    buy(anna, "early", "900.00", day=-7)
    buy(anna, "a", "100.00", day=0)
    buy(anna, "b", "300.00", day=2)
    buy(anna, "c", "500.00", day=7)
    services.process_inbox()
    services.record_refund(
        purchase_id="c", program=anna.program, external_id="r", amount="200.00", occurred_at=START + 8 * DAY
    )
    buy(anna, "late", "900.00", day=30)
    services.process_inbox()


def run(campaign: Campaign, **period: str) -> Any:
    answer = boss().post(page("backtest", campaign), {**PERIOD, **period})
    assert answer.status_code == 200
    return answer


@pytest.mark.usefixtures("past")
def test_costs_are_those_worked_out_by_hand(campaign: Campaign) -> None:
    # 10 + 30 + 50 - 20 = 70 points at 0.01, of 100 + 300 + 500 - 200 = 700.00; at 1 %: 1 + 3 + 5 - 2 = 7.
    answer = run(campaign)

    assert answer.context["totals"] == {
        "with_draft": {"cost": "0.70 EUR", "percent": "0.10 %", "members": 1, "revenue": "700.00 EUR"},
        "as_it_was": {"cost": "0.07 EUR", "percent": "0.01 %", "members": 1, "revenue": "700.00 EUR"},
    }
    (row,) = answer.context["rows"]
    assert (row.name, row.own, row.times, row.members) == ("Bonus", True, 3, 1)
    assert (row.requested, row.granted, row.cut, row.reversed, row.cost) == ("90", "90", "0", "20", "0.70")


@pytest.mark.usefixtures("past")
def test_weeks_are_drawn_and_stand_in_a_table(campaign: Campaign) -> None:
    answer = run(campaign)

    chart = answer.context["chart"]
    assert [str(series.name) for series in chart.series] == [
        "All campaigns, with this draft",
        "Of it this campaign",
        "As it was",
    ]
    assert [[str(value) for value in series.values] for series in chart.series] == [
        ["0.40", "0.30"],
        ["0.40", "0.30"],
        ["0.04", "0.03"],
    ]
    text = answer.content.decode()
    assert '<tr><th scope="row">03/03/2025</th><td>0.40</td><td>0.40</td><td>0.04</td></tr>' in text
    assert "<svg" in text


@pytest.mark.usefixtures("past")
def test_the_dearest_purchases_are_linked(campaign: Campaign, anna: Card) -> None:
    answer = run(campaign)

    rows = answer.context["dearest"]
    assert [(row.purchase, row.granted, row.cost, row.percent) for row in rows] == [
        ("b", "30 points", "0.30", "0.10 %"),
        ("c", "30 points", "0.30", "0.10 %"),
        ("a", "10 points", "0.10", "0.10 %"),
    ]
    text = answer.content.decode()
    assert all(f'href="{row.purchase_address}"' in text for row in rows)
    assert f"/admin/loyalty/card/{anna.pk}/change/" in text


@pytest.mark.usefixtures("past")
def test_who_may_not_see_cards_and_purchases_gets_no_links(campaign: Campaign, anna: Card) -> None:
    text = staff("view_campaign", "view_dashboard").post(page("backtest", campaign), PERIOD).content.decode()

    assert "The dearest purchases" in text
    assert "/admin/loyalty/card/" not in text
    assert "/admin/loyalty/purchase/" not in text


@pytest.mark.usefixtures("past")
def test_a_backtest_writes_nothing(campaign: Campaign) -> None:
    before = stored()

    run(campaign)

    assert stored() == before


def test_other_campaigns_decide_beside_the_draft(program: Program, anna: Card, campaign: Campaign) -> None:
    other = draft(program, percent("2", key="other"))
    services.publish_campaign(campaign=other, effective_from=START - 30 * DAY, allow_past=True)
    buy(anna, "a", "100.00", day=0)
    services.process_inbox()

    rows = run(campaign).context["rows"]

    assert [(row.name, row.own, row.granted) for row in rows] == [
        ("Bonus", True, "10"),
        ("Other", False, "2"),
    ]


def test_without_a_worth_units_are_drawn(anna: Card, program: Program) -> None:
    program.currencies.update(worth=None)
    campaign = draft(program, percent("10"))
    program.currencies.get().save()
    buy(anna, "a", "100.00", day=0)
    services.process_inbox()

    answer = run(campaign)

    assert answer.context["totals"]["with_draft"]["cost"] == "–"
    assert answer.context["chart"].unit == "points"
    assert [str(value) for value in answer.context["chart"].series[0].values] == ["10"]
    assert "These currencies have no worth" in answer.content.decode()


def test_a_backtest_that_takes_too_long_stops_and_says_how_to_go_on(
    campaign: Campaign, anna: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(120):
        buy(anna, f"p{number}", "10.00", day=0)
    services.process_inbox()
    monkeypatch.setattr(history, "SECONDS", 0.0)

    answer = run(campaign)

    compared = answer.context["compared"]
    assert (compared.draft.stopped, compared.draft.events, compared.draft.total) == (True, 100, 121)
    text = answer.content.decode()
    assert "The time was up after 100 of 121 events" in text
    command = (
        "python manage.py loyalty_backtest --draft bonus --program cafe "
        "--from 2025-03-03T00:00:00Z --to 2025-03-16T23:59:59Z"
    )
    assert command in text


def test_where_there_are_too_many_cards_a_terminal_is_named(
    campaign: Campaign, anna: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loyalty.services.backtests._MOST_CARDS", 0)

    for answer in (
        boss().get(page("backtest", campaign)),
        staff("view_campaign", "view_dashboard").post(page("backtest", campaign), PERIOD),
    ):
        text = answer.content.decode()
        assert "python manage.py loyalty_backtest --draft bonus --program cafe" in text
        assert "compared" not in answer.context


@pytest.mark.parametrize(
    ("period", "errors"),
    [
        ({"since": "2025-03-17"}, {"__all__": ["The end must not be before the beginning."]}),
        ({"since": "yesterday"}, {"since": ["Give a date, such as 2026-11-21."]}),
        ({"until": ""}, {"until": ["This field is required."]}),
        # The first and the last day that there are: no day before or after them is reckoned.
        ({"since": "0001-01-01"}, {"since": ["Give a date from 1900 to 2999."]}),
        ({"until": "9999-12-31"}, {"until": ["Give a date from 1900 to 2999."]}),
    ],
    ids=["backwards", "no-date", "empty", "first", "last"],
)
def test_a_period_that_makes_no_sense_is_told(
    campaign: Campaign, period: dict[str, str], errors: Any
) -> None:
    answer = run(campaign, **period)

    assert answer.context["form"].errors == errors
    assert "compared" not in answer.context


def test_the_period_offered_is_the_end_of_what_is_stored(campaign: Campaign, anna: Card) -> None:
    buy(anna, "a", "100.00", day=0)
    services.process_inbox()

    text = boss().get(page("backtest", campaign)).content.decode()

    assert 'value="2024-12-09"' in text
    assert 'value="2025-03-03"' in text
