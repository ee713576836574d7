"""Settings for each registered rule. Whoever registers a rule adds an entry here; a missing one fails by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tests.integration.law.dice import Dice

Settings = dict[str, Any]

SKUS, CATEGORIES = ("tea", "cup"), ("food", "home")
CHANNELS, TOPICS, SOURCES = ("app", "site"), ("law", "tax"), ("shop", "till")
BRANDS = ("acme", "7", "7.0")
SEGMENTS = ("asked", "listed")
REGIONS = ("north", "south", "7")
BIRTHDAYS = ("1990-02-28", "1992-02-29", "1985-03-01", "2001-02-24", "1999-03-05", "soon")
MONEY = ("0.01", "5.00", "10.00", "25.50", "50.00", "100.00")
DAYS = ("2025-02-20", "2025-02-22", "2025-02-26", "2025-03-01", "2025-03-20")
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOURS = (("08:00", "18:00"), ("22:00", "06:00"), ("00:00", "12:00"))


def bounds(dice: Dice, values: Sequence[Any], names: tuple[str, str] = ("minimum", "maximum")) -> Settings:
    """A first, a last, or both; the values stand in their order."""
    low, high = sorted((dice.number(0, len(values) - 1), dice.number(0, len(values) - 1)))
    both = {names[0]: values[low], names[1]: values[high]}
    return {name: both[name] for name in dice.one([names, names[:1], names[:1], names[1:]])}


def comparison(dice: Dice, values: Sequence[str]) -> Settings:
    """What `Comparison` asks."""
    operator = dice.one(["is", "is_not", "at_least", "at_most", "one_of", "present", "missing"])
    if operator in ("present", "missing"):
        return {"operator": operator}
    if operator == "one_of":
        return {"operator": operator, "values": dice.some(values)}
    return {"operator": operator, "value": dice.one(values)}


def payload_field(dice: Dice) -> Settings:
    fields = {"channel": CHANNELS, "topic": TOPICS, "score": ("3", "5"), "total": ("50", "100")}
    field = dice.one(list(fields))
    return {"field": field, **comparison(dice, fields[field])}


def purchase_number(dice: Dice) -> Settings:
    match = dice.one(["first", "at", "every", "at_least"])
    return {
        "match": match,
        "count": 1 if match == "first" else dice.number(1, 3),
        "minimum_total": dice.one(["0.01", *MONEY]),
        "since": dice.one(["ever", "link"]),
    }


def chosen_items(dice: Dice) -> Settings:
    return dice.one([{"skus": dice.some(SKUS)}, {"categories": dice.some(CATEGORIES)}])


def items(dice: Dice) -> Settings:
    more = dice.one(
        [{}, {"minimum_quantity": dice.one(["1", "1.5", "2"])}, {"minimum_amount": dice.one(MONEY)}]
    )
    return {**chosen_items(dice), **more}


def hours(dice: Dice) -> Settings:
    start, end = dice.one(HOURS)
    return {"start_time": start, "end_time": end}


def referred_clients(dice: Dice) -> Settings:
    return {
        "match": dice.one(["at", "every", "at_least"]),
        "count": dice.one([1, 1, 2, 2, 3]),
        "stage": dice.one(["registered", "qualified", "qualified"]),
    }


def item_attribute(dice: Dice) -> Settings:
    more = dice.one(
        [{}, {"minimum_quantity": dice.one(["1", "1.5", "2"])}, {"minimum_amount": dice.one(MONEY)}]
    )
    return {"name": "brand", **comparison(dice, BRANDS), **more}


def window(dice: Dice, values: Sequence[Any]) -> Settings:
    return {"days": dice.one([1, 1, 2, 3, 7, 30]), **bounds(dice, values)}


def days_since_purchase(dice: Dice) -> Settings:
    return {**bounds(dice, range(8)), "or_never": dice.chance(1, 3)}


def days_around(dice: Dice) -> Settings:
    return {"days_before": dice.one([0, 0, 1, 3, 10]), "days_after": dice.one([0, 1, 3, 10])}


def anniversary(dice: Dice) -> Settings:
    years = dice.one([{}, {}, {"years": 1}, {"years": 2}, {"years": 5}])
    return {**days_around(dice), **years}


def nothing(_dice: Dice) -> Settings:
    return {}


CONDITIONS: dict[str, Callable[[Dice], Settings]] = {
    "loyalty.purchase_total": lambda dice: bounds(dice, MONEY),
    "loyalty.purchase_number": purchase_number,
    "loyalty.items": items,
    "loyalty.item_attribute": item_attribute,
    "loyalty.channel": lambda dice: {"channels": dice.some(CHANNELS, 1, 1)},
    "loyalty.window_spend": lambda dice: window(dice, MONEY),
    "loyalty.window_purchases": lambda dice: window(dice, range(5)),
    "loyalty.days_since_purchase": days_since_purchase,
    "loyalty.first_reward": nothing,
    "loyalty.anniversary": anniversary,
    "loyalty.birthday": days_around,
    "loyalty.segment": lambda dice: {"segment": dice.one(SEGMENTS)},
    "loyalty.lifetime_spend": lambda dice: bounds(dice, MONEY),
    "loyalty.lifetime_purchases": lambda dice: bounds(dice, range(5)),
    "loyalty.days_since_enrolment": lambda dice: bounds(dice, range(13)),
    "loyalty.weekday": lambda dice: {"days": dice.some(WEEK, 2, 5)},
    "loyalty.hours": hours,
    "loyalty.dates": lambda dice: bounds(dice, DAYS, ("starts_on", "ends_on")),
    "loyalty.card_attribute": lambda dice: {"name": "region", **comparison(dice, REGIONS)},
    "loyalty.source": lambda dice: {"sources": dice.some(SOURCES, 1, 1)},
    "loyalty.payload_field": payload_field,
    "referrals.registered_via_link": lambda dice: dice.one(
        [{}, {"methods": ["code"]}, {"methods": ["link", "cookie"]}]
    ),
    "referrals.referred_clients": referred_clients,
}


def base(dice: Dice) -> Settings:
    """Of what of the purchase."""
    of = dice.one(["total", "total", "net_of_tax", "net_of_discounts", "lines"])
    return {"of": of, **(chosen_items(dice) if of == "lines" else {})}


def percent(dice: Dice) -> Settings:
    given = {"percent": dice.one(["10", "33.333333", "3.5", "100", "250", "10", "0"]), **base(dice)}
    if dice.chance(1, 3):
        given["minimum"] = dice.one(["0", "2", "7.5"])
    if dice.chance(1, 3):
        given["maximum"] = dice.one(["7.5", "20"])
    if dice.chance(1, 3):
        given["rounding"] = dice.one(["down", "nearest", "up"])
    return given


AMOUNTS: dict[str, Callable[[Dice], Settings]] = {
    "loyalty.fixed": lambda dice: {"value": dice.one(["10", "3", "25.75", "50", "0.5", "0"])},
    "loyalty.percent": percent,
    "loyalty.per_every": lambda dice: {
        "amount": dice.one(["1", "2.5"]),
        "step": dice.one(["3.00", "10.00"]),
        **base(dice),
    },
    "loyalty.percent_by_level": lambda dice: {
        "percents": [dice.one(["20", "10", "5", "2.5"]) for _level in range(dice.number(1, 4))],
        **base(dice),
    },
}


def steps(dice: Dice) -> Settings:
    starts = dice.one([["0", "10", "100"], ["5.5", "50"], ["20"]])
    gives = dice.one(["amount", "percent"])
    return {
        "gives": gives,
        "steps": [{"start": start, "value": dice.one(["3", "12.5", "50"])} for start in starts],
        **base(dice),
    }


def by_attribute(dice: Dice) -> Settings:
    rows = [
        {"value": value, "amount": dice.one(["4", "7.5", "0"]), "currency": dice.one([None, "points"])}
        for value in dice.some(REGIONS, 1, 3)
    ]
    otherwise = dice.one([{}, {"otherwise": "2"}])
    return {"name": "region", "about": dice.one(["card", "recipient"]), "rows": rows, **otherwise}


AMOUNTS |= {
    "loyalty.steps": steps,
    "loyalty.by_attribute": by_attribute,
    "loyalty.percent_less_earned": lambda dice: {"percent": dice.one(["10", "50", "250"]), **base(dice)},
}

_LESSONS: list[Settings] = [{}, {"score": 5}, {"score": 3, "topic": "law"}, {"topic": "tax"}]

ACTIONS: dict[str, Callable[[Dice], Settings]] = {
    "loyalty.credit": lambda dice: dice.one(
        [{}, {}, {"hold": "P2D"}, {"validity": "P6D"}, {"hold": "P0D", "validity": "P1M"}]
    ),
    "loyalty.multiply": lambda dice: {"factor": dice.one(["2", "1.5", "3.3333", "0.5", "1"])},
    "loyalty.emit_event": lambda dice: {"event": "school.lesson_finished", "payload": dice.one(_LESSONS)},
}
