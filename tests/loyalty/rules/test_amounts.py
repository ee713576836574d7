"""How much: exact, in minor units of the currency, and what of it is left after refunds."""

from fractions import Fraction
from typing import Any

import pytest

from loyalty.rules import Quote
from loyalty.rules.params import ParamsInvalid, clean_rule
from loyalty.rules.registry import amounts
from tests.loyalty.rules.asking import bought, line, program, quote, share

BASKET = bought(
    10000,
    tax=1600,
    discount=500,
    lines=[line(3000, sku="tea", category="drinks"), line(5000, sku="cup"), line(2000)],
)


@pytest.mark.parametrize(
    ("params", "total", "decimals", "exact"),
    [
        pytest.param({"percent": "5"}, 10050, 0, Fraction(1005, 200), id="5-percent-of-100.50-in-points"),
        pytest.param({"percent": "5"}, 10050, 2, Fraction(1005, 2), id="in-cents"),
        pytest.param({"percent": "10"}, 999, 0, Fraction(999, 1000), id="10-percent-of-9.99"),
        pytest.param({"percent": "0.1"}, 1, 6, Fraction(10), id="a-thousandth-of-a-cent"),
        pytest.param({"percent": "5", "minimum": "10"}, 10050, 0, Fraction(10), id="at-least"),
        pytest.param({"percent": "5", "maximum": "4.5"}, 10050, 0, Fraction(9, 2), id="at-most"),
        pytest.param({"percent": "5", "minimum": "10"}, 0, 0, Fraction(0), id="nothing-of-nothing"),
        pytest.param({"percent": "5", "rounding": "up"}, 10050, 0, Fraction(6), id="up"),
        pytest.param({"percent": "5", "rounding": "up"}, 10000, 0, Fraction(5), id="up-when-whole"),
        pytest.param({"percent": "5", "rounding": "nearest"}, 10050, 0, Fraction(5), id="nearest-down"),
        pytest.param({"percent": "5", "rounding": "nearest"}, 11000, 0, Fraction(6), id="nearest-a-half"),
        pytest.param(
            {"percent": "5", "rounding": "up", "maximum": "5"}, 10050, 0, Fraction(5), id="bounds-first"
        ),
    ],
)
def test_percent(params: dict[str, Any], total: int, decimals: int, exact: Fraction) -> None:
    assert quote("loyalty.percent", params, bought(total), decimals=decimals) == Quote(exact, total)


@pytest.mark.parametrize(
    ("params", "base"),
    [
        pytest.param({"of": "total"}, 10000, id="total"),
        pytest.param({"of": "net_of_tax"}, 8400, id="without-tax"),
        pytest.param({"of": "net_of_discounts"}, 9500, id="without-discounts"),
        pytest.param({"of": "lines", "skus": ["cup", "pot"]}, 5000, id="an-item"),
        pytest.param({"of": "lines", "categories": ["drinks"]}, 3000, id="a-category"),
        pytest.param(
            {"of": "lines", "skus": ["cup", "tea"], "categories": ["drinks"]}, 8000, id="either-once"
        ),
        pytest.param({"of": "lines", "skus": ["pot"]}, 0, id="none-of-them"),
    ],
)
def test_what_a_percentage_is_of(params: dict[str, Any], base: int) -> None:
    for kind, extra in (
        ("loyalty.percent", {"percent": "10"}),
        ("loyalty.per_every", {"amount": "0.1", "step": "1"}),
        ("loyalty.percent_by_level", {"percents": ["10"]}),
    ):
        assert quote(kind, params | extra, BASKET, level=1) == Quote(Fraction(base, 1000), base)


def test_what_is_left_of_a_base() -> None:
    purchase = bought(
        10000,
        remaining=7000,
        lines=[line(3000, sku="tea", remaining=0), line(5000, sku="cup", remaining=5000), line(2000)],
    )

    for kind, extra in (
        ("loyalty.percent", {"percent": "10"}),
        ("loyalty.per_every", {"amount": "1", "step": "10"}),
        ("loyalty.percent_by_level", {"percents": ["10"]}),
    ):
        assert share(kind, extra, purchase) == Fraction(7, 10)
        assert share(kind, extra | {"of": "net_of_tax"}, purchase) == Fraction(7, 10)
        assert share(kind, extra | {"of": "lines", "skus": ["tea"]}, purchase) == 0
        assert share(kind, extra | {"of": "lines", "skus": ["tea", "cup"]}, purchase) == Fraction(5, 8)
        assert share(kind, extra | {"of": "lines", "skus": ["pot"]}, purchase) == 0


@pytest.mark.parametrize(
    ("total", "exact"),
    [(999, 0), (1000, 1), (1999, 1), (10050, 10)],
    ids=["9.99", "10.00", "19.99", "100.50"],
)
def test_per_every(total: int, exact: int) -> None:
    assert quote("loyalty.per_every", {"amount": "1", "step": "10.00"}, bought(total)) == Quote(
        Fraction(exact), total
    )


def test_per_every_counts_whole_steps_and_keeps_fractions_of_the_amount() -> None:
    params = {"amount": "0.5", "step": "10"}

    assert quote("loyalty.per_every", params, bought(3999)) == Quote(Fraction(3, 2), 3999)
    assert quote("loyalty.per_every", params, bought(3999), decimals=2) == Quote(Fraction(150), 3999)
    assert quote("loyalty.per_every", params, bought(39), purchase_decimals=0) == Quote(Fraction(3, 2), 39)


def test_fixed() -> None:
    assert quote("loyalty.fixed", {"value": "250"}, None) == Quote(Fraction(250), None)
    assert quote("loyalty.fixed", {"value": "2.5"}, None, decimals=2) == Quote(Fraction(250), None)
    assert quote("loyalty.fixed", {"value": "2.5"}, None) == Quote(Fraction(5, 2), None)


def test_percent_by_level() -> None:
    params = {"percents": ["10", "5", "2.5"]}
    purchase = bought(100_000)

    assert [quote("loyalty.percent_by_level", params, purchase, level=level) for level in range(5)] == [
        None,
        Quote(Fraction(100), 100_000),
        Quote(Fraction(50), 100_000),
        Quote(Fraction(25), 100_000),
        None,
    ]
    assert amounts.get("loyalty.percent_by_level").levels(params) == 3


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        ("loyalty.percent", {"percent": "5"}),
        ("loyalty.per_every", {"amount": "1", "step": "10"}),
        ("loyalty.percent_by_level", {"percents": ["5"]}),
    ],
)
def test_without_a_purchase_there_is_nothing_to_compute_on(kind: str, params: dict[str, Any]) -> None:
    assert quote(kind, params, None, level=1) is None
    assert amounts.get(kind).computed


@pytest.mark.parametrize(
    ("kind", "params", "path", "code"),
    [
        ("loyalty.percent", {}, "percent", "required"),
        ("loyalty.percent", {"percent": "-1"}, "percent", "min_value"),
        ("loyalty.percent", {"percent": 5.0}, "percent", "wrong_type"),
        ("loyalty.percent", {"percent": True}, "percent", "wrong_type"),
        ("loyalty.percent", {"percent": "5", "of": "lines"}, "", "items_missing"),
        ("loyalty.percent", {"percent": "5", "skus": ["tea"]}, "", "items_unused"),
        ("loyalty.percent", {"percent": "5", "minimum": "2", "maximum": "1"}, "", "minimum_above_maximum"),
        ("loyalty.per_every", {"amount": "1", "step": "0"}, "step", "min_value"),
        ("loyalty.per_every", {"amount": "1", "step": "0.001"}, "step", "invalid_amount"),
        ("loyalty.percent_by_level", {"percents": []}, "percents", "required"),
        ("loyalty.percent_by_level", {"percents": ["1"] * 9}, "percents", "too_many"),
        ("loyalty.percent_by_level", {"percents": ["1", "x"]}, "percents", "wrong_type"),
        ("loyalty.percent_by_level", {"percents": ["1", "-1"]}, "percents", "min_value"),
        ("loyalty.fixed", {"value": "1e3"}, "value", "wrong_type"),
    ],
)
def test_settings_that_make_no_sense_are_refused(
    kind: str, params: dict[str, Any], path: str, code: str
) -> None:
    with pytest.raises(ParamsInvalid) as refused:
        clean_rule(amounts.get(kind), params, program=program())

    assert [(one["path"], one["code"]) for one in refused.value.problems] == [(path, code)]
