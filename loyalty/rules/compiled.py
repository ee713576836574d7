"""Published campaigns, parsed once and immutable: what the engine runs."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from fractions import Fraction
from functools import cached_property
from uuid import UUID

from loyalty.rules.base import THIS_CAMPAIGN, Action, Amount, Condition, Need, Settings

MAX_LEVELS = 8

PROPORTIONAL, WHILE_MET, FULL_ONLY, NEVER, MILESTONE = (
    "proportional",
    "while_met",
    "full_only",
    "never",
    "milestone",
)
ALL, FIRST, BEST, EXCLUSIVE = "all", "first", "best", "exclusive"
STACKING_MODES = (ALL, FIRST, BEST, EXCLUSIVE)
REWARD_GRANTED = "loyalty.reward_granted"
POLICIES = (PROPORTIONAL, WHILE_MET, FULL_ONLY, NEVER, MILESTONE)


@dataclass(frozen=True, slots=True)
class CompiledCondition:
    """One question with its cleaned settings."""

    condition: Condition
    about: str  # "card" | "parent_card"
    negate: bool
    params: Settings

    @property
    def is_milestone(self) -> bool:
        """Whether a reward may stand on its count (S20); what is not reached is no milestone."""
        return not self.negate and self.condition.is_milestone(self.params)

    @property
    def levels(self) -> int:
        """How far up the tree it looks."""
        return (self.about == "parent_card") + self.condition.levels(self.params)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who receives: `card`, `parent_card` or `ancestors`; `blocked` says what a blocked ancestor does to its level (S13)."""

    role: str
    blocked: str = "keep_level"  # keep_level | compress | stop


@dataclass(frozen=True, slots=True)
class Pot:
    """What one action may pay in all for one event: a percent of a base of the purchase (S12)."""

    percent: Fraction
    of: str
    cut: str = "proportional"  # proportional | in_order


@dataclass(frozen=True, slots=True)
class CompiledAmount:
    """An amount with its cleaned settings."""

    amount: Amount
    params: Settings


@dataclass(frozen=True, slots=True)
class CompiledAction:
    """What is given to whom; `slot` is the same over all revisions."""

    action: Action
    slot: UUID
    slot_name: str
    recipient: Recipient
    params: Settings
    currency: str | None = None
    on_refund: str = PROPORTIONAL
    amount: CompiledAmount | None = None
    pot: Pot | None = None

    @property
    def currencies(self) -> tuple[str, ...]:
        """The currencies in which it may give."""
        more = self.amount.amount.currencies(self.amount.params) if self.amount else ()
        return tuple(dict.fromkeys([*([self.currency] if self.currency else []), *more]))

    @property
    def is_last(self) -> bool:
        """Whether it is worked out when all else of the event has been granted."""
        return bool(self.amount and self.amount.amount.last)

    @property
    def is_computed(self) -> bool:
        """Whether what it gives follows from the purchase (S17)."""
        return bool(self.amount and self.amount.amount.computed) or self.action.phase == "multiplier"

    def policy(self, *, is_milestone: bool) -> str:
        """What a refund does to a reward; one that came about without a milestone stands on its purchase (S20)."""
        if self.on_refund != MILESTONE or is_milestone:
            return self.on_refund
        return PROPORTIONAL if self.is_computed else WHILE_MET

    @property
    def amount_levels(self) -> int:
        """How many levels the action pays."""
        if self.recipient.role != "ancestors":
            return 0 if self.recipient.role == "card" else 1
        named = self.amount.amount.levels(self.amount.params) if self.amount else None
        return min(named or MAX_LEVELS, MAX_LEVELS)

    @property
    def levels(self) -> int:
        """How far up the tree the action looks: past blocked ancestors too where others move up."""
        compress = self.recipient.role == "ancestors" and self.recipient.blocked == "compress"
        return self.amount_levels + (MAX_LEVELS if compress else 0)


@dataclass(frozen=True, slots=True)
class CompiledLimit:
    """A limit: `maximum` counts times, minor units of the campaign's currency, or of purchases (cost).

    `per` is campaign, recipient, pair (of the event's card and the recipient), or the name of an identifier: an
    attribute of the recipient's card, such as a household.
    """

    per: str
    measure: str  # times | amount | cost
    maximum: int
    period: str  # lifetime | day | week | month | quarter | half_year | year
    at_edge: str = "cut"  # cut | skip

    @property
    def identifier(self) -> str:
        """The attribute by which it counts, if it does."""
        return "" if self.per in ("campaign", "recipient", "pair") else self.per


@dataclass(frozen=True, eq=False)
class CompiledCampaign:
    """One published revision, ready to run. `error` is set, and nothing else, when the definition does not compile.

    With `traced_whole` the trace has every answer even where the campaign clearly fails: a draft is being tried.
    """

    pk: int | None
    revision_pk: int | None
    key: str
    name: str = ""
    trigger: str = ""
    trigger_params: Settings = field(default_factory=dict)
    priority: int = 100
    phase: str = "base"
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    groups: tuple[tuple[CompiledCondition, ...], ...] = ()
    actions: tuple[CompiledAction, ...] = ()
    limits: tuple[CompiledLimit, ...] = ()
    group: str = ""
    stacking: str = ALL
    shadow: bool = False
    traced_whole: bool = False
    error: str = ""

    @property
    def order(self) -> tuple[int, str]:
        """S38: lower priority first, then by key."""
        return (self.priority, self.key)

    @cached_property
    def by_slot(self) -> dict[UUID, CompiledAction]:
        """The actions by slot."""
        return {action.slot: action for action in self.actions}

    @cached_property
    def is_milestone(self) -> bool:
        """Whether any condition stands on a count (S20)."""
        return any(item.is_milestone for group in self.groups for item in group)

    @cached_property
    def levels(self) -> int:
        """How far up the tree conditions and actions reach."""
        asks = max((item.levels for group in self.groups for item in group), default=0)
        return max([asks, *(action.levels for action in self.actions)])

    def needs(self) -> Iterable[Need]:
        """What the conditions and amounts read."""
        for group in self.groups:
            for item in group:
                for need in item.condition.needs(item.params):
                    yield replace(need, detail=self.key) if need.detail == THIS_CAMPAIGN else need
        for action in self.actions:
            if action.amount is not None:
                yield from action.amount.amount.needs(action.amount.params)
        for limit in self.limits:
            if limit.identifier:
                yield Need("loyalty.attributes", limit.identifier)


@dataclass(frozen=True, slots=True)
class Publication:
    """One dated decision about a campaign (S5): which revision decides from when on; None: paused or archived."""

    campaign_key: str
    effective_from: datetime
    campaign: CompiledCampaign | None
    shadow: bool = False


class CampaignBook:
    """All publications of a program in the order in which they were written; answers what is in effect at a moment."""

    def __init__(self, publications: Iterable[Publication] = ()) -> None:
        self.publications = tuple(
            replace(item, campaign=replace(item.campaign, shadow=True))
            if item.shadow and item.campaign
            else item
            for item in publications
        )
        self.moments = sorted({item.effective_from for item in self.publications})
        self._in_effect: dict[tuple[int, str], tuple[CompiledCampaign, ...]] = {}

    @cached_property
    def campaigns(self) -> tuple[CompiledCampaign, ...]:
        """Every compiled revision that any publication names."""
        return tuple(
            {id(item.campaign): item.campaign for item in self.publications if item.campaign}.values()
        )

    @cached_property
    def by_revision(self) -> dict[int | None, CompiledCampaign]:
        """Compiled revisions by their key."""
        return {campaign.revision_pk: campaign for campaign in self.campaigns}

    @cached_property
    def levels(self) -> int:
        """How far up the tree any campaign reaches, cascades to ancestors' own events included."""
        reach = max((campaign.levels for campaign in self.campaigns), default=0)
        climbs = max(
            (
                action.levels
                for campaign in self.campaigns
                for action in campaign.actions
                if self.follows_rewards or action.action.kind == "loyalty.emit_event"
            ),
            default=0,
        )
        return reach + 4 * climbs

    @cached_property
    def follows_rewards(self) -> bool:
        """Whether any campaign is triggered by rewards (S15)."""
        return any(campaign.trigger == REWARD_GRANTED for campaign in self.campaigns)

    @cached_property
    def has_milestones(self) -> bool:
        """Whether any campaign stands on a count."""
        return any(campaign.is_milestone for campaign in self.campaigns)

    @cached_property
    def limited(self) -> tuple[CompiledCampaign, ...]:
        """The campaigns with limits."""
        return tuple(campaign for campaign in self.campaigns if campaign.limits)

    @cached_property
    def needs(self) -> dict[str, frozenset[Hashable]]:
        """The details wanted of each fact."""
        wanted: dict[str, set[Hashable]] = {}
        for campaign in self.campaigns:
            for need in campaign.needs():
                wanted.setdefault(need.fact, set()).add(need.detail)
        return {fact: frozenset(details) for fact, details in wanted.items()}

    def in_effect(self, *, trigger: str, at: datetime) -> tuple[CompiledCampaign, ...]:
        """The revisions that decide about an event of this kind at this moment, in order of application (S5, S38)."""
        era = bisect_right(self.moments, at)
        found = self._in_effect.get((era, trigger))
        if found is None:
            latest: dict[str, CompiledCampaign | None] = {}
            for item in self.publications:
                if item.effective_from <= at:
                    latest[item.campaign_key] = item.campaign
            chosen = [campaign for campaign in latest.values() if campaign and campaign.trigger == trigger]
            found = tuple(sorted(chosen, key=lambda campaign: campaign.order))
            self._in_effect[(era, trigger)] = found
        return found
