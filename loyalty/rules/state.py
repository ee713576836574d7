"""The working state that decisions read and evolve: loaded at once, changed in memory, stored at once."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from loyalty.ledger.book import CurrencyRules, Lot, Spend, Wallet
from loyalty.rules.events import EventState, LineState, PurchaseState
from loyalty.rules.fact_book import FactBook
from loyalty.rules.merges import Merge

if TYPE_CHECKING:
    from loyalty.rules.segments import Segment

ACTIVE, BLOCKED, CLOSED = "active", "blocked", "closed"


@dataclass(frozen=True, slots=True)
class ProgramRules:
    """What the engine must know of a program. `decimals` are those of the purchase currency; segments go by key.

    `has_merges`: cards were ever merged, so whoever loads one looks for the card that stands for it.
    """

    pk: int
    slug: str
    zone: ZoneInfo
    decimals: int
    currencies: Mapping[str, CurrencyRules]
    cascade_depth: int = 4
    segments: Mapping[str, Segment] = field(default_factory=dict)
    has_merges: bool = False


@dataclass(slots=True, eq=False)
class CardState:
    """A card. `timeline` holds its statuses by date as far back as the batch's earliest event."""

    pk: int
    enrolled_at: datetime
    external_id: str = ""
    status: str = ACTIVE
    status_since: datetime | None = None
    timeline: list[tuple[datetime, int, str]] = field(default_factory=list)
    parent_id: int | None = None
    parent_since: datetime | None = None
    linked_at: datetime | None = None
    merged_into_id: int | None = None
    purchases_count: int = 0
    spent_total: int = 0
    has_children: bool = False
    attributes: Mapping[str, list[tuple[datetime, str]]] = field(default_factory=dict)
    dirty: bool = False

    def status_at(self, at: datetime) -> str:
        """S13: blocked and closed are judged at the event's own time."""
        if self.status_since is not None and at >= self.status_since:
            return self.status
        position = bisect_right(self.timeline, at, key=lambda change: change[0])
        return self.timeline[position - 1][2] if position else ACTIVE

    def change_status(self, *, status: str, since: datetime) -> None:
        """Add a change to the timeline; the latest by date is the present status."""
        if not self.timeline and self.status_since is not None:
            self.timeline.append((self.status_since, 0, self.status))
        order = max((number for _since, number, _status in self.timeline), default=0) + 1
        insort(self.timeline, (since, order, status))
        self.status_since, _order, self.status = self.timeline[-1]
        self.dirty = True

    def parent_at(self, at: datetime) -> int | None:
        """The parent card, if the link was in effect at that moment (S13)."""
        return self.parent_id if self.parent_since is not None and at >= self.parent_since else None

    def attribute(self, name: str, at: datetime) -> str | None:
        """The value of an attribute at a moment (S37); an empty one says that there is none."""
        values = self.attributes.get(name, ())
        position = bisect_right(values, at, key=lambda row: row[0])
        return (values[position - 1][1] or None) if position else None


@dataclass(slots=True, eq=False)
class RewardState:
    """One card got one thing from one action of one campaign for one event. Amounts in the currency's minor units.

    `source` is the reward that the event told of, for what it was given (S15).
    """

    event: EventState
    campaign_pk: int | None
    campaign_key: str
    revision_pk: int | None
    slot: UUID
    card_id: int
    level: int
    effect: str
    currency: str | None
    base: int | None
    requested: int
    granted: int
    policy: str
    occurred_at: datetime
    reversed: int = 0
    forgiven: int = 0
    cut_reason: str = ""
    purchase: PurchaseState | None = None
    threshold: int | None = None
    milestone_card_id: int | None = None
    source: RewardState | None = None
    terms: dict[str, Any] = field(default_factory=dict)
    lot: Lot | None = None
    pk: int | None = None
    dirty: bool = False

    @property
    def kept(self) -> int:
        """What is left of it."""
        return self.granted - self.reversed

    @property
    def key(self) -> tuple[object, ...]:
        """What makes the grant unique, never the revision."""
        return (*self.event.identity, self.campaign_key, str(self.slot), self.card_id, self.level)


@dataclass(slots=True, eq=False)
class CounterState:
    """How much of a limit is used, for one scope and period."""

    key: str
    campaign_pk: int | None
    card_id: int | None
    period: str
    used: int = 0
    pk: int | None = None
    dirty: bool = False


@dataclass(slots=True, eq=False)
class RefundState:
    """One return of part of a purchase."""

    purchase: PurchaseState
    event: EventState
    amount: int
    by_line: dict[int, int]
    undone: EventState | None = None


@dataclass(slots=True, eq=False)
class EvaluationState:
    """What became of one event."""

    event: EventState
    outcome: str
    trace: dict[str, Any]


@dataclass(frozen=True, slots=True)
class CardChange:
    """A dated change of a card's status or parent, to be written as a row of its history."""

    event: EventState
    card_id: int
    since: datetime
    status: str | None = None
    old_parent_id: int | None = None
    new_parent_id: int | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """Something to be told after commit."""

    topic: str
    event: EventState | None
    payload: Mapping[str, Any]
    subject: object = None
    key: str | None = None


class State:
    """Everything that one batch reads and changes."""

    def __init__(self, program: ProgramRules) -> None:
        self.program = program
        self.cards: dict[int, CardState] = {}
        self.wallets: dict[tuple[int, str], Wallet] = {}
        self.purchases: dict[str, PurchaseState] = {}
        self.rewards_of: dict[str, list[RewardState]] = {}
        self.milestones: dict[tuple[str, UUID, int, int], list[RewardState]] = {}
        self.dependents: dict[int, list[RewardState]] = {}  # by id() of the reward that they were given for
        self.unlinked: dict[int, int] = {}  # stored rewards whose source is not loaded: their keys
        # By campaign and card: kept rewards, since it was loaded.
        self.rewarded: dict[tuple[str, int], int] = {}
        self.counters: dict[str, CounterState] = {}
        self.spends: dict[tuple[int, str], Spend] = {}  # by card and key
        self.parked: dict[str, list[EventState]] = {}
        self.wallets_complete: set[int] = set()
        self.parents_above: dict[int, int | None] = {}  # of cards that are not loaded, where the tree changes
        self.lots: dict[int, Lot] = {}  # all that are loaded, each once
        self.merges: dict[int, Merge] = {}  # those in force, by the card that went
        self.facts = FactBook(self)
        # what the batch brought, in order
        self.evaluations: list[EvaluationState] = []
        self.new_events: list[EventState] = []
        self.new_purchases: list[PurchaseState] = []
        self.new_rewards: list[RewardState] = []
        self.new_spends: list[tuple[Spend, EventState]] = []
        self.refunds: list[RefundState] = []
        self.reopened: dict[str, EventState] = {}  # by purchase: the event that undoes its stored refunds
        self.card_changes: list[CardChange] = []
        self.changed_merges: list[Merge] = []
        self.adjustments: list[tuple[EventState, Wallet, int]] = []
        self.messages: list[Message] = []
        self.touched_purchases: dict[str, PurchaseState] = {}

    def wallet(self, card_id: int, currency: str) -> Wallet:
        """The wallet of a loaded card, made on first use."""
        found = self.wallets.get((card_id, currency))
        if found is None:
            rules = self.program.currencies[currency]
            found = Wallet(card_id=card_id, rules=rules, complete=True)
            self.wallets[(card_id, currency)] = found
        return found

    def survivor_id(self, card_id: int) -> int:
        """The card itself, or the one that stands for it since it was merged (S29)."""
        card = self.cards.get(card_id)
        while card is not None and card.merged_into_id is not None:
            card_id = card.merged_into_id
            card = self.cards.get(card_id)
        return card_id

    def ancestors(self, card: CardState, *, at: datetime, levels: int) -> Iterator[tuple[int, CardState]]:
        """Levels and cards upwards from a card, by links that were in effect; a missing link ends the walk (S13)."""
        for level in range(1, levels + 1):
            parent_id = card.parent_at(at)
            if parent_id is None:
                return
            card = self.cards[parent_id]
            yield level, card

    def add_reward(self, reward: RewardState) -> None:
        """Keep a reward where refunds and milestones will look for it."""
        if reward.source is not None:
            self.dependents.setdefault(id(reward.source), []).append(reward)
        if reward.purchase is not None:
            self.rewards_of.setdefault(reward.purchase.key, []).append(reward)
        if reward.threshold is not None and reward.milestone_card_id is not None:
            self.milestones.setdefault(self.milestone_key(reward), []).append(reward)

    def count_rewarded(self, reward: RewardState, change: int) -> None:
        """A reward came to be kept (1) or nothing is left of it (-1)."""
        key = (reward.campaign_key, reward.card_id)
        self.rewarded[key] = self.rewarded.get(key, 0) + change

    @staticmethod
    def milestone_key(reward: RewardState) -> tuple[str, UUID, int, int]:
        """Under which a milestone is held at most once at a time (S20)."""
        assert reward.milestone_card_id is not None
        assert reward.threshold is not None
        return (reward.campaign_key, reward.slot, reward.milestone_card_id, reward.threshold)


__all__ = [
    "ACTIVE",
    "BLOCKED",
    "CLOSED",
    "CardChange",
    "CardState",
    "CounterState",
    "EvaluationState",
    "FactBook",
    "LineState",
    "Message",
    "ProgramRules",
    "RefundState",
    "RewardState",
    "State",
]
