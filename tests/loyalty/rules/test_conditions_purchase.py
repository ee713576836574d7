"""Conditions about the purchase, each seen to pass and to fail, before and after refunds."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from loyalty.rules import Need, Outcome, PurchaseState, Result
from loyalty.rules.params import clean_rule
from loyalty.rules.registry import conditions
from tests.loyalty.rules.asking import NOON, ask, bought, failed, happened, line, passed, program, refused


def recheck(kind: str, params: dict[str, Any], purchase: PurchaseState) -> Outcome | None:
    condition = conditions.get(kind)
    return condition.recheck(purchase, clean_rule(condition, params, program=program()).values)


@pytest.mark.parametrize(
    ("params", "total", "outcome"),
    [
        pytest.param({"minimum": "10"}, 1000, passed({"minimum": "10.00"}, "10.00"), id="just-enough"),
        pytest.param(
            {"minimum": "10"}, 999, failed("purchase_too_small", {"minimum": "10.00"}, "9.99"), id="short"
        ),
        pytest.param({"maximum": "10"}, 1000, passed({"maximum": "10.00"}, "10.00"), id="just-within"),
        pytest.param(
            {"maximum": "10"}, 1001, failed("purchase_too_large", {"maximum": "10.00"}, "10.01"), id="over"
        ),
        pytest.param(
            {"minimum": "5", "maximum": "10"},
            700,
            passed({"minimum": "5.00", "maximum": "10.00"}, "7.00"),
            id="between",
        ),
    ],
)
def test_purchase_total(params: dict[str, Any], total: int, outcome: Outcome) -> None:
    assert ask("loyalty.purchase_total", params, happened(bought(total))) == outcome
    assert recheck("loyalty.purchase_total", params, bought(total + 500, remaining=total)) == outcome


@pytest.mark.parametrize("kind", ["loyalty.purchase_total", "loyalty.items", "loyalty.purchase_number"])
def test_without_a_purchase_there_is_nothing_to_ask(kind: str) -> None:
    params = {
        "loyalty.purchase_total": {"minimum": "1"},
        "loyalty.items": {"skus": ["tea"]},
        "loyalty.purchase_number": {},
    }

    assert ask(kind, params[kind], happened()) == Outcome(Result.NOT_APPLICABLE, "no_purchase")


@pytest.mark.parametrize(
    ("match", "count", "holds"),
    [
        ("first", 1, {1}),
        ("at", 3, {3}),
        ("every", 3, {3, 6}),
        ("at_least", 3, {3, 4, 5, 6, 7}),
    ],
)
def test_s9_purchase_number(match: str, count: int, holds: set[int]) -> None:
    params = {"match": match, "count": count, "minimum_total": "5"}
    expected = {"match": match, "count": count}
    for tally in range(1, 8):
        outcome = ask(
            "loyalty.purchase_number", params, happened(bought(500)), tallies={("5.00", "ever"): tally}
        )
        assert outcome == (
            passed(expected, tally) if tally in holds else failed("other_number", expected, tally)
        )


def test_s9_the_purchase_itself_must_qualify() -> None:
    outcome = ask(
        "loyalty.purchase_number",
        {"minimum_total": "5"},
        happened(bought(499)),
        tallies={("5.00", "ever"): 1},
    )

    assert outcome == failed("purchase_too_small", {"minimum": "5.00"}, "4.99")


def test_s9_the_purchase_must_be_the_card_s_own() -> None:
    outcome = ask("loyalty.purchase_number", {}, happened(bought(500, card_id=2)))

    assert outcome == Outcome(Result.NOT_APPLICABLE, "purchase_of_another_card")


@pytest.mark.parametrize(
    ("linked_at", "outcome"),
    [
        pytest.param(None, failed("no_link"), id="never"),
        pytest.param(NOON + timedelta(seconds=1), failed("no_link"), id="later"),
        pytest.param(NOON, passed({"match": "first", "count": 1}, 1), id="just-then"),
    ],
)
def test_s9_since_the_link(linked_at: datetime | None, outcome: Outcome) -> None:
    params = {"match": "first", "since": "link"}

    asked = ask(
        "loyalty.purchase_number",
        params,
        happened(bought(500)),
        tallies={("0.01", "link"): 1},
        linked_at=linked_at,
    )

    assert asked == outcome


def test_s18_of_the_purchase_number_only_the_minimum_is_asked_again() -> None:
    params = {"match": "at", "count": 3, "minimum_total": "5"}

    assert recheck("loyalty.purchase_number", params, bought(1000, remaining=500)) is None
    assert recheck("loyalty.purchase_number", params, bought(1000, remaining=499)) == failed(
        "purchase_too_small", {"minimum": "5.00"}, "4.99"
    )


def test_the_purchase_number_says_what_it_reads() -> None:
    condition = conditions.get("loyalty.purchase_number")
    wanted = clean_rule(condition, {"since": "link"}, program=program()).values
    yen = clean_rule(condition, {}, program=program(decimals=0)).values

    assert list(condition.needs(wanted)) == [Need("loyalty.purchases", ("0.01", "link"))]
    assert list(condition.needs(yen)) == [Need("loyalty.purchases", ("1", "ever"))]


TEA = [line(600, sku="tea", category="drinks", quantity="3"), line(400, sku="cup"), line(500)]


@pytest.mark.parametrize(
    ("params", "outcome"),
    [
        pytest.param({"skus": ["tea"]}, passed(None, "3"), id="any-of-an-item"),
        pytest.param({"skus": ["pot"]}, failed("items_missing"), id="none-of-an-item"),
        pytest.param(
            {"categories": ["drinks"], "minimum_quantity": "3"}, passed(None, "3"), id="enough-pieces"
        ),
        pytest.param(
            {"skus": ["tea"], "minimum_quantity": "3.5"},
            failed("quantity_too_small", "3.5", "3"),
            id="too-few",
        ),
        pytest.param(
            {"skus": ["tea", "cup"], "minimum_amount": "10"}, passed("10.00", "10.00"), id="enough-money"
        ),
        pytest.param(
            {"skus": ["tea"], "categories": ["drinks"], "minimum_amount": "6.01"},
            failed("amount_too_small", "6.01", "6.00"),
            id="too-little-money",
        ),
    ],
)
def test_items(params: dict[str, Any], outcome: Outcome) -> None:
    assert ask("loyalty.items", params, happened(bought(1500, lines=TEA))) == outcome


def test_s18_items_are_asked_again_about_what_remains() -> None:
    two_left = [line(600, sku="tea", quantity="3", remaining=400)]
    none_left = [line(600, sku="tea", quantity="3", remaining=0)]
    params = {"skus": ["tea"], "minimum_quantity": "2"}

    assert recheck("loyalty.items", params, bought(600, remaining=400, lines=two_left)) == passed(None, "2")
    assert recheck("loyalty.items", params, bought(600, remaining=0, lines=none_left)) == failed(
        "items_missing"
    )


@pytest.mark.parametrize(
    ("kind", "params", "path", "code"),
    [
        ("loyalty.purchase_total", {}, "", "range_missing"),
        ("loyalty.purchase_total", {"minimum": "2", "maximum": "1"}, "", "minimum_above_maximum"),
        ("loyalty.purchase_total", {"minimum": "0.001"}, "minimum", "invalid_amount"),
        ("loyalty.purchase_total", {"minimum": 1.5}, "minimum", "wrong_type"),
        ("loyalty.purchase_number", {"match": "first", "count": 2}, "", "count_unused"),
        ("loyalty.purchase_number", {"match": "last"}, "match", "invalid_choice"),
        ("loyalty.purchase_number", {"count": "3"}, "count", "wrong_type"),
        ("loyalty.purchase_number", {"count": True}, "count", "wrong_type"),
        ("loyalty.items", {"minimum_quantity": "1"}, "", "items_missing"),
        ("loyalty.items", {"skus": "tea"}, "skus", "wrong_type"),
        ("loyalty.items", {"skus": [7]}, "skus", "wrong_type"),
    ],
)
def test_settings_that_make_no_sense_are_refused(
    kind: str, params: dict[str, Any], path: str, code: str
) -> None:
    assert refused(kind, params) == [(path, code)]
