"""Visits: who opened a link, and which of several visits counts."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import router, transaction
from django.db.models import QuerySet
from django.utils import timezone

from loyalty.models import Program
from referrals.conf import referrals_settings
from referrals.cookies import Kept
from referrals.models import Visit
from referrals.services.mangled import FoundLink, find_mangled_link

_LONGEST_CODE = 64
_LONGEST_CHANNEL = 64
# A page that is loaded again is the same visit.
_SAME_VISIT = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Visited:
    """The visit that was recorded, or found when it is the same; `keep` is what the browser is to remember."""

    visit: Visit
    keep: Kept


def record_visit(
    *,
    program: Program,
    text: str,
    kept: Kept | None = None,
    channel: str = "",
    at: datetime | None = None,
) -> Visited:
    """Somebody opened the link that `text` names (see `find_mangled_link`), at a moment (default: now).

    `kept` is what their browser remembers of earlier visits. Which visit it is to remember from now on is for
    REFERRALS["TOUCH"] to say. The same link within half an hour is the same visit.
    Raises CodeMalformed, CodeUnknown.
    """
    moment = at or timezone.now()
    with transaction.atomic(using=router.db_for_write(Visit)):
        found = find_mangled_link(program=program, text=text, at=moment)
        first = counting_visit(program=program, kept=kept, at=moment)
        visitor = secrets.token_hex(16) if kept is None else kept.visitor
        visit = None if kept is None else _same_visit(visitor, found, moment)
        if visit is None:
            visit = Visit.objects.create(
                program=program,
                link=found.link,
                visitor=visitor,
                code=_printable(text)[:_LONGEST_CODE],
                repaired=found.repaired,
                channel=_printable(channel)[:_LONGEST_CHANNEL],
                visited_at=moment,
            )
    counts = first if first is not None and referrals_settings.TOUCH == "first" else visit
    return Visited(visit, Kept(counts.pk, visitor))


def counting_visit(*, program: Program, kept: Kept | None, at: datetime | None = None) -> Visit | None:
    """The visit that a browser remembers, while it counts at a moment (default: now), with its link.

    Not one of another program, one older than REFERRALS["COOKIE_DAYS"], nor one that brought somebody already.
    """
    if kept is None:
        return None
    since = (at or timezone.now()) - timedelta(days=referrals_settings.COOKIE_DAYS)
    return (
        _unused(kept.visitor)
        .filter(pk=kept.visit_id, program=program, visited_at__gte=since)
        .select_related("link__card__user")  # who sent the visitor is what pages greet with
        .first()
    )


def _same_visit(visitor: str, found: FoundLink, moment: datetime) -> Visit | None:
    lately = _unused(visitor).filter(link=found.link, visited_at__gt=moment - _SAME_VISIT)
    return lately.order_by("-pk").first()


def _unused(visitor: str) -> QuerySet[Visit]:
    return Visit.objects.filter(visitor=visitor, referrals=None)


def _printable(text: str) -> str:
    """Without what no database takes: NUL bytes, lone surrogates, control characters."""
    return "".join(character for character in text if character.isprintable())
