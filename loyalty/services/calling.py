"""Calls: what moves points at once. A repeat of a key gives the first answer; a refusal leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.utils import timezone

from loyalty.exceptions import CurrencyNotFound, EventConflict
from loyalty.models import Event, Program
from loyalty.processing import calls
from loyalty.services.fields import clean_call_moment, clean_key, clean_source, new_key


@dataclass(frozen=True, slots=True)
class Call:
    """One call as the caller gives it. `key` None: nothing will repeat it; `at` None: now."""

    program: Program
    kind: str
    card_id: int
    source: str
    key: str | None
    at: datetime | None
    allow_past: bool


def execute(
    call: Call,
    payload: Mapping[str, Any],
    *,
    derive: Callable[[datetime], Mapping[str, Any]] = lambda _moment: {},
) -> calls.Executed:
    """Do it. `derive` gives the fields that follow from the moment of the call where the caller named none.

    A repeat that names no moment means the moment of the first call, and what followed from it.
    Raises what the kind of event refuses, EventConflict, PastNotAllowed, EventPayloadInvalid.
    """
    key = new_key() if call.key is None else clean_key(call.key, path="key")
    source = clean_source(call.source)
    at = clean_call_moment(call.at, allow_past=call.allow_past)
    moment = at or timezone.now()
    derived = derive(moment)
    try:
        return _execute(call, source, key, moment, {**payload, **derived})
    except EventConflict:
        if call.key is None or at is not None:
            raise
        first = Event.objects.filter(program=call.program, source=source, kind=call.kind, key=key).first()
        if first is None:
            raise
        known = {name: first.payload.get(name) for name in derived}
        return _execute(call, source, key, first.occurred_at, {**payload, **known})


def _execute(call: Call, source: str, key: str, at: datetime, payload: Mapping[str, Any]) -> calls.Executed:
    do = partial(
        calls.execute,
        program=call.program,
        source=source,
        kind=call.kind,
        key=key,
        card_id=call.card_id,
        occurred_at=at,
        payload=payload,
    )
    try:
        return do()
    except CurrencyNotFound:
        # The caller's program may be older than its currency.
        known = call.program.campaigns_version
        call.program.refresh_from_db(fields=["campaigns_version"])
        if call.program.campaigns_version == known:
            raise
        return do()
