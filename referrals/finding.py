"""Cards found by the code that they share."""

from __future__ import annotations

from collections.abc import Iterable

from loyalty import codes
from referrals.models import ReferralLink

_MOST = 50


def find_by_code(typed: str) -> Iterable[int]:
    """The cards that share this code: in any case, with blanks and look-alikes."""
    wanted = {typed, codes.normalise(typed)} - {""}
    links = ReferralLink.objects.filter(code__in=wanted)
    return links.values_list("card_id", flat=True)[:_MOST]
