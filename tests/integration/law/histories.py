"""Histories: what happens to the cards, in the order of the inbox; and the events that tell of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from loyalty.processing.inbox import NewEvent
from loyalty.rules import registry
from tests.integration.law.campaigns import campaigns
from tests.integration.law.rules import CATEGORIES, CHANNELS, REGIONS, SKUS, SOURCES, TOPICS, strategy_for
from tests.integration.law.scene import START, CardPlan, Scene, Step, day

_TOTALS = st.sampled_from([10000, 999, 1000, 2550, 5000, 10000, 33333, 1000, 2550, 1, 0])
_AMOUNTS = st.sampled_from([1, 2, 5, 9, 20])  # whole units of a currency
_SPENDS = ("loyalty.spend", "loyalty.hold")


@st.composite
def purchases(draw: Any) -> dict[str, Any]:
    total = draw(_TOTALS)
    body: dict[str, Any] = {"total": money(total)}
    if draw(st.sampled_from([False, False, True])):
        body["tax"] = money(draw(st.integers(0, total // 4)))
    if draw(st.sampled_from([False, False, True])):
        body["discount"] = money(draw(st.integers(0, total // 4)))
    if draw(st.booleans()):
        body["channel"] = draw(st.sampled_from(CHANNELS))
    left, lines = total, []
    for _number in range(draw(st.sampled_from([0, 0, 1, 2, 3]))):
        amount = draw(st.sampled_from([0, left // 3, left // 2, left]))
        left -= amount
        line = {"amount": money(amount), "sku": draw(st.sampled_from(SKUS))}
        line["category"] = draw(st.sampled_from(CATEGORIES))
        line["quantity"] = draw(st.sampled_from(["1", "2", "0.5"]))
        lines.append(line)
    return {**body, "lines": lines} if lines else body


_PARTS = st.sampled_from([1, 100, 500, 999, 5000])
_REFUNDS = st.one_of(
    st.just({}),
    st.just({}),
    _PARTS.map(lambda part: {"amount": part}),
    st.lists(st.tuples(st.integers(0, 3), st.none() | _PARTS), min_size=1, max_size=2, unique_by=lambda x: x[0]).map(
        lambda lines: {"lines": lines}
    ),
)
_MOVES = st.fixed_dictionaries(
    {
        "parent": st.none() | st.integers(0, 5) | st.integers(0, 2),
        "method": st.sampled_from(["", "code", "link", "code"]),
    }
)
_CURRENCY = st.sampled_from([0, 0, 1])
_LESSONS = st.sampled_from([{}, {"score": 5}, {"score": 3}, {"topic": "law"}, {"topic": "tax", "score": 7}])
_FOLLOWS: SearchStrategy[dict[str, Any]] = st.nothing()  # is brought about by other events, never told

EVENTS: dict[str, SearchStrategy[dict[str, Any]]] = {
    "loyalty.purchase": purchases(),
    "loyalty.refund": _REFUNDS,
    "loyalty.card_enrolled": st.just({}),
    "loyalty.card_blocked": st.just({}),
    "loyalty.card_unblocked": st.just({}),
    "loyalty.card_closed": st.just({}),
    "loyalty.parent_changed": _MOVES,
    "loyalty.spend": st.fixed_dictionaries({"currency": _CURRENCY, "amount": _AMOUNTS}),
    "loyalty.hold": st.fixed_dictionaries(
        {"currency": _CURRENCY, "amount": _AMOUNTS, "days": st.sampled_from([0, 1, 4, 30])}
    ),
    "loyalty.hold_captured": st.fixed_dictionaries({"amount": st.none() | _AMOUNTS}),
    "loyalty.hold_voided": st.just({}),
    "loyalty.spend_cancelled": st.just({}),
    "loyalty.adjusted": st.fixed_dictionaries(
        {"currency": _CURRENCY, "amount": _AMOUNTS | _AMOUNTS.map(lambda amount: -amount)}
    ),
    "loyalty.settled": st.just({}),
    "referrals.referral_registered": _FOLLOWS,
    "referrals.referral_qualified": _FOLLOWS,
    "school.lesson_finished": _LESSONS,
}
# How often beside once; what is new and not listed comes once.
OFTEN = {
    "loyalty.purchase": 24,
    "loyalty.refund": 12,
    "loyalty.parent_changed": 3,
    "loyalty.spend": 4,
    "loyalty.spend_cancelled": 2,
    "loyalty.hold": 2,
    "loyalty.hold_captured": 1,
    "loyalty.adjusted": 2,
    "loyalty.settled": 1,
    "loyalty.card_blocked": 1,
    "loyalty.card_unblocked": 1,
    "school.lesson_finished": 3,
}


@st.composite
def steps(draw: Any, cards: int) -> Step:
    """One event."""
    told = [kind.kind for kind in registry.event_kinds]
    told = [kind for kind in told if strategy_for(EVENTS, kind) is not _FOLLOWS]
    kind = draw(st.sampled_from([*(kind for kind in OFTEN for _time in range(OFTEN[kind])), *told]))
    return Step(
        kind=kind,
        card=cards - 1 - draw(st.integers(0, cards - 1)),  # the youngest, with most above it, comes easiest
        gap=draw(st.sampled_from([0, 0, 1, 24, 24, 72, 200])),
        late=draw(st.sampled_from([0, 0, 0, 0, 1, 3, 9])),
        source=draw(st.sampled_from([SOURCES[0], *SOURCES])),
        which=draw(st.integers(0, 7)),
        is_other_card=draw(st.sampled_from([False] * 9 + [True])),
        values=draw(EVENTS[kind]),
    )


@st.composite
def beginnings(draw: Any, cards: int) -> tuple[Step, ...]:
    """Mostly a family, deep or wide, and something on each card to spend."""
    parents = draw(st.sampled_from([(0, 1, 2, 3), (0, 0, 0, 0), (0, 0, 1, 1), ()]))[: cards - 1]
    method = draw(st.sampled_from(["code", "link", ""]))
    begun = [
        Step("loyalty.parent_changed", card=card, values={"parent": parent, "method": method})
        for card, parent in enumerate(parents, 1)
    ]
    if draw(st.booleans()):
        gift = {"currency": draw(_CURRENCY), "amount": 30}
        begun += [Step("loyalty.adjusted", card=card, values=gift) for card in range(cards)]
    return tuple(begun)


@st.composite
def scenes(draw: Any, most_steps: int = 20, condition: str | None = None) -> Scene:
    """A program and its history; with `condition`, one campaign that asks just such a condition."""
    currencies = draw(st.lists(st.sampled_from(CURRENCIES), min_size=1, max_size=2, unique_by=lambda c: c["code"]))
    codes = [currency["code"] for currency in currencies]
    cards = draw(st.sampled_from([4, 3, 5, 2, 1]))
    plans = tuple(
        CardPlan(
            enrolled=draw(st.sampled_from([0, 0, -5, 2])),
            attributes=tuple(
                ("region", since, draw(st.sampled_from(REGIONS)))
                for since in draw(st.sampled_from([(), (), (-1,), (-1, 5)]))
            ),
        )
        for _number in range(cards)
    )
    begun = draw(beginnings(cards))
    least = draw(st.sampled_from([most_steps * 3 // 4, most_steps // 2, 1]))
    drawn = draw(st.lists(steps(cards), min_size=least, max_size=most_steps))
    number = 1 if condition else draw(st.integers(1, 4))
    return Scene(
        zone=draw(st.sampled_from(["UTC", "Europe/Moscow", "America/New_York"])),
        currencies=tuple(currencies),
        cards=plans,
        campaigns=tuple(draw(campaigns(f"campaign-{one}", codes, condition)) for one in range(number)),
        steps=(*begun, *drawn),
    )


CURRENCIES: list[dict[str, Any]] = [
    {"code": "points", "decimals": 0},
    {"code": "points", "decimals": 0, "hold": "P3D", "validity": "P10D"},
    {"code": "points", "decimals": 0, "validity": "P1M", "clawback": "within_balance"},
    {"code": "points", "decimals": 0, "hold": "P7D"},
    {"code": "credit", "decimals": 2, "hold": "P1D", "validity": "P5D", "expires_end_of_day": True},
    {"code": "credit", "decimals": 2, "clawback": "within_balance", "hold": "P2D"},
    {"code": "status", "decimals": 1, "spendable": False, "validity": "P20D"},
]


# --- from steps to the inbox


def money(minor: int) -> str:
    """An amount of the purchase currency."""
    return f"{minor // 100}.{minor % 100:02d}"


def inbox(scene: Scene, cards: Sequence[int]) -> list[NewEvent]:
    """The events that tell of the history, in the order of the inbox; `cards` are the keys of its cards."""
    bought = [(n, step) for n, step in enumerate(scene.steps) if step.kind == "loyalty.purchase"]
    spent = [(n, step) for n, step in enumerate(scene.steps) if step.kind in _SPENDS]
    moment, events = START, []
    for number, step in enumerate(scene.steps):
        moment += timedelta(hours=step.gap)
        event = _Told(scene, cards, bought, spent).tell(number, step, moment - timedelta(days=step.late))
        if event is not None:
            events.append(event)
    return events


class _Told:
    """How a step is told to the inbox."""

    def __init__(self, scene: Scene, cards: Sequence[int], bought: Any, spent: Any) -> None:
        self.scene, self.cards, self.bought, self.spent = scene, cards, bought, spent

    def tell(self, number: int, step: Step, at: datetime) -> NewEvent | None:
        name = step.kind.rpartition(".")[2]
        body = getattr(self, f"_{name}", self._plain)(step, at)
        if body is None:
            return None
        source, card, payload = body
        return NewEvent(source, step.kind, f"{name}-{number}", card, at, payload)

    def _plain(self, step: Step, at: datetime) -> Any:
        return step.source, self.cards[step.card], step.values

    def _refund(self, step: Step, at: datetime) -> Any:
        if not self.bought:
            return None
        number, bought = self.bought[step.which % len(self.bought)]
        card: int | None = self.cards[bought.card]
        if step.is_other_card:
            card = None if step.which % 2 else self.cards[step.card]
        payload: dict[str, Any] = {"purchase": f"purchase-{number}"}
        if "amount" in step.values:
            payload["amount"] = money(step.values["amount"])
        if "lines" in step.values:
            payload["lines"] = [
                {"position": position, **({"amount": money(part)} if part else {})}
                for position, part in step.values["lines"]
            ]
        return bought.source, card, payload

    def _parent_changed(self, step: Step, at: datetime) -> Any:
        parent = step.values["parent"]
        payload: dict[str, Any] = {"parent": None if parent is None else self.cards[parent % len(self.cards)]}
        if step.values["method"] and payload["parent"] is not None:
            payload["link"] = {"code": "ABC", "method": step.values["method"], "link": None}
        return step.source, self.cards[step.card], payload

    def _spend(self, step: Step, at: datetime) -> Any:
        return step.source, self.cards[step.card], self._amount(step)

    _adjusted = _spend

    def _hold(self, step: Step, at: datetime) -> Any:
        until = at + timedelta(days=step.values["days"])
        return step.source, self.cards[step.card], {**self._amount(step), "expires_at": until.isoformat()}

    def _amount(self, step: Step) -> dict[str, Any]:
        currency = self.scene.currencies[step.values["currency"] % len(self.scene.currencies)]
        return {"currency": currency["code"], "amount": str(step.values["amount"])}

    def _hold_captured(self, step: Step, at: datetime) -> Any:
        if not self.spent:
            return None
        number, spent = self.spent[step.which % len(self.spent)]
        payload = {"spend": f"{spent.kind.rpartition('.')[2]}-{number}"}
        if step.values.get("amount"):
            payload["amount"] = str(step.values["amount"])
        card = step.card if step.is_other_card else spent.card
        return spent.source, self.cards[card], payload

    _hold_voided = _hold_captured
    _spend_cancelled = _hold_captured


__all__ = ["EVENTS", "day", "inbox", "money", "scenes"]
