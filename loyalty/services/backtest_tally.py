"""Counting while a backtest runs: what each campaign gave, took back and withheld, and the revenue, by week."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from loyalty.periods import local_date
from loyalty.rules.events import EventState, PurchaseState
from loyalty.rules.state import RewardState, State

Key = tuple[str, str | None]  # campaign and currency
_WEEK = timedelta(days=7)
# Dates lie in eleven centuries: one event of a wrong year does not bring thousands of empty weeks.
_MOST_EMPTY_WEEKS = 520
# What a card holds already is nothing that it would have got.
_HELD_ALREADY = frozenset(["milestone_held", "kept_before"])


@dataclass(slots=True)
class Cell:
    """What one campaign gave in one currency in one week, in minor units."""

    times: int = 0
    cards: set[int] = field(default_factory=set)
    granted: int = 0
    reversed: int = 0
    cuts: dict[str, int] = field(default_factory=dict)

    def add(self, other: Cell) -> None:
        """Count the other's into this one."""
        self.times += other.times
        self.cards |= other.cards
        self.granted += other.granted
        self.reversed += other.reversed
        for reason, amount in other.cuts.items():
            self.cuts[reason] = self.cuts.get(reason, 0) + amount


class Tally:
    """Hears of each event of a replay. Counts rewards and purchases since `since`, and what becomes of those."""

    def __init__(self, *, zone: ZoneInfo, since: datetime | None) -> None:
        self.zone, self.since = zone, since
        self.cells: dict[date, dict[Key, Cell]] = {}
        self.revenue: dict[date, int] = {}
        self._left: dict[str, int] = {}  # of purchases of which something went back

    def monday(self, moment: datetime) -> date:
        """The Monday of a moment's week."""
        day = local_date(moment, self.zone)
        return day - timedelta(days=day.weekday())

    def hear(self, state: State, event: EventState) -> None:
        """Count what one event brought, with all that it caused."""
        for reward in state.new_rewards:
            if self._counts(reward.occurred_at):
                cell = self._cell(reward.occurred_at, (reward.campaign_key, reward.currency))
                cell.times += 1
                cell.cards.add(reward.card_id)
                cell.granted += reward.granted
        for message in state.messages:
            taken = message.subject
            if message.topic != "reward_reversed" or not isinstance(taken, RewardState):
                continue
            if message.event is not None and self._counts(taken.occurred_at):
                cell = self._cell(message.event.occurred_at, (taken.campaign_key, taken.currency))
                cell.reversed += message.payload["amount"]
        for item in state.evaluations:
            if "rewards" in item.trace and self._counts(item.event.at):
                for given in item.trace["rewards"]:
                    self._add_cut(item.event.at, given)
        self._add_revenue(state, event)

    def weeks(self) -> list[date]:
        """The Mondays from the first week in which anything was counted to the last."""
        known = sorted(self.cells.keys() | self.revenue.keys())
        if not known or (known[-1] - known[0]) / _WEEK - len(known) > _MOST_EMPTY_WEEKS:
            return known
        return list(_range(known[0], known[-1]))

    def totals(self) -> dict[Key, Cell]:
        """The same over the whole period."""
        totals: dict[Key, Cell] = {}
        for cells in self.cells.values():
            for key, cell in cells.items():
                totals.setdefault(key, Cell()).add(cell)
        return totals

    def _counts(self, moment: datetime) -> bool:
        return self.since is None or moment >= self.since

    def _cell(self, moment: datetime, key: Key) -> Cell:
        cells = self.cells.setdefault(self.monday(moment), {})
        found = cells.get(key)
        if found is None:
            found = cells[key] = Cell()
        return found

    def _add_cut(self, moment: datetime, given: Mapping[str, Any]) -> None:
        withheld = given["requested"] - given["granted"]
        reason = given.get("cut", "")
        if withheld > 0 and reason not in _HELD_ALREADY:
            cell = self._cell(moment, (given["campaign"], given["currency"]))
            cell.cuts[reason] = cell.cuts.get(reason, 0) + withheld

    def _add_revenue(self, state: State, event: EventState) -> None:
        for purchase in state.new_purchases:
            self._change(purchase, purchase.occurred_at, purchase.total)
        for refund in state.refunds:
            self._change(refund.purchase, refund.event.occurred_at, -refund.amount)
            self._left[refund.purchase.key] = (
                self._left.get(refund.purchase.key, refund.purchase.total) - refund.amount
            )
        for key, purchase in state.touched_purchases.items():
            # Whatever else changed what remains, such as a reopening.
            change = purchase.remaining - self._left.get(key, purchase.total)
            if change:
                self._left[key] = purchase.remaining
                self._change(purchase, event.occurred_at, change)

    def _change(self, purchase: PurchaseState, moment: datetime, amount: int) -> None:
        if self._counts(purchase.occurred_at):
            monday = self.monday(moment)
            self.revenue[monday] = self.revenue.get(monday, 0) + amount


def _range(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += _WEEK
