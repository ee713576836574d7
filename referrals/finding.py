"""Cards found by the code that they share."""

from __future__ import annotations

from collections.abc import Iterable

from loyalty import codes
from loyalty.models import Program
from referrals.models import ReferralLink

_MOST = 50


def find_by_code(typed: str) -> Iterable[int]:
    """The cards that share this code: in any case, with blanks and look-alikes."""
    # Named, because the index begins with the program.
    programs = list(Program.objects.values_list("pk", flat=True))
    links = ReferralLink.objects.filter(program__in=programs, code=codes.normalise(typed))
    return links.values_list("card_id", flat=True)[:_MOST]
