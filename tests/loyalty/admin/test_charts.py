"""Charts: where bars and lines stand, what axes and tables say, and that nothing in them can run."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from loyalty.admin.charts import Chart, Series


def draw(chart: Chart) -> str:
    return render_to_string("admin/loyalty/chart.html", {"chart": chart})


def test_bars_stand_on_the_axis_and_are_as_high_as_their_value() -> None:
    chart = Chart(title="t", labels=["a", "b"], series=[Series("one", [50, 100])])

    small, tall = chart.drawn[0].bars

    assert float(tall.height) == pytest.approx(2 * float(small.height), abs=0.2)
    assert float(tall.y) + float(tall.height) == pytest.approx(float(chart.zero), abs=0.2)
    assert [tick.text for tick in chart.y_ticks] == ["0", "25", "50", "75", "100"]
    assert small.title == "a · one: 50"


def test_what_was_taken_back_hangs_below_the_axis() -> None:
    chart = Chart(title="t", labels=["a", "b"], series=[Series("one", [100, -50])])

    _up, down = chart.drawn[0].bars

    assert down.y == chart.zero
    assert [tick.text for tick in chart.y_ticks] == ["-50", "0", "50", "100"]


def test_a_line_is_broken_where_there_is_no_value() -> None:
    chart = Chart(
        title="t", labels=["a", "b", "c", "d"], series=[Series("one", [1, None, 2, 3], kind="line")]
    )

    (drawn,) = chart.drawn

    assert (drawn.path.count("M"), drawn.path.count("L"), len(drawn.points)) == (2, 1, 3)
    assert [values for _label, values in chart.rows] == [["1"], ["–"], ["2"], ["3"]]


def test_several_series_of_bars_stand_side_by_side() -> None:
    chart = Chart(
        title="t",
        labels=["a"],
        series=[Series("one", [1]), Series("two", [1]), Series("l", [1], kind="line")],
    )

    first, second = chart.drawn[0].bars[0], chart.drawn[1].bars[0]

    assert float(first.x) + float(first.width) < float(second.x)
    assert len({one.css for one in chart.drawn}) == 3


def test_numbers_are_those_of_the_language_and_coordinates_never() -> None:
    chart = Chart(
        title="t", labels=["a"], series=[Series("one", [Decimal("1234.5")])], unit="EUR", decimals=2
    )

    with translation.override("ru"):
        text = draw(chart)

    assert "<td>1\xa0234,50</td>" in text
    assert ",5" not in text.split("<svg viewBox")[1].split("</svg>")[0].replace("234,50", "")


@pytest.mark.parametrize(
    ("values", "decimals", "ticks"),
    [
        ([3], 0, ["0", "1", "2", "3"]),
        ([1], 0, ["0", "1"]),
        ([Decimal("0.03")], 2, ["0.00", "0.01", "0.02", "0.03"]),
        ([12_345_678], 0, ["0", "5,000,000", "10,000,000", "15,000,000"]),
    ],
    ids=["few", "one", "cents", "millions"],
)
def test_the_axis_has_round_steps_that_the_unit_has(
    values: list[int], decimals: int, ticks: list[str]
) -> None:
    chart = Chart(title="t", labels=["a"], series=[Series("one", values)], decimals=decimals)

    assert [tick.text for tick in chart.y_ticks] == ticks


def test_no_more_labels_than_there_is_room_for() -> None:
    weeks = [f"{number:02d}.01.2026" for number in range(1, 53)]
    chart = Chart(title="t", labels=weeks, series=[Series("one", [1] * 52)])

    places = [float(tick.at) for tick in chart.x_ticks]

    assert len(places) <= 8
    assert all(right - left >= 70 for left, right in pairwise(places))


@pytest.mark.parametrize("values", [[], [0, 0], [None]], ids=["none", "zeros", "unknown"])
def test_nothing_to_show_is_said(values: list[int | None]) -> None:
    chart = Chart(title="t", labels=[str(n) for n in range(len(values))], series=[Series("one", values)])

    assert "Nothing to show for this period." in draw(chart)
    assert "<svg" not in draw(chart)


def test_texts_are_shown_and_not_run() -> None:
    text = draw(Chart(title="<b>t", labels=["<i>a"], series=[Series("<u>one", [1])], unit="<s>"))

    assert not any(tag in text for tag in ("<b>", "<i>", "<u>", "<s>", "style="))
