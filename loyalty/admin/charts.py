"""Charts as plain SVG with the table behind: no script, no inline style, numbers in the reader's language.

    chart = Chart(title=_("Cost by week"), labels=["2026-W01", ...], unit="EUR", decimals=2,
                  series=[Series(name, values), Series(name, values, kind="line")])

A page shows it by `{% include "admin/loyalty/chart.html" with chart=chart %}` and loads `chart_media`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from math import ceil, floor, log10
from typing import Literal

from django.forms import Media
from django.utils.formats import number_format
from django.utils.functional import Promise

Number = Decimal | int | float

WIDTH, HEIGHT = 720, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 72, 12, 14, 30
_MOST_LABELS, _LETTER = 12, 6.8
_STEPS = 4
_COLOURS = 6

chart_media = Media(css={"all": ["loyalty/admin/chart.css"]})


@dataclass(frozen=True, slots=True)
class Series:
    """One row of figures, a value for each label of its chart; None: there is none."""

    name: str | Promise
    values: Sequence[Number | None]
    kind: Literal["bars", "line"] = "bars"


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle; `title` says what it stands for."""

    x: str
    y: str
    width: str
    height: str
    title: str


@dataclass(frozen=True, slots=True)
class Point:
    """A dot of a line."""

    x: str
    y: str
    title: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """One series as it is drawn: `css` is the class of its colour, `path` a line, broken where there is no value."""

    name: str
    kind: str
    css: str
    bars: list[Bar]
    points: list[Point]
    path: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark of an axis with its text."""

    at: str
    text: str


@dataclass(frozen=True)
class Chart:
    """A chart of series over labels. `unit` is shown once above the axis; `decimals` are those of the values."""

    title: str | Promise
    labels: Sequence[str]
    series: Sequence[Series]
    unit: str | Promise = ""
    decimals: int = 0

    width, height = WIDTH, HEIGHT
    left, right, label_y = str(_LEFT), str(WIDTH - _RIGHT), str(HEIGHT - 8)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not self.labels or not any(value for one in self.series for value in one.values)

    @cached_property
    def drawn(self) -> list[Drawn]:
        """Each series with its shapes."""
        return [self._draw(number, one) for number, one in enumerate(self.series)]

    @cached_property
    def y_ticks(self) -> list[Tick]:
        """The values at the left."""
        low, high, step = self._scale
        count = round((high - low) / step)
        places = max(0, min(self.decimals, -floor(log10(step)))) if step < 1 else 0
        values = [low + step * number for number in range(count + 1)]
        return [Tick(self._y(value), _text(round(value, places), places)) for value in values]

    @cached_property
    def x_ticks(self) -> list[Tick]:
        """Some of the labels, as many as there is room for."""
        room = _LETTER * (max(map(len, self.labels), default=0) + 2)
        fitting = max(1, min(_MOST_LABELS, int((WIDTH - _LEFT - _RIGHT) / room)))
        every = ceil(len(self.labels) / fitting) or 1
        return [
            Tick(_place(self._middle(number)), label)
            for number, label in enumerate(self.labels)
            if number % every == 0
        ]

    @property
    def zero(self) -> str:
        """Where nothing stands."""
        return self._y(0)

    @property
    def rows(self) -> Iterator[tuple[str, list[str]]]:
        """The table behind: each label with the values as texts."""
        for number, label in enumerate(self.labels):
            yield label, [self._value(one.values[number]) for one in self.series]

    @cached_property
    def _scale(self) -> tuple[float, float, float]:
        """The lowest and the highest value of the axis and its step, all of them round."""
        values = [float(value) for one in self.series for value in one.values if value is not None]
        low, high = min([0.0, *values]), max([0.0, *values])
        rough = (high - low) / _STEPS or 1.0
        power = 10.0 ** floor(log10(rough))
        step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * 0.999999)
        step = max(step, 10.0**-self.decimals)
        return floor(low / step) * step, (ceil(high / step) or (1 if low == 0 else 0)) * step, step

    def _draw(self, number: int, one: Series) -> Drawn:
        css = f"loyalty-chart-{number % _COLOURS + 1}"
        name, is_line = str(one.name), one.kind == "line"
        return Drawn(
            name=name,
            kind=one.kind,
            css=css,
            bars=[] if is_line else list(self._bars(one)),
            points=list(self._points(one)) if is_line else [],
            path=self._path(one) if is_line else "",
        )

    def _bars(self, one: Series) -> Iterator[Bar]:
        beside = [other for other in self.series if other.kind == "bars"]
        slot = self._slot
        width = slot * 0.72 / len(beside)
        first = slot * 0.14 + width * next(n for n, other in enumerate(beside) if other is one)
        zero = self._height_of(0)
        for number, value in enumerate(one.values):
            if value is None:
                continue
            top = self._height_of(float(value))
            yield Bar(
                x=_place(_LEFT + slot * number + first),
                y=_place(min(top, zero)),
                width=_place(max(width - 1, 0.5)),
                height=_place(abs(zero - top)),
                title=self._title(number, one),
            )

    def _points(self, one: Series) -> Iterator[Point]:
        for number, value in enumerate(one.values):
            if value is not None:
                yield Point(_place(self._middle(number)), self._y(float(value)), self._title(number, one))

    def _path(self, one: Series) -> str:
        parts, pen = [], "M"
        for number, value in enumerate(one.values):
            if value is None:
                pen = "M"
                continue
            parts.append(f"{pen}{_place(self._middle(number))} {self._y(float(value))}")
            pen = "L"
        return " ".join(parts)

    def _title(self, number: int, one: Series) -> str:
        return f"{self.labels[number]} · {one.name}: {self._value(one.values[number])}"

    def _value(self, value: Number | None) -> str:
        return "–" if value is None else _text(value, self.decimals)

    @property
    def _slot(self) -> float:
        return (WIDTH - _LEFT - _RIGHT) / max(len(self.labels), 1)

    def _middle(self, number: int) -> float:
        return _LEFT + self._slot * (number + 0.5)

    def _height_of(self, value: float) -> float:
        low, high, _step = self._scale
        return _TOP + (high - value) / (high - low) * (HEIGHT - _TOP - _BOTTOM)

    def _y(self, value: float) -> str:
        return _place(self._height_of(value))


def _place(value: float) -> str:
    """A coordinate: never with the comma of some language."""
    return f"{value:.1f}"


def _text(value: Number, decimals: int) -> str:
    return number_format(value, decimals, use_l10n=True, force_grouping=True)
