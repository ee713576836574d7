"""`Idempotency-Key`: the first answer for ever, and effect and answer in one transaction (ADR 17).

1. The key is claimed: a row of its own, committed, which says for which request.
2. In one transaction that row is locked, the effect is had, and the answer is written. Whoever finds the row locked is
   told that the first request is under way (409). Whoever finds it free and without an answer goes on: the first
   request had no effect, since its process died or the database failed. So no claim ever has to time out.

A refusal by a service is an answer too, and stays one: a stray repeat must not do later what was refused. Mistakes in
the request itself (a missing field) are found before the key is claimed, and leave it free.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

from django.db import connections, router, transaction
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from loyalty.api.problems import CONTENT_TYPE, describe
from loyalty.exceptions import (
    ConcurrentUpdate,
    IdempotencyInProgress,
    IdempotencyKeyInvalid,
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
    LoyaltyError,
)
from loyalty.models import IdempotencyKey
from loyalty.services.one_transaction import run_in_one_transaction

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"

_KEY = re.compile(r"[\x21-\x7e]([\x20-\x7e]{0,253}[\x21-\x7e])?")
_LONGEST_CLIENT = 80

# Status and content of an answer, fit to be written as JSON.
Content = tuple[int, Any]


def read_key(request: Request, *, required: bool) -> str | None:
    """The key of a request. Raises IdempotencyKeyMissing, IdempotencyKeyInvalid."""
    key = request.headers.get(HEADER)
    if key is None:
        if required:
            raise IdempotencyKeyMissing
        return None
    if not _KEY.fullmatch(key):
        raise IdempotencyKeyInvalid
    return key


def answer_once(request: Request, key: str, effect: Callable[[], Content]) -> Response:
    """The answer of `effect`, had at most once for this key of this user.

    Raises IdempotencyKeyReused, IdempotencyInProgress, and what `effect` raises that is no final answer.
    """
    claim = _claim(request, key)
    if claim.status is not None:
        return _answer(claim, replayed=True)

    def once() -> tuple[IdempotencyKey, bool]:
        row = _lock(claim)
        if row.status is not None:
            return row, True
        row.status, content = _decide(effect)
        row.answer = JSONRenderer().render(content).decode()
        row.save(update_fields=["status", "answer"])
        return row, False

    row, replayed = run_in_one_transaction(once)
    return _answer(row, replayed=replayed)


def _claim(request: Request, key: str) -> IdempotencyKey:
    """The row of the key, committed. Raises IdempotencyKeyReused."""
    rows = IdempotencyKey.objects.using(router.db_for_write(IdempotencyKey))
    client, digest = _client_of(request.user), _digest(request)
    found = rows.filter(client=client, key=key).first()
    if found is None:
        mine = IdempotencyKey(client=client, key=key, request_hash=digest)
        rows.bulk_create([mine], ignore_conflicts=True)
        found = rows.get(client=client, key=key)
    if found.request_hash != digest:
        raise IdempotencyKeyReused
    return found


def _lock(claim: IdempotencyKey) -> IdempotencyKey:
    """The row as it is now, held until the transaction ends. Raises IdempotencyInProgress."""
    using = router.db_for_write(IdempotencyKey)
    skips = connections[using].features.has_select_for_update_skip_locked
    row = IdempotencyKey.objects.using(using).select_for_update(skip_locked=skips).filter(pk=claim.pk).first()
    if row is None:
        raise IdempotencyInProgress
    return row


def _decide(effect: Callable[[], Content]) -> Content:
    """What the effect answers, or the refusal, of which nothing is left behind but the answer."""
    try:
        with transaction.atomic(using=router.db_for_write(IdempotencyKey)):
            return effect()
    except ConcurrentUpdate:
        raise
    except LoyaltyError as refusal:
        document = describe(refusal)
        return document["status"], document


def _answer(row: IdempotencyKey, *, replayed: bool) -> Response:
    assert row.status is not None
    content_type = CONTENT_TYPE if row.status >= 400 else None
    headers = {REPLAYED: "true"} if replayed else None
    return Response(json.loads(row.answer), status=row.status, headers=headers, content_type=content_type)


def _client_of(user: Any) -> str:
    """Whose the key is: keys of different users never meet."""
    client = f"user:{user.pk}"
    if len(client) <= _LONGEST_CLIENT:
        return client
    return "user#" + hashlib.sha256(client.encode()).hexdigest()


def _digest(request: Request) -> str:
    """What a repeat must have in common with the first request: method, address and body."""
    asked = [request.method, request.get_full_path(), request.data]
    return hashlib.sha256(json.dumps(asked, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
