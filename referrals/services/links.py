"""Links: the code that a card shares, and whose code it is."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, router, transaction
from django.utils import timezone

from loyalty import codes
from loyalty.conf import loyalty_settings
from loyalty.models import Card, CardNumber, Program
from referrals.exceptions import CodeMalformed, CodeUnknown
from referrals.models import ReferralLink

_LONGEST_TYPED = 100
_ATTEMPTS = 10


def get_link(*, card: Card) -> ReferralLink:
    """The card's link, made when it is first asked for.

    Its code is the card's number, and stays when the number is replaced.
    """
    found = ReferralLink.objects.filter(card=card).first()
    if found is not None:
        return found
    for _attempt in range(_ATTEMPTS):
        try:
            with transaction.atomic(using=router.db_for_write(ReferralLink)):
                link, _created = ReferralLink.objects.get_or_create(
                    card=card, defaults={"program_id": card.program_id, "code": _code_for(card)}
                )
                return link
        except IntegrityError:
            continue
    raise RuntimeError(f"No free code was found in {_ATTEMPTS} attempts.")


def find_link(*, program: Program, code: str, at: datetime | None = None) -> ReferralLink:
    """The link with this code as a person typed it, at a moment (default: now).

    A card's number is its code, a replaced one too (S30). The code of a blocked card works, since its friends
    count all the same (S13); that of a closed one is unknown. Raises CodeMalformed, CodeUnknown.
    """
    wanted = codes.normalise(code) if len(code) <= _LONGEST_TYPED else ""
    if not wanted or len(wanted) > _longest():
        raise CodeMalformed
    card = _card_with(program, wanted)
    if card is None:
        # A number that fails its own check was mistyped; one that passes was never given out.
        raise CodeUnknown if codes.is_valid(wanted) else CodeMalformed
    if card.status == Card.Status.CLOSED and (at or timezone.now()) >= card.status_since:
        raise CodeUnknown
    return get_link(card=card)


def _card_with(program: Program, code: str) -> Card | None:
    numbers = CardNumber.objects.filter(program=program, number=code).select_related("card")
    if (number := numbers.first()) is not None:
        return number.card
    link = ReferralLink.objects.filter(program=program, code=code).select_related("card").first()
    return link.card if link is not None else None


def _code_for(card: Card) -> str:
    """The card's number; for a card that was never given one, a new code that is nobody's number."""
    number = CardNumber.objects.filter(card=card).order_by("retired_at", "-pk")
    current = number.filter(retired_at=None).first() or number.first()
    if current is not None:
        return current.number
    pattern = card.program.card_number_pattern or loyalty_settings.CARD_NUMBER_PATTERN
    while True:
        code = codes.generate(pattern)
        if not CardNumber.objects.filter(program_id=card.program_id, number=code).exists():
            return code


def _longest() -> int:
    return ReferralLink._meta.get_field("code").max_length or 0
