"""Signals, in three kinds; each carries its manual, of which docs/reference/signals.md is made.

* *In*: the host sends, the app acts. Nothing that goes wrong on our side reaches the sender.
* *Inside*: sent in the transaction that processes an event. A receiver that raises aborts that transaction.
* *After*: sent from the outbox once the change is committed, at least once, and cannot harm: what a receiver
  raises is logged and the message is sent again later. A message is written only for topics with a receiver
  at that moment, so connect receivers in `AppConfig.ready`.
"""

from __future__ import annotations

from collections.abc import Mapping
from inspect import cleandoc
from types import MappingProxyType
from typing import Literal

from django.dispatch import Signal

__all__ = [
    "SIGNALS",
    "TOPICS",
    "LoyaltySignal",
    "event_failed",
    "limit_reached",
    "member_registered",
    "points_expiring",
    "purchase_completed",
    "purchase_refunded",
    "register_topic",
    "reward_granted",
    "reward_granting",
    "reward_reversed",
    "send_inside",
    "subscribed_topics",
]

SignalKind = Literal["in", "inside", "after"]
_NO_INSTANCES: Mapping[str, str] = MappingProxyType({})


class LoyaltySignal(Signal):
    """A signal that knows its name, its kind and its manual (`__doc__`; `summary` is the first line).

    `instances` says which fields of an After message are keys of which model ("reward": "loyalty.Reward"):
    receivers get these as objects too, loaded when first used.
    """

    def __init__(
        self, *, name: str, kind: SignalKind, doc: str, instances: Mapping[str, str] = _NO_INSTANCES
    ) -> None:
        super().__init__()
        self.name, self.kind, self.instances = name, kind, instances
        self.__doc__ = cleandoc(doc)

    def __repr__(self) -> str:
        return f"<{self.kind} signal {self.name}>"

    @property
    def summary(self) -> str:
        """The first line of the manual."""
        return (self.__doc__ or "").partition("\n")[0]


purchase_completed = LoyaltySignal(
    name="purchase_completed",
    kind="in",
    doc="""
    Send it when an order is paid: the purchase is recorded and its rewards are granted.

    Arguments: those of `loyalty.services.record_purchase` (`card` or `user`, `external_id`, `total`, and
    optionally `occurred_at`, `lines`, `tax`, `discount`, `channel`, `source`, `program`).
    Sending it again for the same order changes nothing. A buyer without a card is passed over. Not sent by
    us.
    """,
)

purchase_refunded = LoyaltySignal(
    name="purchase_refunded",
    kind="in",
    doc="""
    Send it when money goes back: the rewards of what was returned are taken back.

    Arguments: those of `loyalty.services.record_refund` (`purchase_id`, `external_id` of the refund, and
    optionally `amount` or `lines`, `occurred_at`, `source`, `program`, `card`). Without amount and lines all
    that is left is refunded. A refund that comes before its purchase waits for it. Not sent by us.
    """,
)

member_registered = LoyaltySignal(
    name="member_registered",
    kind="in",
    doc="""
    Send it when somebody signs up: a card is enrolled for them.

    Arguments: those of `loyalty.services.enrol_card` (`user`, and optionally `external_id`, `number`, `at`,
    `program`, `attributes`), and `request` and `code` (typed by the member) where the app `referrals` is to find
    out who brought them. A user who has a card keeps it. Not sent by us, except for new users with
    LOYALTY["ENROL_NEW_USERS"].
    """,
)

reward_granting = LoyaltySignal(
    name="reward_granting",
    kind="inside",
    doc="""
    A reward is about to be written, in the transaction that processes its event.

    Arguments: `program` (slug), `campaign` (key), `card` (key), `currency` (code or None), `amount` (decimal
    string), `event` (key of the event). A receiver that raises aborts the processing of the event: nothing of
    it is stored, and it is tried again as any failed event is. Cards are locked meanwhile: a receiver must be
    quick and must not call other machines. Not sent in previews, backtests and shadow mode, nor when a reward
    is taken back.
    """,
)

reward_granted = LoyaltySignal(
    name="reward_granted",
    kind="after",
    instances={"reward": "loyalty.Reward", "card": "loyalty.Card"},
    doc="""
    A card got a reward, and it is committed.

    Arguments: `message` (`reward` and `card` keys, `campaign`, `currency`, `granted` and `reversed` as
    decimal strings), `message_id` (the same when a message comes twice), and the objects `reward` and `card`,
    loaded when used. Not sent when nothing was left to grant, nor for adjustments by staff.
    """,
)

reward_reversed = LoyaltySignal(
    name="reward_reversed",
    kind="after",
    instances={"reward": "loyalty.Reward", "card": "loyalty.Card"},
    doc="""
    A reward was taken back, in whole or in part, and it is committed.

    Arguments: as of `reward_granted`; `message` also has `amount`, what was taken back this time. Sent once
    for each refund that takes something back. Not sent when points expire, nor when a refund leaves the
    reward whole.
    """,
)

points_expiring = LoyaltySignal(
    name="points_expiring",
    kind="after",
    instances={"card": "loyalty.Card"},
    doc="""
    Points of a card will expire within LOYALTY["EXPIRY_NOTICE_DAYS"].

    Arguments: `message` (`card` key, `currency`, `amount` as decimal string, `expires_on` as ISO date in the
    program's time zone), `message_id`, and the object `card`. Sent by the sweep, once for each card, currency
    and date. Not sent for points that are held or spent by then, and not at all while no sweep runs.
    """,
)

event_failed = LoyaltySignal(
    name="event_failed",
    kind="after",
    instances={"event": "loyalty.Event"},
    doc="""
    An event could not be processed and now waits for a person.

    Arguments: `message` (`event` key, `kind`, `source`, `key`, `error`), `message_id`, and the object
    `event`. Sent after the last attempt (LOYALTY["MAX_ATTEMPTS"]). Not sent for earlier attempts, nor for a
    refusal, which is a result and not a failure.
    """,
)

limit_reached = LoyaltySignal(
    name="limit_reached",
    kind="after",
    doc="""
    A campaign's limit or budget is used up to 80 %, or wholly.

    Arguments: `message` (`campaign` key, `measure`: times, amount or cost, `period` label or empty for the whole
    lifetime, `percent`: 80 or 100, `used` and `maximum` as decimal strings, in times, in the currency of the
    campaign, or in that of purchases), and `message_id`. Sent once for each period and percentage. Not sent for
    limits of a single card or pair, nor again after a refund gave something back.
    """,
)

SIGNALS: tuple[LoyaltySignal, ...] = (
    purchase_completed,
    purchase_refunded,
    member_registered,
    reward_granting,
    reward_granted,
    reward_reversed,
    points_expiring,
    limit_reached,
    event_failed,
)

# The topics of the outbox: After signals of every app, by name.
TOPICS: dict[str, LoyaltySignal] = {}


def register_topic(signal: LoyaltySignal) -> LoyaltySignal:
    """Let messages of the outbox with this signal's name be sent by it. Raises ValueError for nonsense."""
    if signal.kind != "after":
        raise ValueError(f"{signal!r} is not sent after commit.")
    if TOPICS.setdefault(signal.name, signal) is not signal:
        raise ValueError(f"The topic {signal.name!r} is registered twice.")
    return signal


def subscribed_topics() -> frozenset[str]:
    """The topics that somebody listens to; for the others no message is written."""
    return frozenset(name for name, signal in TOPICS.items() if signal.receivers)


def send_inside(signal: LoyaltySignal, *, sender: object = None, **fields: object) -> None:
    """Send an Inside signal; what a receiver raises goes up and aborts the transaction."""
    if signal.receivers:
        signal.send(sender, **fields)


for _signal in SIGNALS:
    if _signal.kind == "after":
        register_topic(_signal)
