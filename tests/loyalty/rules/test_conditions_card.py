"""Conditions about the card, each seen to pass and to fail."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db.models import Q

from loyalty.rules import Need, Outcome
from loyalty.rules.params import clean_rule
from loyalty.rules.registry import conditions
from tests.loyalty.rules.asking import NOON, ask, asking, failed, happened, passed, program, refused


def test_lifetime_spend() -> None:
    params = {"minimum": "100", "maximum": "200"}
    expected = {"minimum": "100.00", "maximum": "200.00"}

    def asked(spent: int) -> Outcome:
        return ask("loyalty.lifetime_spend", params, happened(), spent_total=spent)

    assert asked(9999) == failed("spent_too_little", expected, "99.99")
    assert asked(10000) == passed(expected, "100.00")
    assert asked(20001) == failed("spent_too_much", expected, "200.01")


def test_lifetime_purchases() -> None:
    def asked(count: int) -> Outcome:
        return ask(
            "loyalty.lifetime_purchases", {"minimum": 2, "maximum": 3}, happened(), purchases_count=count
        )

    expected = {"minimum": 2, "maximum": 3}
    assert asked(1) == failed("too_few_purchases", expected, 1)
    assert asked(2) == passed(expected, 2)
    assert asked(4) == failed("too_many_purchases", expected, 4)


def test_the_audience_of_lifetime_conditions() -> None:
    spend, purchases = conditions.get("loyalty.lifetime_spend"), conditions.get("loyalty.lifetime_purchases")
    money = clean_rule(spend, {"minimum": "1.5"}, program=program()).values
    numbers = clean_rule(purchases, {"minimum": 2, "maximum": 3}, program=program()).values

    assert spend.audience(money, asking()) == Q(spent_total__gte=150)
    assert purchases.audience(numbers, asking()) == Q(purchases_count__gte=2) & Q(purchases_count__lte=3)


@pytest.mark.parametrize(
    "kind",
    [
        "loyalty.purchase_total",
        "loyalty.purchase_number",
        "loyalty.items",
        "loyalty.item_attribute",
        "loyalty.channel",
        "loyalty.source",
        "loyalty.payload_field",
    ],
)
def test_what_asks_about_the_event_has_no_audience(kind: str) -> None:
    assert conditions.get(kind).audience({}, asking()) is None


@pytest.mark.parametrize(
    ("zone", "at", "outcome"),
    [
        ("UTC", "2026-01-02T23:59:00Z", failed("enrolled_too_recently", {"minimum": 2}, 1)),
        ("UTC", "2026-01-03T00:00:00Z", passed({"minimum": 2}, 2)),
        ("Asia/Tokyo", "2026-01-02T15:00:00Z", passed({"minimum": 2}, 2)),
        ("UTC", "2025-12-31T00:00:00Z", failed("before_enrolment", None, -1)),
    ],
)
def test_days_since_enrolment(zone: str, at: str, outcome: Outcome) -> None:
    event = happened(at=datetime.fromisoformat(at))

    assert ask("loyalty.days_since_enrolment", {"minimum": 2}, event, of=program(zone=zone)) == outcome


def test_days_since_enrolment_at_most() -> None:
    asked = ask("loyalty.days_since_enrolment", {"maximum": 7}, happened(at=datetime(2026, 1, 9, tzinfo=UTC)))

    assert asked == failed("enrolled_too_long_ago", {"maximum": 7}, 8)


DATED = {"plan": [(NOON - timedelta(days=2), "basic"), (NOON, "gold")], "level": [(NOON, "70")]}


@pytest.mark.parametrize(
    ("name", "operator", "value", "outcome"),
    [
        ("plan", "is", "gold", passed("gold", "gold")),
        ("plan", "is", "basic", failed("other_value", "basic", "gold")),
        ("none", "is", "x", failed("value_missing", "x")),
        ("plan", "is_not", "basic", passed("basic", "gold")),
        ("plan", "is_not", "gold", failed("other_value", "gold", "gold")),
        ("none", "is_not", "x", passed("x")),
        ("plan", "one_of", ["a", "gold"], passed(["a", "gold"], "gold")),
        ("plan", "one_of", ["a"], failed("other_value", ["a"], "gold")),
        ("level", "is", "70.0", passed("70.0", "70")),
        ("level", "one_of", ["1", "70.00"], passed(["1", "70.00"], "70")),
        ("level", "at_least", "8", passed("8", "70")),
        ("level", "at_least", "70.5", failed("other_value", "70.5", "70")),
        ("level", "at_most", "70", passed("70", "70")),
        ("level", "at_most", "8", failed("other_value", "8", "70")),
        ("plan", "at_least", "8", failed("not_comparable", "8", "gold")),
        ("plan", "at_least", "bronze", passed("bronze", "gold")),
        ("plan", "at_most", "bronze", failed("other_value", "bronze", "gold")),
        ("plan", "present", "", passed(None, "gold")),
        ("none", "present", "", failed("value_missing")),
        ("none", "missing", "", passed()),
        ("plan", "missing", "", failed("value_present", None, "gold")),
    ],
)
def test_card_attribute(name: str, operator: str, value: Any, outcome: Outcome) -> None:
    params = {"name": name, "operator": operator, "values" if operator == "one_of" else "value": value}

    assert ask("loyalty.card_attribute", params, happened(), attributes=DATED) == outcome


def test_s37_an_empty_attribute_says_that_there_is_none() -> None:
    emptied = {"plan": [(NOON - timedelta(days=2), "gold"), (NOON, "")]}
    params = {"name": "plan", "operator": "present"}

    assert ask("loyalty.card_attribute", params, happened(), attributes=emptied) == failed("value_missing")


def test_s37_an_attribute_is_read_as_it_was_at_the_event() -> None:
    yesterday = happened(at=NOON - timedelta(days=1))

    assert (
        ask("loyalty.card_attribute", {"name": "plan", "value": "basic"}, yesterday, attributes=DATED).code
        == "ok"
    )
    condition = conditions.get("loyalty.card_attribute")
    assert list(condition.needs({"name": "plan"})) == [Need("loyalty.attributes", "plan")]


@pytest.mark.parametrize(
    ("kind", "params", "path", "code"),
    [
        ("loyalty.lifetime_purchases", {"minimum": "1"}, "minimum", "wrong_type"),
        ("loyalty.card_attribute", {"name": "plan"}, "value", "value_missing"),
        ("loyalty.card_attribute", {"name": "plan", "value": "a", "values": ["b"]}, "values", "value_unused"),
        (
            "loyalty.card_attribute",
            {"name": "plan", "operator": "missing", "value": "a"},
            "value",
            "value_unused",
        ),
        ("loyalty.card_attribute", {"name": "plan", "operator": "one_of"}, "values", "value_missing"),
        ("loyalty.card_attribute", {"value": "a"}, "name", "required"),
    ],
)
def test_settings_that_make_no_sense_are_refused(
    kind: str, params: dict[str, Any], path: str, code: str
) -> None:
    assert refused(kind, params) == [(path, code)]
