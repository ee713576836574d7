"""Published campaigns as the engine runs them: read once per version, compiled once per revision."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from threading import Lock
from typing import Any, Generic, TypeVar

from django.db import router

from loyalty.ledger.book import CurrencyRules
from loyalty.models import CampaignPublication, CardMerge, Currency, Program, SegmentRevision
from loyalty.periods import Duration
from loyalty.rules import registry
from loyalty.rules.compile import compile_or_error
from loyalty.rules.compile_segments import compile_revision
from loyalty.rules.compiled import CampaignBook, CompiledCampaign, Publication
from loyalty.rules.segments import Segment, segments_named
from loyalty.rules.state import ProgramRules

T = TypeVar("T")


class _Recent(Generic[T]):
    """The most recently used results, shared by the threads of a process."""

    def __init__(self, most: int) -> None:
        self._most, self._items, self._lock = most, OrderedDict[Hashable, T](), Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """What is kept under the key, made now if there is nothing."""
        with self._lock:
            if key in self._items:
                self._items.move_to_end(key)
                return self._items[key]
        made = make()  # outside the lock: two threads may make the same, which harms nobody
        with self._lock:
            self._items[key] = made
            while len(self._items) > self._most:
                self._items.popitem(last=False)
        return made


# A version is never used for two contents (see services.campaigns), nor is a digest: neither ever goes stale,
# not even where a transaction is rolled back and the same keys are given to other rows.
_rules: _Recent[ProgramRules] = _Recent(128)
_books: _Recent[CampaignBook] = _Recent(32)
_compiled: _Recent[CompiledCampaign] = _Recent(10_000)


def load_program_rules(program: Program) -> ProgramRules:
    """What the engine must know of a program, its currencies and segments; no query while nothing changed.

    `program` may be older than the database: then the rules are those of its time.
    """
    using = router.db_for_write(Currency, instance=program)
    key = (using, program.pk, program.campaigns_version, _registered())
    return _rules.get(key, lambda: _read_rules(program, using))


def _read_rules(program: Program, using: str) -> ProgramRules:
    rows = Currency.objects.using(using).filter(program=program)
    rules = ProgramRules(
        pk=program.pk,
        slug=program.slug,
        zone=program.zone,
        decimals=program.decimals,
        currencies={row.code: currency_rules(row) for row in rows.order_by("code")},
        has_merges=CardMerge.objects.using(using).filter(survivor__program=program).exists(),
    )
    return replace(rules, segments=_read_segments(program, rules, using))


def _read_segments(program: Program, rules: ProgramRules, using: str) -> dict[str, Segment]:
    rows = SegmentRevision.objects.using(using).filter(segment__program=program).order_by("pk")
    written: dict[str, list[tuple[datetime, Any]]] = {}
    archived = set()
    for key, archived_at, effective_from, definition in rows.values_list(
        "segment__key", "segment__archived_at", "effective_from", "definition"
    ):
        written.setdefault(key, []).append((effective_from, definition))
        if archived_at is not None:
            archived.add(key)
    return {
        key: make_segment(key, revisions, rules=rules, archived=key in archived)
        for key, revisions in written.items()
    }


def make_segment(
    key: str, revisions: Iterable[tuple[datetime, Any]], *, rules: ProgramRules, archived: bool = False
) -> Segment:
    """A segment ready to run: its definitions with the moments from which they hold, in the order of writing."""
    told = list(revisions)
    text = json.dumps([[at.isoformat(), definition] for at, definition in told], sort_keys=True)
    return Segment(
        key=key,
        revisions=tuple(compile_revision(text, effective_from=at, program=rules) for at, text in told),
        content=sha256(text.encode()).hexdigest(),
        archived=archived,
    )


def currency_rules(row: Currency) -> CurrencyRules:
    """A currency as the ledger reads it."""
    return CurrencyRules(
        pk=row.pk,
        code=row.code,
        decimals=row.decimals,
        hold=Duration.parse(row.hold),
        validity=Duration.parse(row.validity) if row.validity else None,
        expires_end_of_day=row.expires_end_of_day,
        clawback="debt" if row.clawback == Currency.Clawback.DEBT else "within_balance",
        spendable=row.spendable,
        worth=row.worth,
        name=row.name,
    )


def campaign_book(program: Program, *, rules: ProgramRules | None = None) -> CampaignBook:
    """Everything published in a program, in the order of writing; no query while nothing changed.

    `program` must be as it is now: read in the transaction that uses the book. What no longer compiles is
    in the book with its `error`.
    """
    using = router.db_for_write(CampaignPublication, instance=program)
    key = (using, program.pk, program.campaigns_version, _registered())
    return _books.get(key, lambda: _read_book(program, rules or load_program_rules(program), using))


def _read_book(program: Program, rules: ProgramRules, using: str) -> CampaignBook:
    # What was published once goes on asking for a segment that was archived since.
    open_again = {key: replace(segment, archived=False) for key, segment in rules.segments.items()}
    rules = replace(rules, segments=open_again)
    rows: Iterable[tuple[int, str, str, datetime, int | None, Any]] = (
        CampaignPublication.objects.using(using)
        .filter(campaign__program=program)
        .order_by("pk")
        .values_list(
            "campaign_id", "campaign__key", "action", "effective_from", "revision_id", "revision__definition"
        )
    )
    return CampaignBook(
        Publication(
            campaign_key,
            effective_from,
            None if revision_pk is None else _compile(definition, rules, campaign_pk, revision_pk),
            shadow=action == CampaignPublication.Action.SHADOW,
        )
        for campaign_pk, campaign_key, action, effective_from, revision_pk, definition in rows
    )


def _compile(
    definition: Mapping[str, Any], rules: ProgramRules, pk: int, revision_pk: int
) -> CompiledCampaign:
    text = json.dumps(definition, sort_keys=True)
    currencies = tuple(
        (code, currency.decimals, currency.worth) for code, currency in sorted(rules.currencies.items())
    )
    asked = sorted(segments_named(definition) & rules.segments.keys())
    segments = tuple((key, rules.segments[key].content) for key in asked)
    content = sha256(text.encode()).digest()
    key = (pk, revision_pk, content, rules.slug, rules.decimals, currencies, segments, _registered())
    return _compiled.get(
        key, lambda: compile_or_error(definition, program=rules, pk=pk, revision_pk=revision_pk)
    )


def _registered() -> int:
    registries = (registry.conditions, registry.actions, registry.amounts, registry.event_kinds)
    return sum(one.changes for one in registries)
