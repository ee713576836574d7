"""Signals of referrals. All are *After* signals, see `loyalty.signals`."""

from __future__ import annotations

from loyalty.signals import LoyaltySignal, register_topic

__all__ = ["SIGNALS", "referral_qualified", "referral_registered"]

_CARDS = {"referee": "loyalty.Card", "referrer": "loyalty.Card"}

referral_registered = LoyaltySignal(
    name="referral_registered",
    kind="after",
    instances=_CARDS,
    doc="""
    A friend registered with a referral code, and it is committed.

    Arguments: `message` (`referee` and `referrer`: keys of the cards), `message_id` (the same when a message
    comes twice), and the objects `referee` and `referrer`, loaded when used; `referee.referral` is the
    referral. Sent once for each friend, imported ones included. Not sent when a code is refused, when staff
    set a parent card without a code, nor when they move a friend to another parent card.
    """,
)

referral_qualified = LoyaltySignal(
    name="referral_qualified",
    kind="after",
    instances=_CARDS,
    doc="""
    A friend made a purchase that counts (REFERRALS["QUALIFY_MINIMUM"]), and it is committed.

    Arguments: as of `referral_registered`. Sent again when the friend fell back, because all such purchases
    were refunded, and then made a new one. Not sent for further purchases of the friend, when the friend
    falls back, when staff move the friend, nor for a friend whom staff took away from every parent card.
    """,
)

SIGNALS: tuple[LoyaltySignal, ...] = (referral_registered, referral_qualified)

for _signal in SIGNALS:
    register_topic(_signal)
