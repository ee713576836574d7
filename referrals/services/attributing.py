"""Attribution: who brought a new member. Nothing that goes wrong here breaks a sign-up.

With Django's own users LOYALTY["ENROL_NEW_USERS"] and the middleware are enough. With django-allauth, whose signal
carries the request, it takes three lines of a receiver (here with a field `code` of the host's sign-up form):

    @receiver(allauth.account.signals.user_signed_up)
    def on_signed_up(request, user, **kwargs):
        member_registered.send(sender=None, user=user, request=request, code=request.POST.get("code", ""))

That signal is sent before the address is verified, so campaigns had better pay on a purchase; it is not sent at all to
who signs up with an address that has an account.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import router, transaction
from django.utils import timezone

from loyalty.exceptions import LoyaltyError, ParentImmutable
from loyalty.models import Card
from loyalty.services import enrol_card
from referrals.conf import referrals_settings
from referrals.current_request import get_current_request, mark_attributed
from referrals.exceptions import AlreadyReferred, CodeTooLate
from referrals.models import Referral
from referrals.services.registering import register_via_link
from referrals.services.resolvers import Clue, SignUp, find_resolvers

if TYPE_CHECKING:
    from django.http import HttpRequest

logger = logging.getLogger("referrals.attribution")

# After these no other clue helps either.
_FINAL = (AlreadyReferred, ParentImmutable)


@dataclass(frozen=True, slots=True)
class Attribution:
    """How an attribution ended: the referral, if there is one now, and why each clue before it did not do."""

    referral: Referral | None = None
    refusals: tuple[LoyaltyError, ...] = field(default=())

    @property
    def refusal(self) -> LoyaltyError | None:
        """The first refusal: of the typed code, if one was typed and did not do."""
        return self.refusals[0] if self.refusals else None


def attribute(
    *, card: Card, request: HttpRequest | None = None, code: str = "", at: datetime | None = None
) -> Referral | None:
    """Let whoever brought a new member be their referrer, in effect from `at` (default: now).

    Tried in this order: the `code` that was typed, a code in the address of the `request`, the visit by link that
    the browser kept. None when nothing leads to a referrer: a code that is unknown, one's own, of a closed card,
    or too late never raises, and neither does a database that fails. `explain_attribution` says why.
    """
    return explain_attribution(card=card, request=request, code=code, at=at).referral


def explain_attribution(
    *, card: Card, request: HttpRequest | None = None, code: str = "", at: datetime | None = None
) -> Attribution:
    """Do what `attribute` does, and tell why a clue did not do: for a form that shows what is wrong with a code."""
    using = router.db_for_write(Referral)
    inside = transaction.get_connection(using).in_atomic_block
    refusals: list[LoyaltyError] = []
    sign_up = SignUp(card, request, code or "", at or timezone.now())
    for resolver in find_resolvers():
        try:
            # A database error outside of a savepoint would end the transaction of the sign-up.
            with transaction.atomic(using=using) if inside else nullcontext():
                clue = resolver(sign_up)
                referral = None if clue is None else _follow(clue, sign_up)
        except LoyaltyError as refusal:
            logger.info("Card %s was not attributed: %s.", card.pk, refusal.code)
            refusals.append(refusal)
            if isinstance(refusal, _FINAL):
                break
        except Exception:
            logger.exception("Attributing card %s failed; the sign-up was not disturbed.", card.pk)
        else:
            if referral is not None:
                mark_attributed(request)
                return Attribution(referral, tuple(refusals))
    return Attribution(None, tuple(refusals))


def enter_code(*, card: Card, code: str, at: datetime | None = None) -> Referral:
    """A member enters a friend's code after joining; purchases count from that moment on (S9).

    Raises CodeTooLate when they joined more than REFERRALS["LATE_CODE_DAYS"] ago, and as `register_via_link`:
    ParentImmutable for who has bought already.
    """
    moment = at or timezone.now()
    days = referrals_settings.LATE_CODE_DAYS
    if days == 0 or moment > card.enrolled_at + timedelta(days=days):
        raise CodeTooLate(days=days)
    return register_via_link(card=card, code=code, at=moment)


def register_member(*, request: HttpRequest | None = None, code: str = "", **enrolment: Any) -> Card | None:
    """Enrol a card as `loyalty.services.enrol_card` does, and attribute it once that is committed.

    What the signal `member_registered` does. Without a `request` the one that is being answered counts, unless it is
    somebody else's: staff who make an account for a customer did not bring them. A card without user, key and
    number cannot be found again, and is left to `loyalty`.
    """
    if all(enrolment.get(name) is None for name in ("user", "external_id", "number")):
        return None
    asked = request if request is not None else _own_request(enrolment)
    if asked is None and not code:
        return None
    card = enrol_card(**enrolment)
    # Not within the host's transaction: the referrer's card would be locked until that ends.
    follow = partial(attribute, card=card, request=asked, code=code, at=card.enrolled_at)
    transaction.on_commit(follow, using=router.db_for_write(Card), robust=True)
    return card


def _follow(clue: Clue, sign_up: SignUp) -> Referral:
    return register_via_link(
        card=sign_up.card, code=clue.code, at=sign_up.at, method=clue.method, visit=clue.visit
    )


def _own_request(enrolment: Mapping[str, Any]) -> HttpRequest | None:
    request, user = get_current_request(), enrolment.get("user")
    visitor = getattr(request, "user", None)
    if request is None or user is None:
        return None
    if visitor is not None and visitor.is_authenticated and visitor.pk != user.pk:
        return None
    return request
