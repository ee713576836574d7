"""What tells who brought a friend: resolvers, asked in order until one of them leads to a referrer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from loyalty.exceptions import LoyaltyError
from loyalty.models import Card
from referrals.conf import referrals_settings
from referrals.cookies import read_cookie
from referrals.methods import Method
from referrals.models import Visit
from referrals.services.mangled import find_mangled_link
from referrals.services.visits import counting_visit

if TYPE_CHECKING:
    from django.http import HttpRequest

_JUST_NOW = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class SignUp:
    """What is known of a sign-up: the new card, the request that made it, the code that was typed, the moment."""

    card: Card
    request: HttpRequest | None
    code: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Clue:
    """What a resolver found: the code of a referrer, by which method, and the visit if there was one."""

    code: str
    method: str
    visit: Visit | None = None


Resolver = Callable[[SignUp], Clue | None]

_resolvers: list[tuple[int, Resolver]] = []


def register_resolver(*, order: int) -> Callable[[Resolver], Resolver]:
    """Ask this resolver too, in the order of the numbers: typed code 10, code in the address 30, cookie 40.

    It reads only, and gives None for what it knows nothing of. Raises ValueError for a number that is taken.
    """

    def register(resolver: Resolver) -> Resolver:
        if any(order == taken for taken, _resolver in _resolvers):
            raise ValueError(f"A resolver with the order {order} is registered already.")
        _resolvers.append((order, resolver))
        _resolvers.sort(key=lambda pair: pair[0])
        return resolver

    return register


def find_resolvers() -> list[Resolver]:
    """The registered resolvers, in order."""
    return [resolver for _order, resolver in _resolvers]


@register_resolver(order=10)
def by_typed_code(sign_up: SignUp) -> Clue | None:
    """The code that the friend typed."""
    return Clue(sign_up.code, Method.CODE) if sign_up.code.strip() else None


@register_resolver(order=30)
def by_address(sign_up: SignUp) -> Clue | None:
    """The code in the address of the sign-up itself, where the visitor has not agreed to a cookie. For new cards only."""
    if sign_up.request is None or timezone.now() - sign_up.card.enrolled_at > _JUST_NOW:
        return None
    text = sign_up.request.GET.get(referrals_settings.PARAMETER, "")
    if not text:
        return None
    try:
        found = find_mangled_link(program=sign_up.card.program, text=text, at=sign_up.at)
    except LoyaltyError:
        return None  # the parameter may be the host's own
    return Clue(found.link.code, Method.LINK)


@register_resolver(order=40)
def by_cookie(sign_up: SignUp) -> Clue | None:
    """The visit that the browser kept, unless its person was a member before."""
    if sign_up.request is None:
        return None
    kept = read_cookie(sign_up.request)
    visit = counting_visit(program=sign_up.card.program, kept=kept, at=sign_up.at)
    if visit is None or visit.visited_at > sign_up.card.enrolled_at:
        return None
    return Clue(visit.link.code, Method.COOKIE, visit)
