"""One chunk of lines: read, enrol, complete, write; a transaction and a number of statements that does not grow."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import router, transaction

from loyalty.exceptions import CardNotFound, EventConflict, EventKindUnknown, LoyaltyError
from loyalty.imports.lines import Draft, ImportContext, LineReader
from loyalty.imports.raw import RawLine
from loyalty.imports.registry import LineKind, line_kinds
from loyalty.models import Card, Event
from loyalty.processing.inbox import EventWritten, write_events
from loyalty.rules.registry import UnknownKind, event_kinds
from loyalty.services.bulk_enrolment import NewCard, enrol_cards


@dataclass(frozen=True, slots=True)
class Taken:
    """A line that was taken: whether it was there already, and the event that it became, None for one that only enrols."""

    is_known: bool
    event_id: int | None = None


@dataclass(slots=True)
class Written:
    """What became of lines: which were taken, by their numbers, which were rejected and why."""

    taken: dict[int, Taken] = field(default_factory=dict)
    enrolled: int = 0
    rejected: list[tuple[RawLine, LoyaltyError]] = field(default_factory=list)

    @property
    def known(self) -> int:
        """How many were there already."""
        return sum(one.is_known for one in self.taken.values())

    @property
    def new(self) -> int:
        """How many were new."""
        return len(self.taken) - self.known


class Chunk:
    """The drafts of a chunk in the order of the file, and the cards that they name."""

    def __init__(self, context: ImportContext, drafts: Sequence[Draft]) -> None:
        self.context, self.drafts = context, drafts
        self._cards: dict[str, int] = {}

    def card(self, customer: str) -> int:
        """The key of a customer's card. Raises CardNotFound where unknown customers are not enrolled."""
        try:
            return self._cards[customer]
        except KeyError:
            raise CardNotFound from None

    def cards_of_events(self, kind: str, keys: Iterable[str]) -> dict[str, int]:
        """The cards of events of the import's source: those of this chunk, and in one query those of the inbox."""
        wanted = set(keys)
        found: dict[str, int] = {
            draft.key: draft.card_id
            for draft in self.drafts
            if draft.kind == kind and draft.key in wanted and draft.card_id and not draft.refusal
        }
        if not wanted:
            return found
        context = self.context
        stored = Event.objects.filter(
            program=context.program, source=context.source, kind=kind, key__in=wanted, card__isnull=False
        )
        return found | {key: card_id for key, card_id in stored.values_list("key", "card_id") if card_id}

    def find_cards(self) -> set[str]:
        """Look up the cards of all customers and enrol the unknown ones; answers who those are."""
        since: dict[str, datetime] = {}
        for draft in self.drafts:
            for customer in draft.customers:
                since.setdefault(customer, draft.at)
        self._cards = self._read_cards(since)
        unknown = [customer for customer in since if customer not in self._cards]
        if not unknown or not self.context.enrol:
            return set()
        items = [NewCard(external_id=customer, at=since[customer]) for customer in unknown]
        made = enrol_cards(program=self.context.program, items=items)
        self._cards |= {customer: card.pk for customer, card in made.items()}
        return set(unknown)

    def _read_cards(self, customers: Collection[str]) -> dict[str, int]:
        if not customers:
            return {}
        cards = Card.objects.filter(program=self.context.program, external_id__in=list(customers))
        return {key: pk for key, pk in cards.values_list("external_id", "pk") if key is not None}


def write_chunk(context: ImportContext, lines: Sequence[RawLine], *, default_kind: str = "") -> Written:
    """Write a chunk in one transaction; the answer has what could not be taken, the rest is stored."""
    result = Written()
    accepted: list[tuple[RawLine, LineKind, Draft]] = []
    for line in lines:
        try:
            kind, draft = _read(context, line, default_kind)
        except LoyaltyError as error:
            result.rejected.append((line, error))
        else:
            if draft is None:
                result.taken[line.number] = Taken(is_known=True)
            else:
                accepted.append((line, kind, draft))
    if accepted:
        with transaction.atomic(using=router.db_for_write(Event)):
            _write(context, accepted, result)
    result.rejected.sort(key=lambda pair: pair[0].number)
    return result


def _read(context: ImportContext, line: RawLine, default_kind: str) -> tuple[LineKind, Draft | None]:
    if line.refusal is not None:
        raise line.refusal
    kind = line_kinds.find(line.fields, default=default_kind)
    reader = LineReader(line.fields, context)
    draft = kind.read(reader)
    reader.finish()
    if draft is not None and draft.kind and draft.payload is not None:
        # Checked before anything is written: a line that is rejected enrols nobody.
        try:
            draft.payload = event_kinds.get(draft.kind).clean(draft.payload, context.rules)
        except UnknownKind as error:
            raise EventKindUnknown(kind=error.kind) from None
    return kind, draft


def _write(context: ImportContext, accepted: list[tuple[RawLine, LineKind, Draft]], result: Written) -> None:
    chunk = Chunk(context, [draft for _line, _kind, draft in accepted])
    enrolled = chunk.find_cards()
    result.enrolled = len(enrolled)
    by_kind: dict[LineKind, list[Draft]] = {}
    for _line, kind, draft in accepted:
        try:
            for customer in draft.customers:
                chunk.card(customer)
        except CardNotFound as error:
            draft.refusal = error
            continue
        draft.card_id = chunk.card(draft.customer) if draft.customer is not None else None
        draft.is_known = not draft.kind and enrolled.isdisjoint(draft.customers)
        by_kind.setdefault(kind, []).append(draft)
    for kind, drafts in by_kind.items():
        kind.finish(drafts, chunk)
    _write_drafts(context, [draft for draft in chunk.drafts if draft.is_to_be_written])
    for line, _kind, draft in accepted:
        if draft.refusal is not None:
            result.rejected.append((line, draft.refusal))
        else:
            result.taken[line.number] = Taken(draft.is_known, draft.event_id)


def _write_drafts(context: ImportContext, drafts: Sequence[Draft]) -> None:
    answers = write_events(program=context.program, items=[draft.event(context) for draft in drafts])
    again = []
    for draft, answer in zip(drafts, answers, strict=True):
        draft.refusal = answer if isinstance(answer, LoyaltyError) else None
        draft.is_known = isinstance(answer, EventWritten) and not answer.created
        draft.event_id = answer.pk if isinstance(answer, EventWritten) else None
        if isinstance(answer, EventConflict) and draft.other_cards:
            draft.card_id, *others = draft.other_cards
            draft.other_cards = tuple(others)
            again.append(draft)
    if again:
        _write_drafts(context, again)
