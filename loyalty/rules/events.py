"""Events and purchases as the engine sees them: plain objects, no database behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from loyalty.rules.state import RewardState


@dataclass(slots=True, eq=False)
class LineState:
    """One line of a purchase; amounts in minor units of the purchase currency."""

    position: int
    amount: int
    remaining: int
    sku: str = ""
    category: str = ""
    quantity: Decimal = Decimal(1)
    attributes: Mapping[str, str] = field(default_factory=dict)
    pk: int | None = None

    @property
    def remaining_quantity(self) -> Fraction:
        """The quantity in proportion to what remains of the amount; all of it for a free item that was not returned."""
        if not self.amount:
            return Fraction(self.quantity)
        return Fraction(self.quantity) * self.remaining / self.amount


@dataclass(slots=True, eq=False)
class PurchaseState:
    """A purchase and what remains of it after refunds; amounts in minor units of a currency of so many `decimals`."""

    source: str
    external_id: str
    card_id: int
    event: EventState | None
    occurred_at: datetime
    total: int
    remaining: int
    tax: int = 0
    discount: int = 0
    channel: str = ""
    lines: list[LineState] = field(default_factory=list)
    pk: int | None = None
    decimals: int = 2

    @property
    def key(self) -> str:
        """How events name the purchase."""
        return purchase_key(self.source, self.external_id)

    @property
    def share(self) -> Fraction:
        """What remains of the total, between 0 and 1."""
        return Fraction(self.remaining, self.total) if self.total else Fraction(0)

    def qualifies(self, *, minimum: int, since: datetime | None = None) -> bool:
        """S9: what remains is positive and at least `minimum`, and it happened at or after `since`."""
        return self.remaining >= max(minimum, 1) and (since is None or self.occurred_at >= since)


def purchase_key(source: str, external_id: str) -> str:
    """The key under which events name a purchase of a source."""
    return f"{source}/{external_id}"


@dataclass(slots=True, eq=False)
class EventState:
    """One event: what happened to which card and when.

    `purchase` is the purchase that the event is about or was caused by. `chain` holds the keys of the campaigns that led
    here, `depth` how many cascades (S15). `before` is what remained of the purchase before a refund. `reward` is the
    reward that the event tells of, `decides_at` the moment that decides where it is another than that of posting (S25).
    """

    source: str
    kind: str
    key: str
    card_id: int | None
    occurred_at: datetime
    payload: Mapping[str, Any] = field(default_factory=dict)
    purchase_key: str = ""
    pk: int | None = None
    cause: EventState | None = None
    cascaded: bool = False
    chain: tuple[str, ...] = ()
    depth: int = 0
    status: str = "pending"
    attempts: int = 0
    purchase: PurchaseState | None = None
    before: int | None = None
    note: Mapping[str, Any] = field(default_factory=dict)
    reward: RewardState | None = None
    decides_at: datetime | None = None

    @property
    def at(self) -> datetime:
        """The moment by which campaigns, links, blocks, periods and the dates of lots go; wallets go by `occurred_at`."""
        return self.decides_at or self.occurred_at

    @property
    def identity(self) -> tuple[str, str, str]:
        """What makes the event unique within its program."""
        return (self.source, self.kind, self.key)


@dataclass(frozen=True, slots=True)
class FollowUp:
    """An event that follows from another. Cascaded ones are processed at once, the others are recorded in the inbox.

    `campaign` is the key of the campaign that brought it about, if one did. `occurred_at` is that of the event it
    follows from, or that of a purchase which the kind of that event asked for (`Needs.history_of`).
    """

    source: str
    kind: str
    key: str
    card_id: int
    payload: Mapping[str, Any] = field(default_factory=dict)
    purchase: PurchaseState | None = None
    cascaded: bool = True
    occurred_at: datetime | None = None
    campaign: str = ""
    reward: RewardState | None = None


Payload = Mapping[str, Any]
Events = Sequence[EventState]
