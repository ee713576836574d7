"""Previews: what a purchase or another event would earn, decided by the engine itself. Nothing is locked or written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from loyalty.conf import loyalty_settings
from loyalty.models import Campaign, Program
from loyalty.periods import local_date
from loyalty.processing import preview
from loyalty.processing.campaigns import campaign_book
from loyalty.rules.compiled import CampaignBook
from loyalty.rules.kinds.base import EventKind
from loyalty.rules.kinds.scheduled import ScheduleKind
from loyalty.rules.registry import event_kinds
from loyalty.selectors.cards import CardLike, resolve_card
from loyalty.selectors.programs import ProgramLike, get_program
from loyalty.services.draft_books import Draft, with_drafts
from loyalty.services.fields import clean_source, refuse
from loyalty.services.preview_telling import Preview, PreviewedReward, Telling

__all__ = ["Preview", "PreviewedReward", "preview_event", "preview_purchase"]

Amount = Decimal | str | int


def preview_purchase(
    *,
    total: Amount,
    program: ProgramLike = None,
    card: CardLike | None = None,
    lines: Iterable[Mapping[str, Any]] | None = None,
    tax: Amount | None = None,
    discount: Amount | None = None,
    channel: str = "",
    source: str | None = None,
    occurred_at: datetime | None = None,
    draft: Draft | None = None,
    include_others: bool = False,
) -> Preview:
    """What a purchase would earn for a card (itself, by number or host's key), or for somebody without one.

    The fields are those of `record_purchase`; `occurred_at` (default: now) may lie in the future. With a `draft`
    (or a definition as in a campaign file) that campaign decides as if it were published. Only what concerns the
    asked card is told: other cards' rewards and numbers stay out, unless staff ask with `include_others`; never
    show those to a member. A constant number of queries. Raises CardNotFound, EventPayloadInvalid, CampaignInvalid.
    """
    asked = draft.program if program is None and isinstance(draft, Campaign) else program
    buyer = None if card is None else resolve_card(card, program=asked)
    where = Program.objects.get(pk=get_program(asked).pk if buyer is None else buyer.program_id)
    moment = _moment(occurred_at)
    book = _book(where, draft, whole=include_others)
    given = {"tax": tax, "discount": discount, "channel": channel or None}
    payload: dict[str, Any] = {"total": total} | {
        name: value for name, value in given.items() if value is not None
    }
    if lines is not None:
        payload["lines"] = [dict(line) for line in lines]
    previewed = preview.preview_event(
        program=where,
        kind="loyalty.purchase",
        card_id=None if buyer is None else buyer.pk,
        occurred_at=moment,
        payload=payload,
        source=clean_source(source or loyalty_settings.PURCHASE_SOURCE),
        campaigns=book,
    )
    return Telling(previewed, book, buyer, include_others).tell(moment)


def preview_event(
    *,
    kind: str,
    card: CardLike,
    program: ProgramLike = None,
    payload: Mapping[str, Any] | None = None,
    source: str = "loyalty",
    occurred_at: datetime | None = None,
    draft: Draft | None = None,
    include_others: bool = False,
) -> Preview:
    """What an event of some kind would earn for a card, were it to happen; the rest is as in `preview_purchase`.

    What nobody tells (a date that comes, a friend who registers) is supposed: the campaigns alone are asked, `payload` is
    left aside and the answer is marked `supposed`; one that stands on a purchase is for `preview_purchase` to bring about.
    Raises CardNotFound, EventPayloadInvalid, CampaignInvalid, and what such an event itself would be refused with.
    """
    asked = draft.program if program is None and isinstance(draft, Campaign) else program
    about = resolve_card(card, program=asked)
    where = Program.objects.get(pk=about.program_id)
    moment = _moment(occurred_at)
    if kind not in event_kinds or not event_kinds.get(kind).triggers:
        refuse("kind", "invalid_choice", "Name a kind of event that campaigns can be triggered by.")
    found = event_kinds.get(kind)
    book = _book(where, draft, whole=include_others)
    body = dict(payload or {})
    if found.follows:
        body = _supposed_payload(found, draft, local_date(moment, where.zone).isoformat())
    previewed = preview.preview_event(
        program=where,
        kind=found.kind,
        card_id=about.pk,
        occurred_at=moment,
        payload=body,
        source=clean_source(source),
        campaigns=book,
        supposed=found.follows,
    )
    return Telling(previewed, book, about, include_others).tell(moment, supposed=found.follows)


def _supposed_payload(kind: EventKind, draft: Draft | None, day: str) -> dict[str, Any]:
    """A campaign's own date names the campaign; of anything else nothing is known."""
    if not isinstance(kind, ScheduleKind):
        return {}
    key = draft.key if isinstance(draft, Campaign) else str((draft or {}).get("key", ""))
    return {"campaign": key, "date": day}


def _book(program: Program, draft: Draft | None, *, whole: bool) -> CampaignBook:
    book = campaign_book(program)
    return book if draft is None else with_drafts(book, [draft], program=program, traced_whole=whole)


def _moment(occurred_at: datetime | None) -> datetime:
    moment = timezone.now() if occurred_at is None else occurred_at
    if timezone.is_naive(moment):
        refuse("occurred_at", "invalid_instant", "Give a date and time with a time zone.")
    return moment
