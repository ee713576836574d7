"""Settings to tell each rule of `loyalty` with: the first of a kind is its example in the reference."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from loyalty.ledger.book import CurrencyRules
from loyalty.periods import Duration
from loyalty.rules.segments import Segment
from loyalty.rules.state import ProgramRules

Params = dict[str, Any]


def currency(code: str, name: str, decimals: int = 0) -> CurrencyRules:
    """A currency that nothing expires or holds back."""
    return CurrencyRules(
        pk=1,
        code=code,
        decimals=decimals,
        hold=Duration(),
        validity=None,
        expires_end_of_day=False,
        clawback="debt",
        spendable=True,
        name=name,
    )


def rules(*more: CurrencyRules, zone: str = "UTC") -> ProgramRules:
    """A program with points, and with further currencies where a test wants several."""
    currencies = {one.code: one for one in (currency("points", "Points"), *more)}
    return ProgramRules(
        pk=1,
        slug="club",
        zone=ZoneInfo(zone),
        decimals=2,
        currencies=currencies,
        segments={"vip": Segment("vip")},
    )


CONDITIONS: dict[str, list[Params]] = {
    "loyalty.purchase_total": [{"minimum": "500"}, {"maximum": "20"}, {"minimum": "5", "maximum": "20.50"}],
    "loyalty.purchase_number": [
        {"match": "first", "minimum_total": "500"},
        {},
        {"match": "at", "count": 5},
        {"match": "every", "count": 10},
        {"match": "at_least", "count": 2, "since": "link"},
        {"match": "every", "count": 3, "minimum_total": "50"},
        {"match": "at", "count": 21, "minimum_total": "50"},
        {"match": "at_least", "count": 2, "minimum_total": "50"},
    ],
    "loyalty.items": [
        {"skus": ["espresso"]},
        {"categories": ["coffee", "tea"], "minimum_quantity": "2"},
        {"skus": ["espresso"], "categories": ["tea"], "minimum_amount": "10"},
        {"categories": ["tea"], "minimum_quantity": "1.5", "minimum_amount": "10"},
    ],
    "loyalty.item_attribute": [
        {"name": "brand", "operator": "is", "value": "Lavazza"},
        {"name": "brand", "operator": "one_of", "values": ["Lavazza", "Illy"], "minimum_quantity": "2"},
    ],
    "loyalty.channel": [{"channels": ["app"]}, {"channels": ["app", "web", "kiosk"]}],
    "loyalty.lifetime_spend": [{"minimum": "5000"}, {"maximum": "100"}],
    "loyalty.lifetime_purchases": [{"minimum": 10}, {"minimum": 1, "maximum": 3}],
    "loyalty.window_spend": [{"days": 365, "minimum": "5000"}, {"days": 1, "maximum": "10"}],
    "loyalty.window_purchases": [{"days": 30, "minimum": 3}, {"days": 2, "maximum": 5}],
    "loyalty.days_since_purchase": [
        {"minimum": 60},
        {"minimum": 1},
        {"minimum": 60, "maximum": 90},
        {"minimum": 60, "or_never": True},
    ],
    "loyalty.first_reward": [{}],
    "loyalty.days_since_enrolment": [{"maximum": 30}, {"minimum": 1}],
    "loyalty.anniversary": [{}, {"years": 1, "days_after": 7}, {"years": 5}],
    "loyalty.birthday": [{}, {"days_before": 3}, {"days_before": 1, "days_after": 7}, {"days_after": 2}],
    "loyalty.weekday": [{"days": ["tue"]}, {"days": ["sat", "sun"]}],
    "loyalty.hours": [{"start_time": "08:00", "end_time": "11:30"}],
    "loyalty.dates": [
        {"starts_on": "2026-12-01", "ends_on": "2026-12-24"},
        {"starts_on": "2026-12-01"},
        {"ends_on": "2026-12-24"},
    ],
    "loyalty.card_attribute": [
        {"name": "plan", "operator": "is", "value": "gold"},
        {"name": "plan", "operator": "is_not", "value": "gold"},
        {"name": "plan", "operator": "one_of", "values": ["gold", "silver"]},
        {"name": "level", "operator": "at_least", "value": "70"},
        {"name": "level", "operator": "at_most", "value": "70"},
        {"name": "plan", "operator": "present"},
        {"name": "plan", "operator": "missing"},
    ],
    "loyalty.segment": [{"segment": "vip"}],
    "loyalty.source": [{"sources": ["till"]}, {"sources": ["till", "shop"]}],
    "loyalty.payload_field": [{"field": "score", "operator": "at_least", "value": "9"}],
}

AMOUNTS: dict[str, list[Params]] = {
    "loyalty.fixed": [{"value": "250"}, {"value": "1"}, {"value": "1.5"}],
    "loyalty.percent": [
        {"percent": "10"},
        {"percent": "2.5", "of": "net_of_tax", "minimum": "5"},
        {"percent": "5", "of": "net_of_discounts", "maximum": "500"},
        {"percent": "5", "of": "lines", "categories": ["coffee"], "minimum": "5", "maximum": "500"},
        {"percent": "10", "of": "granted"},
    ],
    "loyalty.per_every": [{"amount": "1", "step": "10"}, {"amount": "2", "step": "7.5", "of": "net_of_tax"}],
    "loyalty.percent_by_level": [{"percents": ["10", "5", "2.5"]}, {"percents": ["10"]}],
    "loyalty.percent_less_earned": [{"percent": "10"}],
    "loyalty.steps": [
        {"steps": [{"start": "50", "value": "100"}, {"start": "100", "value": "250"}]},
        {"gives": "percent", "steps": [{"start": "0", "value": "3"}, {"start": "1000", "value": "5"}]},
    ],
    "loyalty.by_attribute": [
        {"name": "plan", "rows": [{"value": "basic", "amount": "8"}, {"value": "pro", "amount": "15"}]},
        {"name": "plan", "rows": [{"value": "basic", "amount": "8"}], "otherwise": "3"},
    ],
}

TRIGGERS: dict[str, list[Params]] = {
    "loyalty.purchase": [{}],
    "loyalty.reward_granted": [{}, {"campaigns": ["buyer-earns"]}, {"currencies": ["points", "status"]}],
    "loyalty.card_enrolled": [{}],
    "loyalty.scheduled": [
        {"time": "10:30"},
        {"weekdays": ["mon", "fri"]},
        {"day_of_month": 1},
        {"day_of_month": 13, "weekdays": ["fri"]},
    ],
    "loyalty.segment_entered": [{"segment": "vip"}],
    "loyalty.segment_left": [{"segment": "vip"}],
}

ACTIONS: dict[str, list[Params]] = {
    "loyalty.credit": [{}, {"hold": "P14D"}, {"validity": "P1Y2M"}, {"hold": "P1D", "validity": "P3M"}],
    "loyalty.multiply": [{"factor": "2"}, {"factor": "1.5"}, {"factor": "5"}],
}


def gives(
    amount: Params | None = None, *, to: Any = "card", kind: str = "loyalty.credit", **more: Any
) -> Params:
    """An action; ten points unless told otherwise."""
    if kind == "loyalty.credit" and amount is None:
        amount = {"kind": "loyalty.fixed", "value": "10"}
    action = {"slot": "a", "kind": kind, "recipient": to, "currency": "points", **more}
    return action if amount is None else {**action, "amount": amount}


def campaign(*conditions: Params, trigger: Any = "loyalty.purchase", **more: Any) -> Params:
    """A definition; of one group if conditions are given."""
    return {
        "key": "offer",
        "trigger": trigger if isinstance(trigger, dict) else {"kind": trigger},
        "conditions": [list(conditions)] if conditions else [],
        "actions": [gives()],
        **more,
    }
