"""Links that suffered on their way: what mail programs, chats and people do to an address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from loyalty import codes
from loyalty.models import CardNumber, Program
from referrals.exceptions import CodeMalformed, CodeUnknown
from referrals.models import ReferralLink
from referrals.services.links import find_link

_LONGEST = 100
_MOST_CUT = 2
# A shorter rest fits too many cards, or helps who guesses.
_SHORTEST_REST = 8
# So many codes that begin alike are looked at; where there are more, more than one card may fit.
_MOST_ALIKE = 50
_LAST_CHARACTER = "Z"


@dataclass(frozen=True, slots=True)
class FoundLink:
    """A link, and whether its code had to be read through some damage."""

    link: ReferralLink
    repaired: bool


def find_mangled_link(*, program: Program, text: str, at: datetime | None = None) -> FoundLink:
    """The link that an address names by `text`, as `find_link` reads it, or with its end cut off.

    Other case, look-alikes and marks around the code do no harm; of a code that lost at most two characters
    the link is found when it is the only one that fits. Two more statements at most, whatever comes in.
    Raises CodeMalformed, CodeUnknown.
    """
    given = text[:_LONGEST]
    code = codes.normalise(given)
    try:
        return FoundLink(find_link(program=program, code=given, at=at), repaired=code != given)
    except (CodeMalformed, CodeUnknown):
        whole = _complete(program, code)
        if whole is None:
            raise
    return FoundLink(find_link(program=program, code=whole, at=at), repaired=True)


def _complete(program: Program, rest: str) -> str | None:
    """The one code that `rest` is the beginning of; None for none, and for several cards that fit."""
    if len(rest) < _SHORTEST_REST or not rest.isascii():
        return None
    numbers = _beginning_with(CardNumber, "number", program, rest)
    shared = _beginning_with(ReferralLink, "code", program, rest)
    if numbers is None or shared is None:
        return None
    fitting = {
        card_id: code
        for card_id, code in [*shared, *numbers]
        if code.startswith(rest) and 0 < len(code) - len(rest) <= _MOST_CUT
    }
    return next(iter(fitting.values())) if len(fitting) == 1 else None


def _beginning_with(
    model: type[CardNumber | ReferralLink], field: str, program: Program, rest: str
) -> list[tuple[int, str]] | None:
    """Cards and codes that begin with `rest`, by the unique index; None for too many.

    A range and not LIKE, which uses no index where the database sorts by a language's rules.
    """
    between = {f"{field}__gte": rest, f"{field}__lte": rest + _LAST_CHARACTER * _MOST_CUT}
    alike = model._default_manager.filter(program=program, **between).order_by(field)
    found = list(alike.values_list("card_id", field)[: _MOST_ALIKE + 1])
    return found if len(found) <= _MOST_ALIKE else None
