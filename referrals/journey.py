"""How far a friend got, and how it follows from events: pure, see `referrals.facts` for what is stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from fractions import Fraction
from hashlib import sha256
from math import ceil
from typing import Any

from loyalty.rules import EventState, FollowUp, PurchaseState
from loyalty.rules.state import FactBook
from referrals.conf import referrals_settings

FACT = "referrals.referrals"
SOURCE = "referrals"
REGISTERED = "referrals.referral_registered"
QUALIFIED = "referrals.referral_qualified"
_LONGEST_KEY = 200


@dataclass(frozen=True, slots=True)
class ReferralState:
    """A friend's coming, see `referrals.models.Referral`; `minimum` is in minor units."""

    program_id: int
    referrer_id: int | None
    link_id: int | None
    code: str
    method: str
    registered_at: datetime
    minimum: int
    counted: bool = False
    qualifying_purchases: int = 0
    qualified_at: datetime | None = None
    qualified_by: str = ""
    visit_id: int | None = None

    @property
    def is_qualified(self) -> bool:
        """Whether the referrer's count of qualified friends has this one."""
        return self.counted and self.qualifying_purchases > 0

    def fits(self, *, amount: int, occurred_at: datetime) -> bool:
        """S9: whether a purchase of which `amount` remains qualifies."""
        return amount >= self.minimum and occurred_at >= self.registered_at


@dataclass(frozen=True, slots=True)
class PastPurchase:
    """What a link that is registered late must know of a purchase made before."""

    key: str
    occurred_at: datetime
    remaining: int


@dataclass(frozen=True, slots=True)
class CardReferrals:
    """What is known of one card as a friend (`referral`) and as a referrer (the counts).

    `history` holds the purchases of a card that nobody brought yet; it is never stored and grows in place.
    The marks say what a change touched.
    """

    referral: ReferralState | None = None
    registered: int = 0
    qualified: int = 0
    history: dict[str, PastPurchase] = field(default_factory=dict, compare=False)
    referral_changed: bool = False
    counts_changed: bool = False


def advance(book: FactBook, event: EventState) -> Sequence[FollowUp]:
    """Follow one event: new states into the book, and the events that follow from it."""
    follow = _FOLLOW.get(event.kind)
    return follow(book, event) if follow is not None and event.card_id is not None else ()


def _on_parent_changed(book: FactBook, event: EventState) -> Sequence[FollowUp]:
    """The first parent by a link begins a referral; a later parent takes it over with its counts (S28)."""
    assert event.card_id is not None
    known: CardReferrals = book.get(FACT, event.card_id)
    parent_id, link = event.payload["parent"], event.payload.get("link")
    if known.referral is not None:
        _move(book, event.card_id, known.referral, parent_id)
    elif link and parent_id is not None:
        _put(book, event.card_id, _begin(book, event, known.history, parent_id, link))
        payload = {"referrer": parent_id}
        return [FollowUp(SOURCE, REGISTERED, str(event.card_id), event.card_id, payload, cascaded=False)]
    return ()


def _on_merge(book: FactBook, event: EventState) -> Sequence[FollowUp]:
    """Two cards were merged, or parted: friends move with their parent card (S29)."""
    for move in event.note.get("moves", ()):
        known: CardReferrals = book.get(FACT, move.card_id)
        if known.referral is not None:
            _move(book, move.card_id, known.referral, move.new_parent_id)
    return ()


def _on_registered(book: FactBook, event: EventState) -> Sequence[FollowUp]:
    """The friend counts from now on; who had bought already, with the link in effect, qualifies at once."""
    assert event.card_id is not None
    referral = book.get(FACT, event.card_id).referral
    if referral is None or referral.counted:
        return ()
    referral = replace(referral, counted=True)
    _put(book, event.card_id, referral)
    _count(book, referral.referrer_id, registered=1, qualified=int(referral.is_qualified))
    if not referral.is_qualified:
        return ()
    return _qualified(event.card_id, referral, book.state.purchases.get(referral.qualified_by))


def _on_purchase(book: FactBook, event: EventState) -> Sequence[FollowUp]:
    assert event.card_id is not None
    assert event.purchase is not None
    known: CardReferrals = book.get(FACT, event.card_id)
    purchase, referral = event.purchase, known.referral
    if referral is None:
        _remember(known, purchase)
        return ()
    if not referral.fits(amount=purchase.remaining, occurred_at=purchase.occurred_at):
        return ()
    first = referral.qualifying_purchases == 0
    referral = replace(referral, qualifying_purchases=referral.qualifying_purchases + 1)
    if first:
        referral = replace(referral, qualified_at=purchase.occurred_at, qualified_by=purchase.key)
    _put(book, event.card_id, referral)
    if not first or not referral.counted:
        return ()
    _count(book, referral.referrer_id, qualified=1)
    return _qualified(event.card_id, referral, purchase, again=event if event.decides_at else None)


def _on_refund(book: FactBook, event: EventState) -> Sequence[FollowUp]:
    """S20: a friend whose last qualifying purchase stops qualifying is no longer counted."""
    assert event.card_id is not None
    assert event.purchase is not None
    assert event.before is not None
    known: CardReferrals = book.get(FACT, event.card_id)
    purchase, referral = event.purchase, known.referral
    if referral is None:
        _remember(known, purchase)
        return ()
    fitted = referral.fits(amount=event.before, occurred_at=purchase.occurred_at)
    fits = referral.fits(amount=purchase.remaining, occurred_at=purchase.occurred_at)
    if not fitted or fits or not referral.qualifying_purchases:
        return ()
    left = replace(referral, qualifying_purchases=referral.qualifying_purchases - 1)
    if not left.qualifying_purchases:
        left = replace(left, qualified_at=None, qualified_by="")
        _count(book, referral.referrer_id, qualified=-int(referral.is_qualified))
    _put(book, event.card_id, left)
    return ()


_FOLLOW: Mapping[str, Callable[[FactBook, EventState], Sequence[FollowUp]]] = {
    "loyalty.card_merged": _on_merge,
    "loyalty.cards_parted": _on_merge,
    "loyalty.parent_changed": _on_parent_changed,
    "loyalty.purchase": _on_purchase,
    "loyalty.refund": _on_refund,
    "loyalty.purchase_reopened": _on_purchase,
    REGISTERED: _on_registered,
}


def _begin(
    book: FactBook,
    event: EventState,
    history: Mapping[str, PastPurchase],
    parent_id: int,
    link: Mapping[str, Any],
) -> ReferralState:
    referral = ReferralState(
        program_id=book.state.program.pk,
        referrer_id=parent_id,
        link_id=link.get("link"),
        visit_id=link.get("visit"),
        code=str(link.get("code", "")),
        method=str(link.get("method", "")),
        registered_at=event.occurred_at,
        # Kept with the referral: a refund must be judged by the minimum that the purchase was judged by.
        minimum=smallest_purchase(decimals=book.state.program.decimals),
    )
    made = sorted(history.values(), key=lambda past: past.occurred_at)
    qualifying = [past for past in made if referral.fits(amount=past.remaining, occurred_at=past.occurred_at)]
    if not qualifying:
        return referral
    return replace(
        referral,
        qualifying_purchases=len(qualifying),
        qualified_at=qualifying[0].occurred_at,
        qualified_by=qualifying[0].key,
    )


def _move(book: FactBook, card_id: int, referral: ReferralState, parent_id: int | None) -> None:
    if parent_id == referral.referrer_id:
        return
    registered, qualified = int(referral.counted), int(referral.is_qualified)
    _count(book, referral.referrer_id, registered=-registered, qualified=-qualified)
    _count(book, parent_id, registered=registered, qualified=qualified)
    _put(book, card_id, replace(referral, referrer_id=parent_id))


def _qualified(
    card_id: int,
    referral: ReferralState,
    purchase: PurchaseState | None,
    *,
    again: EventState | None = None,
) -> Sequence[FollowUp]:
    """The event that tells of it, dated like the purchase; not for a friend whom staff detached, who is nobody's friend.

    `again`: the reopening by which a purchase that was refunded qualifies once more (S25); then it has its dates.
    """
    if referral.referrer_id is None:
        return ()
    return [
        FollowUp(
            source=SOURCE,
            kind=QUALIFIED,
            key=_key(
                card_id, referral.qualified_by if again is None else f"{referral.qualified_by}/{again.key}"
            ),
            card_id=card_id,
            payload={"referrer": referral.referrer_id, "purchase": referral.qualified_by},
            purchase=purchase,
            occurred_at=referral.qualified_at if again is None else None,
        )
    ]


def _key(card_id: int, purchase_key: str) -> str:
    key = f"{card_id}/{purchase_key}"
    return key if len(key) <= _LONGEST_KEY else f"{card_id}/{sha256(purchase_key.encode()).hexdigest()}"


def _remember(known: CardReferrals, purchase: PurchaseState) -> None:
    known.history[purchase.key] = PastPurchase(purchase.key, purchase.occurred_at, purchase.remaining)


def _put(book: FactBook, card_id: int, referral: ReferralState) -> None:
    known: CardReferrals = book.get(FACT, card_id)
    # Whoever has a referral needs no history any more.
    book.put(FACT, card_id, replace(known, referral=referral, referral_changed=True, history={}))


def _count(book: FactBook, card_id: int | None, *, registered: int = 0, qualified: int = 0) -> None:
    if card_id is None or not (registered or qualified):
        return
    known: CardReferrals = book.get(FACT, card_id)
    counted = replace(
        known,
        registered=known.registered + registered,
        qualified=known.qualified + qualified,
        counts_changed=True,
    )
    book.put(FACT, card_id, counted)


def smallest_purchase(*, decimals: int) -> int:
    """REFERRALS["QUALIFY_MINIMUM"] in minor units, rounded up: "0.01" of a currency without decimals is 1."""
    return ceil(Fraction(referrals_settings.QUALIFY_MINIMUM) * int(10**decimals))
