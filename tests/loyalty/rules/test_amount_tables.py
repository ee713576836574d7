"""Amounts by steps, by attribute and as a shared pot, and dates of a reward's own; decided in memory."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from loyalty.exceptions import CampaignInvalid
from tests.loyalty.rules.engine import START, World, credit, on_purchase

STEPS = [{"start": "50", "value": "3"}, {"start": "100", "value": "10"}, {"start": "200.50", "value": "25"}]
PLANS = [
    {"value": "basic", "amount": "8"},
    {"value": "team", "amount": "15"},
    {"value": "ru", "amount": "2.50", "currency": "cents"},
]


def steps(gives: str = "amount", **more: Any) -> dict[str, Any]:
    return {"kind": "loyalty.steps", "gives": gives, "steps": STEPS, **more}


def by_plan(**more: Any) -> dict[str, Any]:
    return {"kind": "loyalty.by_attribute", "name": "plan", "rows": PLANS, **more}


@pytest.mark.parametrize(
    ("total", "expected"), [("49.99", 0), ("50.00", 3), ("99.99", 3), ("100.00", 10), ("200.50", 25)]
)
def test_the_last_step_that_is_reached_counts(total, expected):
    world = World(on_purchase(credit(steps())))
    world.buy(total)
    assert world.balance() == expected


@pytest.mark.parametrize(("total", "expected"), [("49.99", 0), ("50.00", 1), ("100.00", 10), ("300.00", 75)])
def test_steps_of_percentages(total, expected):
    world = World(on_purchase(credit(steps("percent"))))
    world.buy(total)
    assert world.balance() == expected


@pytest.mark.parametrize(("amount", "expected"), [("0.01", 10), ("100.50", 10), ("100.51", 3), ("151.00", 0)])
def test_r7_a_refund_leaves_what_a_purchase_of_the_rest_would_have_earned(amount, expected):
    world = World(on_purchase(credit(steps())))
    bought = world.buy("200.50")
    world.refund(bought, amount)
    assert world.balance() == expected
    world.refund(bought)
    assert world.balance() == 0


@pytest.mark.parametrize(("amount", "expected"), [("100.00", 10), ("150.00", 1), ("160.00", 0)])
def test_r7_steps_of_percentages_too(amount, expected):
    world = World(on_purchase(credit(steps("percent"))))
    bought = world.buy("200.00")
    world.refund(bought, amount)
    # 10 % from 100.00 on, 3 % from 50.00 on.
    assert world.balance() == expected


@pytest.mark.parametrize(
    ("changes", "path", "code"),
    [
        ({"steps": []}, "actions[0].amount.steps", "required"),
        ({"steps": [STEPS[1], STEPS[0]]}, "actions[0].amount.steps", "steps_not_rising"),
        ({"steps": [{"start": "1", "value": "2", "to": "3"}]}, "actions[0].amount.steps", "wrong_type"),
        ({"steps": [{"start": 1.5, "value": "2"}]}, "actions[0].amount.steps", "wrong_type"),
        (
            {"gives": "percent", "steps": [{"start": "1", "value": "1001"}]},
            "actions[0].amount",
            "percent_too_large",
        ),
    ],
    ids=["none", "falling", "unknown-column", "float", "percent"],
)
def test_steps_that_make_no_sense_are_refused(changes, path, code):
    with pytest.raises(CampaignInvalid) as refusal:
        World(on_purchase(credit(steps() | changes)))
    assert [(one["path"], one["code"]) for one in refusal.value.details] == [(path, code)]


@pytest.mark.parametrize(
    ("plan", "points", "cents"), [("basic", 8, 0), ("team", 15, 0), ("ru", 0, 250), ("other", 0, 0)]
)
def test_p17_the_attribute_chooses_amount_and_currency(plan, points, cents):
    world = World(on_purchase(credit(by_plan())))
    world.describe(1, plan=plan)
    world.buy("10.00")
    assert (world.balance(), world.balance(currency="cents")) == (points, cents)


def test_otherwise_is_for_every_other_value_and_for_none():
    world = World(on_purchase(credit(by_plan(otherwise="1"))), cards=2)
    world.describe(1, plan="other")
    world.buy("10.00", card=1)
    world.buy("10.00", card=2)
    assert (world.balance(1), world.balance(2)) == (1, 1)


@pytest.mark.parametrize(("about", "expected"), [("card", 15), ("recipient", 8)])
def test_it_can_ask_the_card_of_the_event_or_the_recipients(about, expected):
    world = World(on_purchase(credit(by_plan(about=about), "parent_card")), cards=2, chain=True)
    world.describe(1, plan="basic")
    world.describe(2, plan="team")
    world.buy("10.00", card=2)
    assert world.balance(1) == expected


def test_s37_the_value_is_that_of_the_events_own_time():
    world = World(on_purchase(credit(by_plan())))
    world.describe(1, since=START + timedelta(5), plan="team")
    world.buy("10.00")
    world.buy("10.00", at=START + timedelta(5))
    assert world.balance() == 15


def test_a_multiplier_multiplies_what_is_in_its_currency():
    times = {"slot": "x", "kind": "loyalty.multiply", "currency": "cents", "params": {"factor": "2"}}
    world = World(on_purchase(credit(by_plan())), on_purchase(times, phase="multiplier"))
    world.describe(1, plan="ru")
    world.buy("10.00")
    assert (world.balance(), world.balance(currency="cents")) == (0, 500)


@pytest.mark.parametrize(
    ("definition", "code"),
    [
        (
            on_purchase(credit(by_plan(rows=[{"value": "a", "amount": "1", "currency": "gold"}]))),
            "invalid_choice",
        ),
        (on_purchase(credit(by_plan(rows=[PLANS[0], PLANS[0]]))), "value_twice"),
        (on_purchase(credit(by_plan(), pot={"percent": "10"})), "not_one_currency"),
        (on_purchase(credit(by_plan()), limits=[{"measure": "amount", "max": "5"}]), "not_one_currency"),
    ],
    ids=["unknown-currency", "value-twice", "pot", "limit"],
)
def test_tables_that_make_no_sense_are_refused(definition, code):
    with pytest.raises(CampaignInvalid) as refusal:
        World(definition)
    assert [one["code"] for one in refusal.value.details] == [code]


def pot(percent: str) -> dict[str, Any]:
    return {"kind": "loyalty.percent_less_earned", "percent": percent}


@pytest.mark.parametrize(
    ("own", "expected"), [("3", (30, 70)), ("10", (100, 0)), ("12", (120, 0)), ("0.05", (0, 100))]
)
def test_p24_the_parent_gets_what_the_child_left_of_the_pot(own, expected):
    world = World(
        on_purchase(credit(own)), on_purchase(credit(pot("10"), "parent_card")), cards=2, chain=True
    )
    world.buy("1000.00", card=2)
    assert (world.balance(2), world.balance(1)) == expected


def test_p24_multipliers_and_limits_of_the_child_count_whatever_the_order():
    limits = [{"measure": "amount", "max": "45"}]
    times = {"slot": "x", "kind": "loyalty.multiply", "currency": "points", "params": {"factor": "2"}}
    world = World(
        on_purchase(credit(pot("10"), "parent_card"), priority=1),
        on_purchase(credit("3"), limits=limits),
        on_purchase(times, phase="multiplier"),
        cards=2,
        chain=True,
    )
    world.buy("1000.00", card=2)
    assert (world.balance(2), world.balance(1)) == (60, 40)
    world.buy("1000.00", card=2)
    # 15 are left of the limit, doubled by 30: the child has 45, the pot 55.
    assert (world.balance(2), world.balance(1)) == (105, 95)


def test_a_reward_may_have_dates_of_its_own():
    world = World(on_purchase(credit("10", params={"hold": "P1D", "validity": "P14D"})), validity="P1Y")
    world.buy("100.00")
    lot = world.rewards[0].lot
    assert lot is not None
    assert (lot.available_at, lot.expires_at) == (START + timedelta(1), START + timedelta(15))
    assert world.buckets() == (0, 10, 0, 0)


def test_a_duration_must_be_one():
    with pytest.raises(CampaignInvalid) as refusal:
        World(on_purchase(credit("10", params={"validity": "two weeks"})))
    assert [one["code"] for one in refusal.value.details] == ["invalid_duration"]
