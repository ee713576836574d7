"""What a backtest answers with: frozen rows of plain values, amounts as decimal strings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from loyalty.models import Program

__all__ = [
    "Backtest",
    "BacktestBalance",
    "BacktestCampaign",
    "BacktestPurchase",
    "BacktestReward",
    "BacktestWeek",
]


@dataclass(frozen=True, slots=True)
class BacktestBalance:
    """What a card would have; `balance` is available + pending + held - debt, a decimal string.

    `external_id` is the host's key of the card, the card's number where it has none.
    """

    external_id: str
    currency: str
    balance: str


@dataclass(frozen=True, slots=True)
class BacktestReward:
    """One reward as it stands at the end; amounts are decimal strings, `base` in the currency of purchases.

    `event` names its source, kind and key; `card` is as in `BacktestBalance`. Actions that give no currency count
    times: their amounts are 1 or 0.
    """

    event: tuple[str, str, str]
    occurred_at: datetime
    campaign: str
    slot: str
    card: str
    level: int
    currency: str | None
    base: str | None
    requested: str
    granted: str
    reversed: str
    cut_reason: str


@dataclass(frozen=True, slots=True)
class BacktestWeek:
    """One campaign in one currency and one week of the program's time zone; all zeros where it gave nothing.

    `week` is the ISO week ("2026-W47"), `starts_on` its Monday. What was granted counts in the week of its event, what
    was `reversed` in the week of the event that took it back. `cut` is what was asked for and not given, by reason.
    `cost` is what was granted less what was reversed, at the currency's worth, in the currency of purchases; None where
    the currency has no worth. `revenue` is the purchases of the week less its refunds, of all campaigns together, and
    `percent` the cost as a percentage of it, None where there is no cost or no revenue above 0.
    """

    week: str
    starts_on: str
    campaign: str
    currency: str | None
    members: int
    times: int
    granted: str
    reversed: str
    cut: Mapping[str, str]
    cost: str | None
    revenue: str
    percent: str | None


@dataclass(frozen=True, slots=True)
class BacktestCampaign:
    """What one campaign would have given in one currency: how often, to how many members, how much of it was cut.

    `requested` includes what limits withheld altogether; `granted` is before refunds took `reversed` back. `cuts` tells
    `cut` by reason; `cost` and `percent` (of the revenue of the whole period) are as in `BacktestWeek`.
    """

    campaign: str
    currency: str | None
    times: int
    members: int
    requested: str
    granted: str
    cut: str
    reversed: str
    cuts: Mapping[str, str] = field(default_factory=dict)
    cost: str | None = None
    percent: str | None = None


@dataclass(frozen=True, slots=True)
class BacktestPurchase:
    """A purchase and what it would have cost, over all cards, levels and campaigns that it gave something.

    `purchase` is its id at the shop, `card` as in `BacktestBalance`. `granted` is by currency, what refunds took back
    left out, as `cost` is; `percent` is the cost as a percentage of what remains of the total, None where nothing
    remains or no currency has a worth.
    """

    source: str
    purchase: str
    card: str
    occurred_at: datetime
    total: str
    remaining: str
    granted: Mapping[str, str]
    cost: str | None
    percent: str | None


@dataclass(frozen=True, slots=True)
class Backtest:
    """What a backtest came to. With `stopped` it is partial: only the first `events` of `total` were run.

    Balances are as of `at`. `refused` counts the events that were refused, by code; `missing` those that found no
    purchase; `waiting` those of the inbox that are not processed yet and were left out. `as_of_today` names what has
    no history: a change of it in the past is not seen.

    `weeks` are in order, each with every campaign; `dearest` are the ten purchases that cost most, or gave most where
    no currency has a worth. `members` is how many cards any campaign reached. `revenue` is what purchases since `since`
    brought, less their refunds; `cost` that of all campaigns, of the currencies that have a worth (None: none has), and
    `percent` the cost as a percentage of the revenue. `without_worth` names the currencies given that have no worth.
    """

    program: Program
    since: datetime | None
    at: datetime
    events: int
    total: int
    stopped: bool
    balances: list[BacktestBalance]
    rewards: list[BacktestReward]
    campaigns: list[BacktestCampaign]
    refused: Mapping[str, int]
    missing: int
    waiting: int
    as_of_today: list[str]
    weeks: list[BacktestWeek] = field(default_factory=list)
    dearest: list[BacktestPurchase] = field(default_factory=list)
    members: int = 0
    revenue: str = "0"
    cost: str | None = None
    percent: str | None = None
    without_worth: list[str] = field(default_factory=list)
