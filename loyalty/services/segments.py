"""Segments: what they mean from when on, who is on their lists, and when they may go.

Everything here locks the program first, so that a segment cannot vanish while somebody publishes a campaign that names it.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import router, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from loyalty.exceptions import (
    CardNotFound,
    PastNotAllowed,
    SegmentArchived,
    SegmentInUse,
    SegmentInvalid,
    SegmentNotListed,
)
from loyalty.models import Card, Program, Segment, SegmentMember, SegmentRevision
from loyalty.processing.campaigns import load_program_rules
from loyalty.processing.locking import lock_program
from loyalty.rules.compile_segments import canonical_segment
from loyalty.selectors.segments import campaigns_asking_for
from loyalty.services.fields import clean_moment, clean_text

Groups = Sequence[Sequence[Mapping[str, Any]]]

_KEY = re.compile(r"[-a-zA-Z0-9_]{1,64}", re.ASCII)
_LONGEST_NAME = 200
# Clocks of two machines differ; nobody means the past by that.
_SKEW = timedelta(seconds=1)


def save_segment(
    *,
    program: Program,
    key: str,
    name: str = "",
    conditions: Groups | None = None,
    listed: bool = False,
    effective_from: datetime | None = None,
    actor: Any = None,
    allow_past: bool = False,
) -> Segment:
    """Say what a segment means from `effective_from` on (default: now): who holds the conditions, or who is on its list.

    `conditions` are groups as a campaign's: all of a group must hold, any group is enough. Makes a revision only when it
    says something else than the last one, or from another moment. The past needs `allow_past`, except for a segment
    that is new: nothing was decided by it yet. Raises SegmentInvalid, SegmentArchived and PastNotAllowed.
    """
    using = router.db_for_write(Segment, instance=program)
    _check_names(key, name)
    given = {"listed": listed} if conditions is None else {"listed": listed, "conditions": conditions}
    with transaction.atomic(using=using):
        locked = _lock(program, using)
        definition = canonical_segment(given, program=load_program_rules(locked))
        segment = Segment.objects.using(using).filter(program=locked, key=key).first()
        if segment is None:
            segment = Segment.objects.using(using).create(program=locked, key=key, name=clean_text(name))
        elif segment.archived_at is not None:
            raise SegmentArchived(key=key)
        elif name and segment.name != clean_text(name):
            segment.name = clean_text(name)
            segment.save(using=using, update_fields=["name"])
        last = SegmentRevision.objects.using(using).filter(segment=segment).order_by("-pk").first()
        if last is None or last.definition != definition or effective_from not in (None, last.effective_from):
            moment = _moment(effective_from, is_past_allowed=allow_past or last is None)
            SegmentRevision.objects.using(using).create(
                segment=segment,
                number=last.number + 1 if last else 1,
                definition=definition,
                effective_from=moment,
                actor=actor,
            )
            _tell_changed(locked, using)
        return segment


def add_to_segment(*, segment: Segment, cards: Iterable[Card], since: datetime | None = None) -> int:
    """Put cards on a segment's list from a moment on (default: now); answers how many were given.

    The same moment again replaces what was said of it. Raises SegmentNotListed, SegmentArchived, CardNotFound for a card
    of another program, and EventPayloadInvalid for a moment that lies ahead.
    """
    return _list(segment, cards, since, is_member=True)


def remove_from_segment(*, segment: Segment, cards: Iterable[Card], since: datetime | None = None) -> int:
    """Take cards off a segment's list from a moment on; as `add_to_segment`."""
    return _list(segment, cards, since, is_member=False)


def archive_segment(*, segment: Segment) -> Segment:
    """End a segment for good; what was decided by it stands. Raises SegmentArchived, and SegmentInUse with the campaigns.

    In use means that a campaign names it: in what is published and in effect, paused or still to come, or in its draft.
    """
    using = router.db_for_write(Segment, instance=segment)
    with transaction.atomic(using=using):
        program = _lock(segment.program, using)
        found = Segment.objects.using(using).get(pk=segment.pk)
        if found.archived_at is not None:
            raise SegmentArchived(key=found.key)
        campaigns = campaigns_asking_for(found, at=timezone.now(), using=using)
        if campaigns:
            raise SegmentInUse(campaigns=", ".join(campaigns), details={"campaigns": campaigns})
        found.archived_at = timezone.now()
        found.save(using=using, update_fields=["archived_at"])
        _tell_changed(program, using)
    return found


def _list(segment: Segment, cards: Iterable[Card], since: datetime | None, *, is_member: bool) -> int:
    using = router.db_for_write(SegmentMember, instance=segment)
    moment = timezone.now() if since is None else clean_moment(since, path="since")
    named = {card.pk: card for card in cards}
    if any(card.program_id != segment.program_id for card in named.values()):
        raise CardNotFound
    with transaction.atomic(using=using):
        _lock(segment.program, using)
        found = Segment.objects.using(using).get(pk=segment.pk)
        if found.archived_at is not None:
            raise SegmentArchived(key=found.key)
        last = SegmentRevision.objects.using(using).filter(segment=found).order_by("-pk").first()
        if last is None or not last.definition.get("listed"):
            raise SegmentNotListed(key=found.key)
        SegmentMember.objects.using(using).bulk_create(
            [
                SegmentMember(segment=found, card_id=pk, since=moment, is_member=is_member)
                for pk in sorted(named)
            ],
            update_conflicts=True,
            unique_fields=["segment", "card", "since"],
            update_fields=["is_member"],
            batch_size=1000,
        )
    return len(named)


def _lock(program: Program, using: str) -> Program:
    lock_program(program_pk=program.pk, using=using)
    return Program.objects.using(using).get(pk=program.pk)


def _check_names(key: object, name: object) -> None:
    problems = []
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        text = _("Use Latin letters, digits, hyphens and underscores, at most 64.")
        problems.append({"path": "key", "code": "invalid_slug", "message": str(text)})
    if not isinstance(name, str) or len(name) > _LONGEST_NAME:
        text = _("Use at most %(most)s characters.")
        problems.append({"path": "name", "code": "too_long", "message": str(text) % {"most": _LONGEST_NAME}})
    if problems:
        raise SegmentInvalid(details=problems)


def _moment(effective_from: datetime | None, *, is_past_allowed: bool) -> datetime:
    now = timezone.now()
    moment = now if effective_from is None else effective_from
    if timezone.is_naive(moment):
        raise ValueError("effective_from needs a time zone.")
    if moment < now - _SKEW and not is_past_allowed:
        raise PastNotAllowed(effective_from=moment.isoformat())
    return moment


def _tell_changed(program: Program, using: str) -> None:
    """Let every process read the program's rules anew. Never twice the same version, as with campaigns."""
    programs = Program.objects.using(using).filter(pk=program.pk)
    programs.update(campaigns_version=F("campaigns_version") + 1 + secrets.randbelow(2**30))
