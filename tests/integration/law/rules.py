"""Settings for each registered rule. Whoever registers a rule adds a strategy here; a missing one fails by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

Settings = dict[str, Any]

SKUS, CATEGORIES = ("tea", "cup"), ("food", "home")
CHANNELS, TOPICS, SOURCES = ("app", "site"), ("law", "tax"), ("shop", "till")
REGIONS = ("north", "south", "7")
MONEY = ("0.01", "5.00", "10.00", "25.50", "50.00", "100.00")
DAYS = ("2025-02-20", "2025-02-22", "2025-02-26", "2025-03-01", "2025-03-20")


def strategy_for(table: Mapping[str, Any], kind: str) -> Any:
    """The entry of a table. Raises AssertionError that says what to do about a missing one."""
    assert kind in table, f"“{kind}” is registered, but tests/integration/law does not draw it: add it there."
    return table[kind]


@st.composite
def ranges(draw: Any, values: SearchStrategy[Any], order: Callable[[Any], Any] = float) -> Settings:
    """A minimum, a maximum, or both in their order."""
    low, high = sorted((draw(values), draw(values)), key=order)
    return draw(st.sampled_from([{"minimum": low}, {"maximum": high}, {"minimum": low, "maximum": high}]))


def some(values: Iterable[str]) -> SearchStrategy[list[str]]:
    """One or more of the values."""
    return st.lists(st.sampled_from(list(values)), min_size=1, max_size=2, unique=True)


def comparisons(values: Iterable[str]) -> SearchStrategy[Settings]:
    """What `Comparison` asks."""
    value = st.sampled_from(list(values))
    return st.one_of(
        st.builds(
            lambda operator, value: {"operator": operator, "value": value},
            st.sampled_from(["is", "is_not", "at_least", "at_most"]),
            value,
        ),
        some(values).map(lambda chosen: {"operator": "one_of", "values": chosen}),
        st.sampled_from(["present", "missing"]).map(lambda operator: {"operator": operator}),
    )


@st.composite
def payload_fields(draw: Any) -> Settings:
    field, values = draw(
        st.sampled_from(
            [("channel", CHANNELS), ("topic", TOPICS), ("score", ("3", "5")), ("total", ("50", "100"))]
        )
    )
    return {"field": field, **draw(comparisons(values))}


@st.composite
def purchase_numbers(draw: Any) -> Settings:
    match = draw(st.sampled_from(["first", "at", "every", "at_least"]))
    given: Settings = {"match": match, "count": 1 if match == "first" else draw(st.integers(1, 3))}
    if draw(st.booleans()):
        given["minimum_total"] = draw(st.sampled_from(MONEY))
    if draw(st.booleans()):
        given["since"] = draw(st.sampled_from(["ever", "link"]))
    return given


@st.composite
def chosen_items(draw: Any) -> Settings:
    return draw(
        st.one_of(
            some(SKUS).map(lambda chosen: {"skus": chosen}),
            some(CATEGORIES).map(lambda chosen: {"categories": chosen}),
        )
    )


@st.composite
def items(draw: Any) -> Settings:
    given = draw(chosen_items())
    more = draw(st.sampled_from(["", "quantity", "amount"]))
    if more == "quantity":
        given["minimum_quantity"] = draw(st.sampled_from(["1", "1.5", "2"]))
    if more == "amount":
        given["minimum_amount"] = draw(st.sampled_from(MONEY))
    return given


_HOURS = st.sampled_from([("09:00", "18:00"), ("22:00", "06:00"), ("00:00", "12:00")])
_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

CONDITIONS: dict[str, SearchStrategy[Settings]] = {
    "loyalty.purchase_total": ranges(st.sampled_from(MONEY)),
    "loyalty.purchase_number": purchase_numbers(),
    "loyalty.items": items(),
    "loyalty.lifetime_spend": ranges(st.sampled_from(MONEY)),
    "loyalty.lifetime_purchases": ranges(st.integers(0, 4)),
    "loyalty.days_since_enrolment": ranges(st.integers(0, 12)),
    "loyalty.weekday": st.lists(st.sampled_from(_WEEK), min_size=2, max_size=5, unique=True).map(
        lambda days: {"days": days}
    ),
    "loyalty.hours": _HOURS.map(lambda hours: {"start_time": hours[0], "end_time": hours[1]}),
    "loyalty.dates": ranges(st.sampled_from(DAYS), order=str).map(
        lambda ends: {{"minimum": "starts_on", "maximum": "ends_on"}[name]: ends[name] for name in ends}
    ),
    "loyalty.card_attribute": comparisons(REGIONS).map(lambda given: {"name": "region", **given}),
    "loyalty.source": some(SOURCES).map(lambda chosen: {"sources": chosen}),
    "loyalty.payload_field": payload_fields(),
    "referrals.registered_via_link": st.sampled_from(
        [{}, {"methods": ["code"]}, {"methods": ["link", "cookie"]}]
    ),
    "referrals.referred_clients": st.builds(
        lambda match, count, stage: {"match": match, "count": count, "stage": stage},
        st.sampled_from(["at", "every", "at_least"]),
        st.integers(1, 3),
        st.sampled_from(["registered", "qualified"]),
    ),
}


@st.composite
def bases(draw: Any) -> Settings:
    of = draw(st.sampled_from(["total", "net_of_tax", "net_of_discounts", "lines"]))
    return {"of": of, **(draw(chosen_items()) if of == "lines" else {})}


@st.composite
def percents(draw: Any) -> Settings:
    given = {"percent": draw(st.sampled_from(["10", "33.333333", "3.5", "100", "250", "0"])), **draw(bases())}
    if draw(st.booleans()):
        given["minimum"] = draw(st.sampled_from(["0", "2", "7.5"]))
    if draw(st.booleans()):
        given["maximum"] = draw(st.sampled_from(["7.5", "20"]))
    if draw(st.booleans()):
        given["rounding"] = draw(st.sampled_from(["down", "nearest", "up"]))
    return given


AMOUNTS: dict[str, SearchStrategy[Settings]] = {
    "loyalty.fixed": st.sampled_from(["10", "3", "25.75", "50", "0.5", "0"]).map(lambda value: {"value": value}),
    "loyalty.percent": percents(),
    "loyalty.per_every": st.builds(
        lambda amount, step, base: {"amount": amount, "step": step, **base},
        st.sampled_from(["1", "2.5"]),
        st.sampled_from(["3.00", "10.00"]),
        bases(),
    ),
    "loyalty.percent_by_level": st.builds(
        lambda percents, base: {"percents": percents, **base},
        st.lists(st.sampled_from(["20", "10", "5", "2.5"]), min_size=1, max_size=4),
        bases(),
    ),
}

ACTIONS: dict[str, SearchStrategy[Settings]] = {
    "loyalty.credit": st.just({}),
    "loyalty.multiply": st.sampled_from(["0.5", "1", "1.5", "2", "3.3333"]).map(
        lambda factor: {"factor": factor}
    ),
    "loyalty.emit_event": st.sampled_from(
        [{}, {"score": 5}, {"score": 3, "topic": "law"}, {"topic": "tax"}]
    ).map(lambda payload: {"event": "school.lesson_finished", "payload": payload}),
}
